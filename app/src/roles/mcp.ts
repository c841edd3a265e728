/** ROLE=mcp: the agent's tools. */
import { registerMcp } from "../mcp/server.js";
import type { Core } from "./core.js";
import type { Running } from "./serve.js";

export function startMcp(core: Core): Running {
    registerMcp(core.app, core);
    return { app: core.app, quiesce: async () => undefined, close: () => core.database.close() };
}
