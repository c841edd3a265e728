import type { z } from "zod";
import type { Database, Principal } from "../db/database.js";

/** What a tool may use while it runs: the caller's identity and the database as seen by that identity. */
export interface ToolContext {
    db: Database;
    principal: Principal;
    /** EUR; a refund that brings an order's refunds above it needs an approval. */
    refundApprovalThreshold: number;
    /** EUR; above it two people have to approve. */
    refundFourEyesThreshold: number;
    requestId: string;
    now(): Date;
}

/** One tool as the MCP server offers it. */
export interface Tool<Input = unknown, Output = unknown> {
    name: ToolName;
    title: string;
    description: string;
    input: z.ZodType<Input>;
    output: z.ZodType<Output>;
    /** `read` can be repeated freely; `write` changes something and takes an idempotency key. */
    effect: "read" | "write";
    /** Who may call it. */
    roles: readonly Principal["role"][];
    execute(input: Input, context: ToolContext): Promise<Output>;
}

export const toolNames = ["get_order", "check_refund_eligibility", "process_refund", "escalate_ticket"] as const;
export type ToolName = (typeof toolNames)[number];

/** A refusal by a tool, with a stable code that the agent can act on. Not retried. */
export class ToolRefusal extends Error {
    readonly code: string;
    readonly details?: Record<string, unknown>;

    constructor(code: string, message: string, details?: Record<string, unknown>) {
        super(message);
        this.name = "ToolRefusal";
        this.code = code;
        this.details = details;
    }
}
