import type { OfferedTool } from "../../mcp/toolbox.js";

export const intents = ["ask_documents", "order_status", "list_orders", "refund", "escalate", "use_tool", "greeting", "help", "unclear"] as const;
export type Intent = (typeof intents)[number];

/** What was found in a message. Amounts carry the currency that was written, if any. */
export interface Slots {
    orderId?: string;
    amount?: number;
    currency?: string;
    reason?: string;
    /** A part is meant ("half of it", "20 %", a bare number), but not which amount. Never read as "everything". */
    unclearAmount?: boolean;
    /** More than one order is named. */
    severalOrders?: boolean;
    /** A tool of another server that was named outright, with its arguments. */
    command?: { tool: string; arguments: Record<string, unknown> | null };
}

export interface Understanding {
    intent: Intent;
    /** 0 to 1. Below the brain's own limit the intent is `unclear` or a document question, never an effect. */
    confidence: number;
    slots: Slots;
    /** How it was decided, for the trace: `pattern`, `similarity`, `follow-up`, `model`, `default`. */
    by: "pattern" | "similarity" | "follow-up" | "model" | "default";
}

/** What a conversation remembers between turns. Small: it is loaded with every turn. */
export interface Memory {
    /** The order that was talked about last. */
    orderId?: string;
    /** A question that was asked back and whose answer is awaited. */
    pending?: { intent: Intent; missing: "orderId" | "amount" | "description"; slots: Slots };
}

/**
 * A structured call of a tool. `search_documents` goes to the retrieval service, the names of the registry to our own MCP
 * server, `server__tool` to one of the further ones.
 */
export interface ToolCall {
    tool: string;
    arguments: Record<string, unknown>;
}

/** The outcome of an earlier call of the same turn. */
export interface ToolOutcome {
    tool: ToolCall["tool"];
    status: "done" | "refused" | "failed";
    result?: unknown;
    error?: { code: string; message: string };
}

/** The next step: call a tool, ask for something that is missing, or answer. */
export type Decision =
    | { kind: "call"; call: ToolCall }
    | { kind: "ask"; missing: "orderId" | "amount" | "description"; question: string }
    /** With what to say, when a language model has put it into words. */
    | { kind: "answer"; text?: string };

export interface DecisionInput {
    message: string;
    understanding: Understanding;
    memory: Memory;
    outcomes: ToolOutcome[];
    /** Tools of further servers that this person may call. */
    offered?: readonly OfferedTool[];
    /** Whose budget a language model is paid from. */
    tenantId?: string;
    signal?: AbortSignal;
}

/**
 * What thinks. The default one works offline; one that asks a language model
 * fits behind the same two questions, because whatever it proposes is
 * validated against the tool's schema and the caller's whitelist afterwards.
 */
export interface Brain {
    /** Does beforehand what would make the first message slow. */
    prepare?(): Promise<void>;
    /**
     * @param tenantId whose budget a language model is paid from
     * @param offered tools of further servers that this person may call
     */
    understand(message: string, memory: Memory, tenantId?: string, offered?: readonly OfferedTool[], signal?: AbortSignal): Promise<Understanding>;
    decide(input: DecisionInput): Promise<Decision>;
}
