import { Annotation } from "@langchain/langgraph/web";
import type { Decision, Memory, ToolOutcome, Understanding } from "./brain/brain.js";

/** A call that the brain has decided on and the registry has validated. */
export interface PlannedCall {
    /** Derived from turn and ordinal: the same however often the node runs. */
    callId: string;
    ordinal: number;
    tool: ToolOutcome["tool"];
    arguments: Record<string, unknown>;
    /** Of a tool of another server: the definition that the call was decided by, and what it asks for. */
    remote?: { server: string; tool: string; pin: string; needsApproval: boolean; once: boolean };
}

/** How an approval went, as read from the database. */
export type ApprovalOutcome = { approvalId: string; status: "approved" | "rejected" | "expired" };

/** Why a turn ends without having done what was asked. */
export interface Trouble {
    code: string;
    message: string;
}

const last = <T>() => Annotation<T>({ reducer: (_before, after) => after });

/**
 * What passes between the nodes and into the checkpoints: ids and small JSON.
 * Texts, passages and tool results are in tables of their own.
 */
export const AgentState = Annotation.Root({
    turnId: last<string>(),
    memory: last<Memory>(),
    understanding: last<Understanding | null>(),
    decision: last<Decision["kind"] | null>(),
    /** What to ask back, when something is missing. */
    question: last<{ missing: "orderId" | "amount" | "description"; text: string } | null>(),
    call: last<PlannedCall | null>(),
    /** Calls of this turn that have ended, by id; results are in `tool_calls`. */
    ended: last<{ callId: string; tool: ToolOutcome["tool"]; status: ToolOutcome["status"] }[]>(),
    /** Failed tries of the current call. */
    failures: last<number>(),
    approval: last<ApprovalOutcome | null>(),
    /** Set when the tool itself asked for an approval, with the policy it applies. */
    approvalPolicy: last<{ threshold: number; fourEyesAbove?: number } | null>(),
    trouble: last<Trouble | null>(),
    /** What a language model said instead of calling another tool. */
    said: last<string | null>(),
});

export type State = typeof AgentState.State;
export type Update = Partial<State>;

/** The state a turn starts with. */
export function initialState(turnId: string): State {
    return { turnId, memory: {}, understanding: null, decision: null, question: null, call: null, ended: [], failures: 0, approval: null, approvalPolicy: null, trouble: null, said: null };
}
