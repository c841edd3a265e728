/** The agent half of the application on an app of its role: conversations, their engine, orders and administration. */
import { registerNotifications, startNotifier } from "../approvals/notify.js";
import { registerAdmin } from "../approvals/routes.js";
import { registerChat } from "../chat/routes.js";
import { registerEvaluation } from "../evaluation/routes.js";
import type { App } from "../http/app.js";
import { createToolClient } from "../mcp/client.js";
import { openToolbox } from "../mcp/toolbox.js";
import { registerToolServers } from "../mcp/routes.js";
import { registerOrders } from "../orders/routes.js";
import type { AgentDeps } from "../roles/deps.js";
import { registerWebhooks } from "../webhooks/routes.js";
import { registerUsage } from "../models/usage.js";
import { openThreadHub } from "../threads/hub.js";
import { registerThreads } from "../threads/routes.js";
import { offlineBrain } from "./brain/offline.js";
import { openCheckpoints } from "./checkpoints.js";
import { createDelegate } from "./delegate.js";
import { startEngine, type EngineDeps } from "./engine.js";
import { buildGraph } from "./graph.js";

/** What tests change. */
export interface AgentOptions extends Pick<EngineDeps, "leaseMs" | "pollMs" | "parallel" | "graceMs" | "hooks"> {
    approvalLifetimeMs?: number;
    toolTimeoutMs?: number;
    toolListMaxAgeMs?: number;
    toolServerBackoffMs?: number;
}

/** Mounts the routes and starts the engine. `close` before the database and the event streams are closed. */
export async function registerAgent(app: App, deps: AgentDeps, options: AgentOptions = {}): Promise<{ close(): Promise<void> }> {
    const { database, env, log, metrics, sessions, embedder } = deps;
    const checkpoints = openCheckpoints(database);
    // Not loaded where no language model is configured.
    const chain = env.MODELS === undefined ? undefined : (await import("../models/chat/chain.js")).createChatChain({ database, models: env.MODELS, monthlyBudget: env.MODEL_MONTHLY_BUDGET, log });
    const offline = offlineBrain((texts) => embedder.embed(texts));
    const brain = chain === undefined ? offline : (await import("./brain/generative.js")).generativeBrain(chain, offline, log);
    const answerer = chain === undefined ? deps.answerer : (await import("../models/generative.js")).generativeAnswerer(chain, deps.answerer, log);
    // Begun now, so that the first message need not wait for it.
    void brain.prepare?.();
    const toolbox = openToolbox({ database, servers: env.MCP_SERVERS ?? [], allowedHosts: env.OUTGOING_ALLOWED_HOSTS, log, metrics, maxAgeMs: options.toolListMaxAgeMs, backoffMs: options.toolServerBackoffMs });
    const graph = buildGraph(
        {
            database,
            brain,
            tools: createToolClient({ url: deps.mcpUrl, timeoutMs: options.toolTimeoutMs, rules: env.TOOLS_ALLOWED }),
            ...(env.MCP_SERVERS === undefined ? {} : { toolbox }),
            toolRules: env.TOOLS_ALLOWED,
            retriever: deps.retriever,
            answerer,
            refundApprovalThreshold: env.REFUND_APPROVAL_THRESHOLD,
            refundFourEyesThreshold: env.REFUND_FOUR_EYES_THRESHOLD,
            approvalLifetimeMs: options.approvalLifetimeMs,
            log,
        },
        checkpoints,
    );
    const engine = startEngine({ database, graph, checkpoints, log, metrics, delegate: createDelegate(database, deps.tokens), ...options });
    const hub = openThreadHub(database, log);
    registerChat(app, sessions, engine);
    registerThreads(app, database, sessions, hub);
    registerOrders(app, database, sessions);
    registerAdmin(app, database, sessions);
    registerToolServers(app, database, toolbox);
    const outgoing = { allowed: env.OUTGOING_ALLOWED_HOSTS };
    registerNotifications(app, database, outgoing);
    registerWebhooks(app, database);
    const notifier = await startNotifier(database, log, outgoing);
    registerEvaluation(app, { database, retriever: deps.retriever, answerer });
    registerUsage(app, database);
    return {
        async close() {
            await notifier.close();
            await engine.close();
            await hub.close();
            await toolbox.close();
        },
    };
}
