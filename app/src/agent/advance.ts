import { Command } from "@langchain/langgraph";
import type { AgentGraph, RunContext } from "./graph.js";
import { initialState } from "./state.js";
import type { TurnRun } from "./turn.js";

/** Called around the nodes; tests cut the power here. */
export type Hooks = Pick<RunContext, "beforeNode" | "afterNode">;

/**
 * Goes on with a turn from its last checkpoint, or from the start, as far as it goes: to the end, or to an
 * approval that is awaited. Called again after either, or after any accident, it repeats no effect.
 */
export async function advance(graph: AgentGraph, turn: TurnRun, hooks: Hooks = {}): Promise<"ended" | "waits"> {
    const config = {
        configurable: { thread_id: turn.id },
        context: { turn, ...hooks } as unknown as Record<string, unknown>,
        // Each node's outcome is safe before the next node starts.
        durability: "sync" as const,
        recursionLimit: 60,
        signal: turn.signal,
    };
    const before = await graph.getState(config);
    const begun = Object.keys(before.values as object).length > 0;
    if (begun && before.next.length === 0) {
        return "ended";
    }
    const interrupted = before.tasks.some((task) => task.interrupts.length > 0);
    // The resume value only wakes the node: what was decided, it reads from the database.
    await graph.invoke(!begun ? initialState(turn.id) : interrupted ? new Command({ resume: "decided" }) : null, config);
    const after = await graph.getState(config);
    return after.tasks.some((task) => task.interrupts.length > 0) ? "waits" : "ended";
}
