/** Conversations and their messages. Every change of a message gets the next version of its thread. */
import type { Queryable } from "../db/database.js";

export interface Citation {
    n: number;
    documentId: string;
    filename: string;
    page: number | null;
    passageId: string;
    quote: string;
}

export interface ToolView {
    name: string;
    arguments: Record<string, unknown>;
    status: "waiting" | "running" | "done" | "failed" | "refused" | "rejected";
    attempts: number;
    result?: unknown;
    error?: { code: string; message: string };
}

export interface ApprovalView {
    approvalId: string;
    tool: string;
    arguments: Record<string, unknown>;
    reason: string;
    status: string;
    expiresAt: string;
}

export interface Message {
    id: string;
    role: "user" | "assistant";
    text: string;
    status: "pending" | "waiting" | "complete" | "failed" | "stopped";
    citations: Citation[];
    tools: ToolView[];
    approval?: ApprovalView;
    createdAt: string;
}

export interface ThreadSummary {
    id: string;
    title: string;
    updatedAt: string;
    status: "idle" | "running" | "waiting";
}

/** The channel on which changes of a thread are announced; the payload is the thread's id. */
export const threadChannel = "agent_threads";

const statusOf = `case
    when exists (select 1 from turns where turns.thread_id = t.id and turns.state in ('queued', 'running', 'decided')) then 'running'
    when exists (select 1 from turns where turns.thread_id = t.id and turns.state = 'waiting') then 'waiting'
    else 'idle' end`;

export async function listThreads(tx: Queryable, userId: string, limit = 100): Promise<ThreadSummary[]> {
    const rows = await tx.query<ThreadRow>(
        `select t.id, t.title, t.updated_at, ${statusOf} as status from threads t where t.user_id = $1 order by t.updated_at desc limit $2`, [userId, limit]);
    return rows.map(toSummary);
}

/** Undefined also for somebody else's thread: whether it exists is not told. */
export async function findThread(tx: Queryable, userId: string, id: string): Promise<ThreadSummary | undefined> {
    const rows = await tx.query<ThreadRow>(`select t.id, t.title, t.updated_at, ${statusOf} as status from threads t where t.id = $1 and t.user_id = $2`, [id, userId]);
    return rows[0] === undefined ? undefined : toSummary(rows[0]);
}

/**
 * Gives a thread its next version, as the beginning of a statement that changes its messages: `with ${nextVersion("$1")} update …
 * from changed`. It holds the thread's row until the transaction ends. The statement has to announce the change: `announced`.
 * @param steps versions, one for each message that changes
 * @param unless a condition under which nothing is changed
 */
export function nextVersion(threadId: string, { steps = 1, unless = "false" }: { steps?: number; unless?: string } = {}): string {
    return `changed as (update threads set version = version + ${steps}, updated_at = now() where id = ${threadId} and not (${unless}) returning id, version)`;
}

/** What such a statement returns, so that readers of the thread look again. */
export const announced = `pg_notify('${threadChannel}', changed.id::text)`;

/** Changes what is given and announces it. With `once`, an answer that is complete stays as it is. */
export async function changeMessage(
    tx: Queryable,
    threadId: string,
    messageId: string,
    change: { text?: string; status?: Message["status"]; citations?: Citation[]; approvalId?: string; once?: boolean },
): Promise<void> {
    await tx.query(
        `with ${nextVersion("$1")}
         update messages set version = changed.version, text = coalesce($3, text), status = coalesce($4, status),
            citations = coalesce($5::jsonb, citations), approval_id = coalesce($6, approval_id)
         from changed where messages.id = $2 and not ($7 and status = 'complete') returning ${announced}`,
        [threadId, messageId, change.text ?? null, change.status ?? null, change.citations === undefined ? null : JSON.stringify(change.citations), change.approvalId ?? null, change.once ?? false],
    );
}

/** The part of a statement after `nextVersion(…, 2)` that adds what was said and the empty answer to it, as the thread's next two messages. */
export function exchange({ tenant, message, answer, text }: { tenant: string; message: string; answer: string; text: string }): string {
    return `said as (
        insert into messages (id, tenant_id, thread_id, ordinal, version, role, text, status)
        select m.id, ${tenant}, changed.id, changed.version + m.place, changed.version + m.place, m.role, m.text, m.status
        from changed, (values (${message}::uuid, -1, 'user', ${text}::text, 'complete'), (${answer}::uuid, 0, 'assistant', '', 'pending')) as m(id, place, role, text, status))`;
}

/** Messages whose version is above `after`, in the order of the conversation, with the newest version among them. */
export async function readMessages(tx: Queryable, threadId: string, after = 0): Promise<{ messages: Message[]; version: number }> {
    const rows = await tx.query<MessageRow>(
        `select m.id, m.role, m.text, m.status, m.citations, m.created_at, m.version,
            (select jsonb_agg(jsonb_build_object('name', c.tool, 'arguments', c.arguments, 'status', c.status, 'attempts', c.attempts, 'result', c.result, 'error', c.error) order by c.ordinal)
                from tool_calls c where c.answer_id = m.id) as tools,
            (select jsonb_build_object('approvalId', a.id, 'tool', a.tool, 'arguments', a.arguments, 'reason', a.reason, 'status', a.status, 'expiresAt', a.expires_at)
                from approvals a where a.id = m.approval_id) as approval
         from messages m where m.thread_id = $1 and m.version > $2 order by m.ordinal`,
        [threadId, after],
    );
    return { messages: rows.map(toMessage), version: rows.reduce((newest, row) => Math.max(newest, row.version), after) };
}

interface ThreadRow {
    id: string;
    title: string;
    updated_at: Date;
    status: ThreadSummary["status"];
}

interface MessageRow {
    id: string;
    role: Message["role"];
    text: string;
    status: Message["status"];
    citations: Citation[];
    created_at: Date;
    version: number;
    tools: (Omit<ToolView, "result" | "error"> & { result: unknown; error: ToolView["error"] | null })[] | null;
    approval: ApprovalView | null;
}

function toSummary(row: ThreadRow): ThreadSummary {
    return { id: row.id, title: row.title, updatedAt: row.updated_at.toISOString(), status: row.status };
}

function toMessage(row: MessageRow): Message {
    return {
        id: row.id,
        role: row.role,
        text: row.text,
        status: row.status,
        citations: row.citations,
        tools: (row.tools ?? [])
            // Passages belong to the citations; what else was found is nobody's reading.
            .map(({ result, error, ...tool }) => ({ ...tool, ...(result === null || tool.name === "search_documents" ? {} : { result }), ...(error === null ? {} : { error }) })),
        ...(row.approval === null ? {} : { approval: { ...row.approval, expiresAt: new Date(row.approval.expiresAt).toISOString() } }),
        createdAt: row.created_at.toISOString(),
    };
}
