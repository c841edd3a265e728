/** What the halves of the application are handed; built once per process in main.ts. */
import type { Sessions } from "../auth/sessions.js";
import type { Tokens } from "../auth/tokens.js";
import type { Database } from "../db/database.js";
import type { Env } from "../env.js";
import type { Logger } from "../http/log.js";
import type { Metrics } from "../http/metrics.js";
import type { Answerer } from "../models/answerer.js";
import type { Embedder } from "../models/embedder.js";
import type { Retriever } from "../rag/passage.js";

export interface CoreDeps {
    database: Database;
    env: Env;
    log: Logger;
    metrics: Metrics;
    sessions: Sessions;
}

export interface AgentDeps extends CoreDeps {
    /** To act for a person whose turn goes on after the request has ended: a session of its own, short-lived. */
    tokens: Tokens;
    retriever: Retriever;
    embedder: Embedder;
    answerer: Answerer;
    /** Where the tools are, as a streamable HTTP endpoint of MCP. */
    mcpUrl: string;
}

export type McpDeps = CoreDeps;
