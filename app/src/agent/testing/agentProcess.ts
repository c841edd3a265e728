/**
 * For tests: the agent as a process of its own that can be killed. Prints `ready URL`, and `reached` when it
 * comes to the point named by HANG_AT (`before|after:NODE[:TOOL]`), where it stays until it dies.
 */
import { openPostgres } from "../../db/postgres.js";
import { readEnv } from "../../env.js";
import type { State } from "../state.js";
import type { NodeName } from "../turn.js";
import { startAgent } from "./world.js";

const [moment, node, tool] = (process.env.HANG_AT ?? "").split(":");
let current: State["call"] = null;
const at = async (now: string, name: NodeName) => {
    if (now === moment && name === node && (tool === undefined || current?.tool === tool)) {
        process.stdout.write("reached\n");
        await new Promise(() => undefined);
    }
};

const env = readEnv();
const agent = await startAgent({
    database: openPostgres({ url: env.DATABASE_URL!, applicationName: "agent process" }),
    env,
    secret: env.JWT_SECRET!,
    mcpUrl: env.MCP_URL,
    leaseMs: 1_500,
    hooks: {
        beforeNode: (name, state) => {
            current = state.call;
            return at("before", name);
        },
        afterNode: (name) => at("after", name),
    },
});
process.stdout.write(`ready ${agent.url}\n`);
