import { Command, isInterrupted } from "@langchain/langgraph/web";
import type { AgentGraph, RunContext } from "./graph.js";
import { initialState } from "./state.js";
import type { TurnRun } from "./turn.js";

type Input = Parameters<AgentGraph["invoke"]>[0];

/** Called around the nodes; tests cut the power here. */
export type Hooks = Pick<RunContext, "beforeNode" | "afterNode">;

/**
 * Goes on with a turn from its last checkpoint, or from the start, as far as it goes: to the end, or to an
 * approval that is awaited. Called again after either, or after any accident, it repeats no effect.
 */
export async function advance(graph: AgentGraph, turn: TurnRun, hooks: Hooks = {}): Promise<"ended" | "waits"> {
    const config = {
        configurable: { thread_id: turn.id, fresh: turn.fresh },
        context: { turn, ...hooks } as unknown as Record<string, unknown>,
        // Each node's outcome is safe before the next node starts.
        durability: "sync" as const,
        recursionLimit: 60,
        signal: turn.signal,
    };
    const input = turn.fresh ? initialState(turn.id) : await whereItStands(graph, turn, config);
    return input !== "ended" && isInterrupted(await graph.invoke(input, config)) ? "waits" : "ended";
}

/** What wakes the graph where it was left. */
async function whereItStands(graph: AgentGraph, turn: TurnRun, config: { configurable: { thread_id: string } }): Promise<Input | "ended"> {
    const state = await graph.getState(config);
    const begun = Object.keys(state.values as object).length > 0;
    if (!begun) {
        return initialState(turn.id);
    }
    if (state.next.length === 0) {
        return "ended";
    }
    // The resume value only wakes the node: what was decided, it reads from the database.
    return state.tasks.some((task) => task.interrupts.length > 0) ? (new Command({ resume: "decided" }) as Input) : null;
}
