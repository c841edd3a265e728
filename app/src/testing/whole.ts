/** For tests: every route of every role on one app over a test database, without models or workers. */
import { randomBytes } from "node:crypto";
import { registerAgent } from "../agent/register.js";
import { authenticate } from "../auth/middleware.js";
import { registerAuth } from "../auth/routes.js";
import { registerDocuments } from "../documents/routes.js";
import { registerUpload } from "../documents/upload.js";
import { readEnv } from "../env.js";
import type { App } from "../http/app.js";
import { registerMcp } from "../mcp/server.js";
import type { Answerer } from "../models/answerer.js";
import type { Embedder } from "../models/embedder.js";
import { registerPeople } from "../people/register.js";
import { EventHub } from "../queue/events.js";
import { createPostgresQueue } from "../queue/postgres.js";
import { registerJobs } from "../queue/routes.js";
import { localRetriever } from "../rag/client.js";
import { registerSearch } from "../rag/routes.js";
import { openCore } from "../roles/core.js";
import type { TestDatabase } from "./databases.js";

/** @param variables of the environment, beside those that are needed */
export async function wholeApp({ database }: TestDatabase, variables: Record<string, string> = {}): Promise<{ app: App; close(): Promise<void> }> {
    const env = readEnv({ ROLE: "all", PORT: "0", JWT_SECRET: randomBytes(48).toString("base64"), LOG_LEVEL: process.env.TEST_LOG ?? "silent", ...variables });
    const core = openCore(env, database);
    const { app, sessions, log } = core;
    const hub = await EventHub.open(database);
    registerAuth(app, sessions);
    registerPeople(app, core);
    app.use("/api/v2/*", authenticate(sessions));
    app.use("/search", authenticate(sessions));
    registerUpload(app, { database, queue: createPostgresQueue(database), maxBytes: env.MAX_UPLOAD_BYTES });
    registerJobs(app, database, hub);
    registerDocuments(app, database);
    registerSearch(app, { database, embedder, log });
    registerMcp(app, core);
    const agent = await registerAgent(app, { ...core, retriever: localRetriever({ database, embedder, log }), embedder, answerer, mcpUrl: "http://127.0.0.1:9/mcp" });
    return {
        app,
        async close() {
            await agent.close();
            await hub.close();
        },
    };
}

/** The same direction for every text: whatever there is, is found. */
const embedder: Embedder = {
    model: "all-MiniLM-L6-v2",
    dimensions: 384,
    embed: async (texts) => texts.map(() => new Float32Array(384).fill(384 ** -0.5)),
    close: async () => undefined,
};

/** Tells everything it was given. */
const answerer: Answerer = {
    async *answer(_question, passages) {
        for (const passage of passages) yield { type: "token", text: passage.text };
    },
};
