/**
 * The workflow of a turn: seven nodes, branches between them, a checkpoint after each.
 *
 *   LoadState → IntentClassifier → ToolDecision ─ nothing (more) to call ─────────→ PersistState → Respond
 *                                    ↑      ├─ reads ─→ ToolExecution ⟲ retry         ↑
 *                                    │      └─ writes → ApprovalCheck ─ rejected ──────┘
 *                                    │                     ↓ approved, or not needed
 *                                    └──── ended ──── ToolExecution ─ the tool wants an approval → ApprovalCheck
 *
 * LangGraph is imported by its entry point "web", here and beside: the other one follows each call with AsyncLocalStorage,
 * which in Node 22 makes every promise of the process slower. Nodes are handed their configuration and need none of it.
 */
import { END, START, StateGraph, type LangGraphRunnableConfig } from "@langchain/langgraph/web";
import type { BaseCheckpointSaver } from "@langchain/langgraph-checkpoint";
import { changesSomething } from "../tools/registry.js";
import type { GraphDeps } from "./deps.js";
import { approvalCheck } from "./nodes/approvalCheck.js";
import { intentClassifier } from "./nodes/intentClassifier.js";
import { loadState } from "./nodes/loadState.js";
import { persistState } from "./nodes/persistState.js";
import { respond } from "./nodes/respond.js";
import { toolDecision } from "./nodes/toolDecision.js";
import { toolExecution } from "./nodes/toolExecution.js";
import { AgentState, type State, type Update } from "./state.js";
import "./untraced.js";
import { hasBegunEffect, Stopped } from "./stopping.js";
import type { NodeName, TurnRun } from "./turn.js";

/** The run is handed to the nodes beside the state, so that it never reaches a checkpoint. */
export interface RunContext {
    turn: TurnRun;
    /** Called before each node; tests cut the power here. */
    beforeNode?: (node: NodeName, state: State) => void | Promise<void>;
    /** Called after a node has done its work and before that is checkpointed. */
    afterNode?: (node: NodeName) => void | Promise<void>;
}

export type AgentGraph = ReturnType<typeof buildGraph>;

type NodeWork = (deps: GraphDeps, turn: TurnRun, state: State) => Promise<Update>;

export function buildGraph(deps: GraphDeps, checkpointer: BaseCheckpointSaver) {
    const node = (name: NodeName, work: NodeWork) => async (state: State, config: LangGraphRunnableConfig): Promise<Update> => {
        const { turn, beforeNode, afterNode } = config.context as unknown as RunContext;
        turn.signal.throwIfAborted();
        if (turn.stop.aborted && !(await deps.database.asPrincipal(turn.principal, (tx) => hasBegunEffect(tx, turn.id)))) {
            throw new Stopped();
        }
        turn.emit({ event: "step", data: { node: name, label: labelOf(name, state) } });
        await beforeNode?.(name, state);
        const update = await work(deps, turn, state).catch((error: unknown) => {
            // What can be left at any moment was left.
            throw turn.stop.aborted && (error as { name?: unknown } | null)?.name === "AbortError" ? new Stopped() : error;
        });
        await afterNode?.(name);
        return update;
    };
    return new StateGraph(AgentState)
        .addNode("LoadState", node("LoadState", loadState))
        .addNode("IntentClassifier", node("IntentClassifier", intentClassifier))
        .addNode("ToolDecision", node("ToolDecision", toolDecision))
        .addNode("ToolExecution", node("ToolExecution", toolExecution))
        .addNode("ApprovalCheck", node("ApprovalCheck", approvalCheck))
        .addNode("PersistState", node("PersistState", persistState))
        .addNode("Respond", node("Respond", respond))
        .addEdge(START, "LoadState")
        .addEdge("LoadState", "IntentClassifier")
        .addEdge("IntentClassifier", "ToolDecision")
        .addConditionalEdges("ToolDecision", afterDecision, ["ToolExecution", "ApprovalCheck", "PersistState"])
        .addConditionalEdges("ApprovalCheck", afterApproval, ["ToolExecution", "PersistState"])
        .addConditionalEdges("ToolExecution", afterExecution, ["ToolExecution", "ApprovalCheck", "ToolDecision"])
        .addEdge("PersistState", "Respond")
        .addEdge("Respond", END)
        .compile({ checkpointer });
}

/** What only reads goes ahead; what changes something passes the approval check first. */
export function afterDecision(state: State): "ToolExecution" | "ApprovalCheck" | "PersistState" {
    if (state.decision !== "call" || state.call === null) {
        return "PersistState";
    }
    return state.call.remote?.needsApproval === true || changesSomething(state.call.tool) ? "ApprovalCheck" : "ToolExecution";
}

export function afterApproval(state: State): "ToolExecution" | "PersistState" {
    return state.approval === null || state.approval.status === "approved" ? "ToolExecution" : "PersistState";
}

/** A call that has not ended is tried again, or waits for the approval that the tool asked for. */
export function afterExecution(state: State): "ToolExecution" | "ApprovalCheck" | "ToolDecision" {
    if (state.call === null) {
        return "ToolDecision";
    }
    return state.approvalPolicy !== null && state.approval === null ? "ApprovalCheck" : "ToolExecution";
}

function labelOf(node: NodeName, state: State): string {
    switch (node) {
        case "LoadState":
            return "Reading the conversation";
        case "IntentClassifier":
            return "Understanding the request";
        case "ToolDecision":
            return state.ended.length === 0 ? "Deciding what to do" : "Deciding what to do next";
        case "ApprovalCheck":
            return "Checking whether an approval is needed";
        case "ToolExecution":
            return `${labelOfCall(state.call)}${state.failures === 0 ? "" : `, try ${state.failures + 1}`}`;
        case "PersistState":
            return "Saving";
        case "Respond":
            return "Answering";
    }
}

function labelOfCall(call: State["call"]): string {
    return callLabels[call?.tool ?? ""] ?? `Calling ${call?.remote?.tool ?? "a tool"} of ${call?.remote?.server ?? "a server"}`;
}

const callLabels: Readonly<Record<string, string | undefined>> = {
    search_documents: "Searching your documents",
    get_order: "Looking up orders",
    check_refund_eligibility: "Checking whether a refund is possible",
    process_refund: "Booking the refund",
    escalate_ticket: "Passing it on to a person",
};
