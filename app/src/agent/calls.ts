/** The record of a turn's tool calls: what was called with what, how often, and what came of it. */
import { createHash } from "node:crypto";
import type { Database, Queryable } from "../db/database.js";
import type { ToolResult } from "../mcp/client.js";
import { announced, nextVersion } from "../threads/store.js";
import type { ToolOutcome } from "./brain/brain.js";
import type { PlannedCall } from "./state.js";
import type { ToolStatus, TurnRow, TurnRun } from "./turn.js";

/** The same id for the same step of the same turn, in UUID form: a node that runs again names the same call. */
export function callIdOf(turnId: string, ordinal: number): string {
    const hex = createHash("sha256").update(`${turnId}/${ordinal}`).digest("hex");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Writes how a call stands and announces it to the readers of the thread. */
export async function recordCall(
    tx: Queryable,
    turn: TurnRow,
    call: PlannedCall,
    status: ToolStatus,
    outcome: { result?: unknown; error?: { code: string; message: string }; attempts?: number } = {},
): Promise<void> {
    await tx.query(
        `with call as (
         insert into tool_calls (id, tenant_id, thread_id, turn_id, answer_id, ordinal, tool, arguments, status, attempts, result, error)
         values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10, $11::jsonb, $12::jsonb)
         on conflict (id) do update set status = excluded.status, arguments = excluded.arguments, attempts = greatest(tool_calls.attempts, excluded.attempts),
            result = excluded.result, error = excluded.error, updated_at = now()
         -- A replica that was thought dead must not undo what its successor has finished.
         where tool_calls.status not in ('done', 'refused', 'rejected') or excluded.status in ('done', 'refused', 'rejected')), ${nextVersion("$3")}
         update messages set version = changed.version from changed where messages.id = $5 returning ${announced}`,
        [
            call.callId, turn.principal.tenantId, turn.threadId, turn.id, turn.answerId, call.ordinal, call.tool, JSON.stringify(call.arguments), status, outcome.attempts ?? 0,
            outcome.result === undefined ? null : JSON.stringify(outcome.result), outcome.error === undefined ? null : JSON.stringify(outcome.error),
        ],
    );
}

/**
 * Takes the n-th try of a call for whoever asks first. Not taken means that it was begun before: by this turn before a
 * crash, or by another replica. `before` is how many tries were.
 */
export async function takeTry(tx: Queryable, turn: TurnRow, call: PlannedCall, attempt: number): Promise<{ taken: boolean; before: number }> {
    const [known] = await tx.query<{ attempts: number; status: ToolStatus }>("select attempts, status from tool_calls where id = $1 for update", [call.callId]);
    if (known !== undefined && (known.attempts >= attempt || known.status === "done" || known.status === "refused")) {
        return { taken: false, before: known.attempts };
    }
    await recordCall(tx, turn, call, "running", { attempts: attempt });
    return { taken: true, before: known?.attempts ?? 0 };
}

/** How a call ended, if it has. */
export async function outcomeOf(tx: Queryable, callId: string): Promise<ToolResult | undefined> {
    const [row] = await tx.query<{ status: ToolStatus; result: unknown; error: { code: string; message: string } | null }>(
        "select status, result, error from tool_calls where id = $1 and status in ('done', 'refused')", [callId]);
    if (row === undefined) {
        return undefined;
    }
    return row.error === null ? { status: "done", result: row.result } : { status: "refused", error: row.error };
}

/** Outcomes of the calls of a turn that have ended, in order: as this run recorded them, or read where another run did. */
export async function outcomesOf(database: Database, turn: TurnRun, ended: readonly { callId: string }[]): Promise<ToolOutcome[]> {
    const known = ended.flatMap(({ callId }) => turn.recorded.get(callId) ?? []);
    return known.length === ended.length ? known : database.asPrincipal(turn.principal, (tx) => readOutcomes(tx, turn.id));
}

/** The same from the database. */
export async function readOutcomes(tx: Queryable, turnId: string): Promise<ToolOutcome[]> {
    const rows = await tx.query<{ tool: ToolOutcome["tool"]; status: ToolStatus; result: unknown; error: { code: string; message: string } | null }>(
        "select tool, status, result, error from tool_calls where turn_id = $1 and status in ('done', 'failed', 'refused') order by ordinal", [turnId]);
    return rows.map((row) => ({
        tool: row.tool,
        status: row.status as ToolOutcome["status"],
        ...(row.result === null ? {} : { result: row.result }),
        ...(row.error === null ? {} : { error: row.error }),
    }));
}
