/** One function per endpoint of the HTTP API. */
import { post, request, send, withBody } from "./client.ts";
import type { Approval, ApprovalStatus, AuditEntry, Doc, DocumentPassages, Job, Order, SignedIn, Thread, ThreadSummary, User } from "./types.ts";

const id = encodeURIComponent;

export const session = {
    login: (email: string, password: string) => post<SignedIn>("/api/login", { email, password }),
    logout: () => post<void>("/api/logout"),
    me: () => request<User>("/api/me"),
};

export const documents = {
    list: () => request<{ documents: Doc[] }>("/api/v2/documents").then((answer) => answer.documents),
    passages: (documentId: string) => request<DocumentPassages>(`/api/v2/documents/${id(documentId)}/passages`),
    remove: (documentId: string) => request<void>(`/api/v2/documents/${id(documentId)}`, { method: "DELETE" }),
    tag: (documentId: string, tags: string[]) => withBody<Doc>("PATCH", `/api/v2/documents/${id(documentId)}`, { tags }),
    fileUrl: (documentId: string) => `/api/v2/documents/${id(documentId)}/file`,
};

export const jobs = {
    events: "/api/v2/jobs/events",
    list: () => request<{ jobs: Job[] }>("/api/v2/jobs").then((answer) => answer.jobs),
    retry: (jobId: string) => post<unknown>(`/api/v2/jobs/${id(jobId)}/retry`),
    cancel: (jobId: string) => post<unknown>(`/api/v2/jobs/${id(jobId)}/cancel`),
};

export const threads = {
    list: () => request<{ threads: ThreadSummary[] }>("/api/threads").then((answer) => answer.threads),
    get: (threadId: string) => request<Thread>(`/api/threads/${id(threadId)}`),
    events: (threadId: string) => `/api/threads/${id(threadId)}/events`,
    /** Asks, and answers with the open event stream. */
    ask: (message: string, threadId: string | null, signal: AbortSignal) =>
        send("/api/chat", {
            method: "POST",
            headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
            body: JSON.stringify(threadId ? { threadId, message } : { message }),
            signal,
        }),
};

export const orders = {
    list: () => request<{ orders: Order[] }>("/api/orders").then((answer) => answer.orders),
};

export const admin = {
    approvals: (status: ApprovalStatus | "all") => request<{ approvals: Approval[] }>(`/api/admin/approvals?status=${id(status)}`).then((answer) => answer.approvals),
    approval: (approvalId: string) => request<Approval>(`/api/admin/approvals/${id(approvalId)}`),
    decide: (approval: Approval, decision: "approve" | "reject", reason: string) =>
        post<Approval>("/api/admin/approve", { approvalId: approval.id, decision, hash: approval.hash, ...(reason ? { reason } : {}) }),
    audit: (limit: number, before: number | null) =>
        request<{ entries: AuditEntry[] }>(`/api/admin/audit?limit=${limit}${before === null ? "" : `&before=${before}`}`).then((answer) => answer.entries),
};
