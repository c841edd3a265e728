/** The server's answers, word for word as the HTTP API gives them. */

export type Role = "user" | "approver" | "admin";

export interface User {
    id: string;
    email: string;
    name: string;
    role: Role;
    tenantId: string;
}

export interface SignedIn {
    token: string;
    expiresAt: string;
    user: User;
}

export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";
export type Stage = "queued" | "parsing" | "chunking" | "embedding" | "done";

export interface Progress {
    stage: Stage;
    pagesDone: number;
    pagesTotal: number | null;
    chunksDone: number;
    chunksTotal: number | null;
    embedded: number;
}

export interface Job {
    id: string;
    documentId: string;
    filename: string;
    state: JobState;
    attempt: number;
    maxAttempts: number;
    progress: Progress;
    error: { code: string; message: string } | null;
    createdAt: string;
    updatedAt: string;
}

export interface UploadAccepted {
    jobId: string;
    documentId: string;
    duplicate: boolean;
    /** The document that this one, a new version, takes the place of once it is ready. */
    replaces?: string | null;
}

export interface Doc {
    id: string;
    filename: string;
    mediaType: string;
    bytes: number;
    pages: number | null;
    chunks: number;
    state: "queued" | "processing" | "ready" | "failed" | "cancelled";
    /** What the person should know although the upload was taken, such as a wrong ending. */
    note?: string | null;
    tags?: string[];
    jobId: string | null;
    createdAt: string;
}

export interface Passage {
    id: string;
    page: number | null;
    heading: string;
    text: string;
    ordinal: number;
}

export interface DocumentPassages {
    document: Doc;
    passages: Passage[];
}

export interface Citation {
    n: number;
    documentId: string;
    filename: string;
    page: number | null;
    passageId: string;
    quote: string;
}

export type ToolStatus = "waiting" | "running" | "done" | "failed" | "refused" | "rejected";

export interface ToolCall {
    name: string;
    arguments: Record<string, unknown>;
    status: ToolStatus;
    result?: unknown;
    error?: { code: string; message: string };
}

export type ApprovalStatus = "pending" | "approved" | "rejected" | "expired";

/** An approval as the conversation shows it. */
export interface ApprovalRequest {
    approvalId: string;
    tool: string;
    arguments: Record<string, unknown>;
    reason: string;
    expiresAt: string;
    status?: ApprovalStatus;
}

export interface Message {
    id: string;
    role: "user" | "assistant";
    text: string;
    status?: "pending" | "waiting" | "complete" | "failed" | "stopped";
    citations: Citation[];
    tools: ToolCall[];
    approval?: ApprovalRequest | null;
    createdAt: string;
}

export interface ThreadSummary {
    id: string;
    title: string;
    updatedAt: string;
    status: ThreadStatus;
}

export type ThreadStatus = "idle" | "running" | "waiting";

export interface Thread {
    id: string;
    title: string;
    status: ThreadStatus;
    messages: Message[];
}

export interface Refund {
    id?: string;
    amount: number;
    reason?: string;
    createdAt?: string;
}

export interface Order {
    id: string;
    item: string;
    amount: number;
    currency: string;
    status: string;
    orderedAt?: string;
    deliveredAt?: string | null;
    refunded?: number;
    refunds?: Refund[];
}

/** The rule that asked for the approval. */
export interface ApprovalPolicy {
    /** `refund-above-threshold`, `tool-of-server`, `tool-changed`; new ones are shown as any other. */
    rule: string;
    threshold?: number;
    /** Above this amount two people have to approve. */
    fourEyesAbove?: number;
    currency?: string;
    server?: string;
    tool?: string;
}

export interface Approval {
    id: string;
    /** Null when no conversation waits for it. */
    threadId: string | null;
    requestedBy: { id: string; email: string };
    tool: string;
    arguments: Record<string, unknown>;
    /** What was asked for, when an approver changed it. */
    originalArguments: Record<string, unknown> | null;
    policy: ApprovalPolicy;
    /** Who has approved so far. */
    approvals: { id: string; email: string; at: string }[];
    approversNeeded: number;
    reason: string | null;
    hash: string;
    status: ApprovalStatus;
    createdAt: string;
    expiresAt: string;
    decidedBy: { id: string; email: string } | null;
    decidedAt: string | null;
    decisionReason?: string | null;
    summary: string;
}

export interface AuditEntry {
    id: number;
    at: string;
    actor: string;
    action: string;
    subject: string;
    detail: Record<string, unknown>;
}

/** Calls of one language model on one day. */
export interface Usage {
    /** YYYY-MM-DD */
    day: string;
    model: string;
    calls: number;
    failures: number;
    inputTokens: number;
    outputTokens: number;
    /** US dollars. */
    cost: number;
}

export type Ranking = "hybrid" | "dense" | "words";

export interface GoldenQuestion {
    question: string;
    document?: string;
    phrase?: string;
}

/** Shares from 0 to 1; null where answers were not measured. */
export interface Scores {
    questions: number;
    ndcg10: number;
    recall1: number;
    recall5: number;
    recall20: number;
    citations: number | null;
    answered: number | null;
    refusals: number | null;
}

export interface Evaluation {
    id: string;
    ranking: Ranking;
    scores: Scores;
    misses: { question: string; why: string }[];
    createdAt: string;
}

export interface Notifications {
    target: { url: string } | null;
    waiting: number;
    failed: number;
}

export interface WebhookSource {
    source: string;
    createdAt: string;
}

/** One's own sign-in on some device. */
export interface OwnSession {
    id: string;
    createdAt: string;
    lastUsedAt: string;
    current: boolean;
    client: string;
}

export type Scope = "documents:read" | "documents:write" | "chat" | "approvals" | "admin";

export interface ApiKey {
    id: string;
    name: string;
    /** How the key begins. */
    prefix: string;
    scopes: Scope[];
    createdAt: string;
    expiresAt: string | null;
    lastUsedAt: string | null;
}

export interface AuditCheck {
    ok: boolean;
    entries: number;
    head: string;
    brokenAt?: number;
    reason?: string;
}

export interface Person {
    id: string;
    email: string;
    name: string;
    role: Role;
    active: boolean;
    createdAt: string;
    lastSignInAt: string | null;
}

export interface Invitation {
    id: string;
    email: string;
    role: Role;
    createdAt: string;
    expiresAt: string;
    usedAt: string | null;
}

/** How one can come in. */
export interface AuthOptions {
    registration: "open" | "invited" | "closed";
    providers: { id: string; name: string }[];
}
