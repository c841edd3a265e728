/** ROLE=rag: search. */
import { authenticate } from "../auth/middleware.js";
import type { Embedder } from "../models/embedder.js";
import { configuredReranker } from "../rag/reranker.js";
import { registerSearch } from "../rag/routes.js";
import type { Core } from "./core.js";
import type { Running } from "./serve.js";

export function startRag(core: Core, embedder: Embedder): Running {
    core.app.use("/search", authenticate(core.sessions));
    registerSearch(core.app, { database: core.database, embedder, reranker: configuredReranker(core.env), log: core.log });
    return {
        app: core.app,
        quiesce: async () => undefined,
        async close() {
            await embedder.close();
            await core.database.close();
        },
    };
}
