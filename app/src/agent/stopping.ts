/** Ending a turn because its person wants that: between steps or while an answer is told, never in the middle of an effect. */
import type { Database, Principal, Queryable } from "../db/database.js";
import { changeMessage } from "../threads/store.js";
import type { TurnRow, TurnRun } from "./turn.js";

/** The channel on which stops are announced; the payload is the turn's id. */
export const stopChannel = "agent_stops";

/** The person does not want this turn any more. */
export class Stopped extends Error {
    constructor() {
        super("the person stopped this turn");
        this.name = "Stopped";
    }
}

/** Asks whichever replica has them to end the turns of a conversation. Gives how many there are, undefined for no own conversation. */
export async function requestStop(database: Database, principal: Principal, threadId: string): Promise<number | undefined> {
    return database.asPrincipal(principal, async (tx) => {
        const owned = await tx.query("select 1 from threads where id = $1 and user_id = $2", [threadId, principal.userId]);
        if (owned.length === 0) return undefined;
        const turns = await tx.query<{ id: string }>(
            "update turns set stop_requested_at = coalesce(stop_requested_at, now()), available_at = least(available_at, now()) where thread_id = $1 and state in ('running', 'queued', 'decided') returning id", [threadId]);
        for (const { id } of turns) await tx.query("select pg_notify($1, $2)", [stopChannel, id]);
        return turns.length;
    });
}

/** Aborted when the replica loses the turn or the person stops it: for work that can be left at any moment. */
export function leavable(turn: TurnRun): AbortSignal {
    return AbortSignal.any([turn.signal, turn.stop]);
}

/**
 * Whether the turn has begun something that cannot be taken back. Such a turn goes on to its end, which is near: leaving it
 * would leave the person without knowing what was done.
 */
export async function hasBegunEffect(tx: Queryable, turnId: string): Promise<boolean> {
    const begun = await tx.query("select 1 from tool_calls where turn_id = $1 and attempts > 0 and status in ('running', 'done') and tool <> all($2::text[]) limit 1", [turnId, reads]);
    return begun.length > 0;
}

const reads = ["search_documents", "get_order", "check_refund_eligibility"];

/** Ends the turn under its lease. What was said already is written by then; where nothing was, the message says so. */
export async function stopTurn(database: Database, turn: TurnRow & { lease: string }): Promise<"stopped" | "lost"> {
    return database.asSystem(async (tx) => {
        const rows = await tx.query(
            "update turns set state = 'done', lease_owner = null, lease_until = null, error = null, updated_at = now() where id = $1 and lease_owner = $2 and state = 'running' returning id", [turn.id, turn.lease]);
        if (rows.length === 0) return "lost";
        await tx.query("update tool_calls set status = 'failed', error = $2::jsonb, updated_at = now() where turn_id = $1 and status in ('running', 'waiting')", [turn.id, JSON.stringify({ code: "STOPPED", message: "Stopped by the person." })]);
        const [answer] = await tx.query<{ status: string }>("select status from messages where id = $1", [turn.answerId]);
        if (answer?.status === "pending" || answer?.status === "waiting") {
            await changeMessage(tx, turn.threadId, turn.answerId, { text: "Stopped before anything was done.", status: "stopped" });
        }
        return "stopped";
    });
}
