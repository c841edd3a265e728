/** ROLE=agent: sign-in, conversations, orders, approvals. */
import { registerAgent } from "../agent/register.js";
import { registerAuth } from "../auth/routes.js";
import { registerPeople } from "../people/register.js";
import { createAnswerer } from "../models/extractive.js";
import { createEmbedder } from "../models/embedder.js";
import { remoteRetriever } from "../rag/client.js";
import type { Core } from "./core.js";
import type { Running } from "./serve.js";

export async function startAgent(core: Core): Promise<Running> {
    const { env, app, database, sessions } = core;
    const embedder = createEmbedder({ modelFolder: env.MODEL_DIR, threads: 1 });
    registerAuth(app, sessions);
    registerPeople(app, core);
    const agent = await registerAgent(app, { ...core, retriever: remoteRetriever(env.RAG_SERVICE_URL), embedder, answerer: createAnswerer(embedder), mcpUrl: env.MCP_URL });
    return {
        app,
        quiesce: () => agent.close(),
        async close() {
            await embedder.close();
            await database.close();
        },
    };
}
