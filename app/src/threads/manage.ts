/** What people do with their conversations as a whole: another name, and an end. */
import { dropCheckpoints } from "../agent/checkpoints.js";
import { audit } from "../audit/audit.js";
import type { Principal, Queryable } from "../db/database.js";
import { findThread, type ThreadSummary } from "./store.js";

/** Undefined for no own conversation. */
export async function renameThread(tx: Queryable, principal: Principal, id: string, title: string): Promise<ThreadSummary | undefined> {
    await tx.query("update threads set title = $3 where id = $1 and user_id = $2", [id, principal.userId, title]);
    return findThread(tx, principal.userId, id);
}

/**
 * Deletes a conversation with all that belongs to it; a request that still waits for an approval is withdrawn with it. What
 * was booked stays booked, and the audit log keeps what was asked, decided and withdrawn. `busy` while a turn is being worked on.
 */
export async function deleteThread(tx: Queryable, principal: Principal, id: string, requestId: string): Promise<"deleted" | "busy" | "unknown"> {
    const owned = await tx.query("select 1 from threads where id = $1 and user_id = $2 for update", [id, principal.userId]);
    if (owned.length === 0) return "unknown";
    // In the order in which a decision locks them: it comes before this, and its turn goes on, or after it, and finds nothing.
    const pending = await tx.query<{ id: string; tool: string; arguments: Record<string, unknown> }>("select id, tool, arguments from approvals where thread_id = $1 and status = 'pending' for update", [id]);
    const turns = await tx.query<{ id: string; state: string }>("select id, state from turns where thread_id = $1 for update", [id]);
    if (turns.some(({ state }) => state === "running" || state === "queued" || state === "decided")) return "busy";
    for (const approval of pending) await audit(tx, principal, "approval.withdraw", approval.id, { tool: approval.tool, arguments: approval.arguments, threadId: id }, requestId);
    await dropCheckpoints(tx, turns.map((turn) => turn.id));
    const [messages] = await tx.query<{ n: number }>("select count(*)::int as n from messages where thread_id = $1", [id]);
    await tx.query("delete from threads where id = $1", [id]);
    // Its title is the person's own words, and nobody else's to read.
    await audit(tx, principal, "thread.delete", id, { messages: messages!.n, withdrawn: pending.map((approval) => approval.id) }, requestId);
    return "deleted";
}
