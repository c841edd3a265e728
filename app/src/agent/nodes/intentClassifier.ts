import type { GraphDeps } from "../deps.js";
import { leavable } from "../stopping.js";
import type { State, Update } from "../state.js";
import type { TurnRun } from "../turn.js";

/** What the person wants, and the details that were given. */
export async function intentClassifier(deps: GraphDeps, turn: TurnRun, state: State): Promise<Update> {
    const offered = await deps.toolbox?.offered(turn.principal);
    return { understanding: await deps.brain.understand(turn.text, state.memory, turn.principal.tenantId, offered, leavable(turn)) };
}
