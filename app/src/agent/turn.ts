import type { Principal } from "../db/database.js";
import type { Memory, ToolOutcome } from "./brain/brain.js";
import type { ApprovalView, Citation, ToolView } from "../threads/store.js";

/** What a reader of a running turn is told, by event name. */
export type TurnEvent =
    | { event: "thread"; data: { threadId: string; messageId: string } }
    | { event: "step"; data: { node: NodeName; label: string } }
    | { event: "token"; data: { text: string } }
    | { event: "citation"; data: Citation }
    | { event: "tool"; data: { name: string; arguments: Record<string, unknown>; status: "running" | "done" | "failed"; result?: unknown; attempt: number } }
    | { event: "approval"; data: Omit<ApprovalView, "status"> }
    | { event: "done"; data: { messageId: string; status: "complete" | "waiting" | "stopped" } }
    | { event: "error"; data: { code: string; message: string } };

export const nodeNames = ["LoadState", "IntentClassifier", "ToolDecision", "ToolExecution", "ApprovalCheck", "PersistState", "Respond"] as const;
export type NodeName = (typeof nodeNames)[number];

/** A turn as it is stored: one message, its answer, and who asked. */
export interface TurnRow {
    id: string;
    threadId: string;
    messageId: string;
    answerId: string;
    principal: Principal;
    requestId: string;
    attempt: number;
}

/** One run of a turn by this process, as the nodes see it. Nothing in here is ever stored. */
export interface TurnRun extends TurnRow {
    /** The person's words. */
    text: string;
    /** Just created: there is no checkpoint to look for. */
    fresh: boolean;
    /** What the conversation remembers, where it was read with the turn's beginning. */
    memory?: Memory;
    /** Outcomes of calls that this run has recorded, by the call's id. */
    recorded: Map<string, ToolOutcome>;
    emit(event: TurnEvent): void;
    /** A token that acts for the person during this run. */
    token(): Promise<string>;
    /** Aborted when the lease is lost: somebody else goes on with the turn. */
    signal: AbortSignal;
    /** Aborted when the person wants no more of it. */
    stop: AbortSignal;
}

/** How tools look to a transcript while they run. */
export type ToolStatus = ToolView["status"];

/** The effect's outcome is unknown or must still happen: the turn is given back and taken up again later. */
export class RetryLater extends Error {
    constructor(message: string, options?: { cause?: unknown }) {
        super(message, options);
        this.name = "RetryLater";
    }
}
