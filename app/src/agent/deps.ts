import type { Database } from "../db/database.js";
import type { Logger } from "../http/log.js";
import type { Answerer } from "../models/answerer.js";
import type { Retriever } from "../rag/passage.js";
import type { ToolClient } from "../mcp/client.js";
import type { ToolRule } from "../mcp/config.js";
import type { Toolbox } from "../mcp/toolbox.js";
import type { Brain } from "./brain/brain.js";

/** What the graph's nodes work with. */
export interface GraphDeps {
    database: Database;
    brain: Brain;
    tools: ToolClient;
    /** The tools of further servers, where there are any. */
    toolbox?: Toolbox;
    /** The whitelist of our own tools per role and tenant, where there is one. */
    toolRules?: readonly ToolRule[];
    retriever: Retriever;
    answerer: Answerer;
    /** EUR. */
    refundApprovalThreshold: number;
    /** EUR; above it two people have to approve. */
    refundFourEyesThreshold: number;
    /** @default 24 hours */
    approvalLifetimeMs?: number;
    log: Logger;
}

/** Tries of one tool call within a run, the first included. */
export const maxTries = 3;

/** Tool calls that one turn may make: what plans more than this goes round in circles. */
export const maxCalls = 6;
