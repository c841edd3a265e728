/** One function per endpoint of the HTTP API. */
import { post, request, send, withBody } from "./client.ts";
import type {
    ApiKey,
    Approval,
    ApprovalStatus,
    AuditCheck,
    AuditEntry,
    AuthOptions,
    Doc,
    DocumentPassages,
    Evaluation,
    GoldenQuestion,
    Invitation,
    Job,
    Notifications,
    Order,
    OwnSession,
    Person,
    Ranking,
    Role,
    Scope,
    SignedIn,
    Thread,
    ThreadSummary,
    Usage,
    User,
    WebhookSource,
} from "./types.ts";

const id = encodeURIComponent;

export const session = {
    login: (email: string, password: string) => post<SignedIn>("/api/login", { email, password }),
    logout: () => post<void>("/api/logout"),
    me: () => request<User>("/api/me"),
    options: () => request<AuthOptions>("/api/auth/options"),
    register: (who: { email: string; password: string; name: string; invitation?: string }) => post<SignedIn>("/api/register", who),
    /** Chooses a password with the token of a link. */
    choosePassword: (token: string, password: string) => post<void>("/api/account/reset", { token, password }),
    /** Where to go to sign in with another provider. */
    providerUrl: (providerId: string) => `/api/auth/oidc/${id(providerId)}/start`,
};

export const documents = {
    list: () => request<{ documents: Doc[] }>("/api/v2/documents").then((answer) => answer.documents),
    passages: (documentId: string) => request<DocumentPassages>(`/api/v2/documents/${id(documentId)}/passages`),
    remove: (documentId: string) => request<void>(`/api/v2/documents/${id(documentId)}`, { method: "DELETE" }),
    tag: (documentId: string, tags: string[]) => withBody<Doc>("PATCH", `/api/v2/documents/${id(documentId)}`, { tags }),
    /** Makes its passages anew; it answers with the old ones until then. */
    reindex: (documentId: string) => post<Job>(`/api/v2/documents/${id(documentId)}/reindex`),
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
    rename: (threadId: string, title: string) => withBody<ThreadSummary>("PATCH", `/api/threads/${id(threadId)}`, { title }),
    remove: (threadId: string) => request<void>(`/api/threads/${id(threadId)}`, { method: "DELETE" }),
    /** Ends the answer that is being made; what was said stays. */
    stop: (threadId: string) => post<{ stopping: number }>(`/api/threads/${id(threadId)}/stop`),
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
    decide: (approval: Approval, decision: "approve" | "reject", reason: string, changed?: Record<string, unknown>) =>
        post<Approval>("/api/admin/approve", { approvalId: approval.id, decision, hash: approval.hash, ...(reason ? { reason } : {}), ...(changed ? { arguments: changed } : {}) }),
    /** Each by itself: one that fails holds up none of the others. At most 100. */
    decideMany: (requests: readonly Approval[], decision: "approve" | "reject", reason: string) =>
        post<{ results: { approvalId: string; approval?: Approval; error?: { code: string; message: string } }[] }>("/api/admin/approve/bulk", {
            decisions: requests.map(({ id: approvalId, hash }) => ({ approvalId, decision, hash, ...(reason ? { reason } : {}) })),
        }).then((answer) => answer.results),
    audit: (limit: number, before: number | null, { action, actor }: { action: string; actor: string }) => {
        const query = new URLSearchParams({ limit: String(limit), ...(before === null ? {} : { before: String(before) }), ...(action ? { action } : {}), ...(actor ? { actor } : {}) });
        return request<{ entries: AuditEntry[] }>(`/api/admin/audit?${query}`).then((answer) => answer.entries);
    },
    auditExport: "/api/admin/audit/export",
    verifyAudit: () => request<AuditCheck>("/api/admin/audit/verify"),
};

export const usage = {
    list: () => request<{ usage: Usage[] }>("/api/admin/usage").then((answer) => answer.usage),
};

export const evaluation = {
    questions: () => request<{ questions: GoldenQuestion[] }>("/api/admin/golden").then((answer) => answer.questions),
    replace: (questions: GoldenQuestion[]) => withBody<{ questions: GoldenQuestion[] }>("PUT", "/api/admin/golden", { questions }).then((answer) => answer.questions),
    list: () => request<{ evaluations: Evaluation[] }>("/api/admin/evaluations").then((answer) => answer.evaluations),
    measure: (rankings: Ranking[]) => post<{ evaluations: Evaluation[] }>("/api/admin/evaluations", { rankings }).then((answer) => answer.evaluations),
};

export const connections = {
    notifications: () => request<Notifications>("/api/admin/notifications"),
    /** Answers with the secret of the signatures, which is shown only now. */
    notify: (url: string) => withBody<{ secret: string }>("PUT", "/api/admin/notifications", { url }),
    notifyNobody: () => request<void>("/api/admin/notifications", { method: "DELETE" }),
    webhooks: () => request<{ sources: WebhookSource[] }>("/api/admin/webhooks").then((answer) => answer.sources),
    /** Makes a source or gives it a new secret, which is shown only now. */
    allow: (source: string) => withBody<{ source: string; secret: string }>("PUT", `/api/admin/webhooks/${id(source)}`, {}),
    forbid: (source: string) => request<void>(`/api/admin/webhooks/${id(source)}`, { method: "DELETE" }),
};

export const account = {
    sessions: () => request<{ sessions: OwnSession[] }>("/api/sessions").then((answer) => answer.sessions),
    endSession: (sessionId: string) => request<void>(`/api/sessions/${id(sessionId)}`, { method: "DELETE" }),
    keys: () => request<{ keys: ApiKey[] }>("/api/keys").then((answer) => answer.keys),
    /** The key itself is in the answer, and only there. */
    makeKey: (name: string, scopes: Scope[], expiresAt: string | null) => post<ApiKey & { key: string }>("/api/keys", { name, scopes, ...(expiresAt ? { expiresAt } : {}) }),
    changePassword: (current: string, next: string) => post<void>("/api/account/password", { current, next }),
    exportUrl: "/api/account/export",
    erase: (password: string, withDocuments: boolean) => withBody<void>("DELETE", "/api/account", { password, documents: withDocuments }),
    revokeKey: (keyId: string) => request<void>(`/api/keys/${id(keyId)}`, { method: "DELETE" }),
};

export const people = {
    list: () => request<{ users: Person[] }>("/api/admin/users").then((answer) => answer.users),
    /** The token of the link by which they choose a password is in the answer, and only there. */
    add: (email: string, name: string, role: Role) => post<Person & { reset: { token: string; expiresAt: string } }>("/api/admin/users", { email, name, role }),
    change: (userId: string, change: { role?: Role; active?: boolean; name?: string }) => withBody<Person>("PATCH", `/api/admin/users/${id(userId)}`, change),
    reset: (userId: string) => post<{ token: string; expiresAt: string }>(`/api/admin/users/${id(userId)}/reset`),
    erase: (userId: string, withDocuments: boolean) => post<void>(`/api/admin/users/${id(userId)}/erase`, { documents: withDocuments }),
    exportUrl: (userId: string) => `/api/admin/users/${id(userId)}/export`,
    invitations: () => request<{ invitations: Invitation[] }>("/api/admin/invitations").then((answer) => answer.invitations),
    invite: (email: string, role: Role, days: number) => post<Invitation & { invitation: string }>("/api/admin/invitations", { email, role, days }),
    withdraw: (invitationId: string) => request<void>(`/api/admin/invitations/${id(invitationId)}`, { method: "DELETE" }),
};
