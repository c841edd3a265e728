import type { Memory } from "../brain/brain.js";
import type { GraphDeps } from "../deps.js";
import type { Update } from "../state.js";
import type { TurnRun } from "../turn.js";

/** What the conversation remembers from earlier turns. */
export async function loadState(deps: GraphDeps, turn: TurnRun): Promise<Update> {
    if (turn.memory !== undefined) return { memory: turn.memory };
    const rows = await deps.database.asPrincipal(turn.principal, (tx) =>
        tx.query<{ memory: Memory }>("select memory from agent_state where thread_id = $1", [turn.threadId]));
    return { memory: rows[0]?.memory ?? {} };
}
