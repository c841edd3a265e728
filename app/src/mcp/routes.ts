/** For administrators: the further MCP servers, how they are, and which of their tools stand as they were agreed to. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Database } from "../db/database.js";
import type { App } from "../http/app.js";
import type { Toolbox } from "./toolbox.js";

const server = z.object({
    name: z.string(),
    state: z.enum(["new", "connected", "away"]),
    error: z.string().nullable(),
    seenAt: z.iso.datetime().nullable(),
    unusable: z.array(z.object({ tool: z.string(), why: z.string() })),
}).openapi("ToolServer");
const tool = z.object({
    server: z.string(),
    tool: z.string(),
    state: z.enum(["pinned", "stopped"]),
    hash: z.string(),
    description: z.string().nullable(),
    pinnedAt: z.iso.datetime(),
    approvalId: z.uuid().nullable().openapi({ description: "What asks about the change of a stopped tool" }),
}).openapi("PinnedTool");

const list = createRoute({
    method: "get", path: "/api/admin/tool-servers", summary: "Further MCP servers and their tools",
    description: "A server that is away takes only its own tools with it. A tool that says something else than when it was pinned is stopped until its approval is given.",
    responses: { 200: { content: { "application/json": { schema: z.object({ servers: z.array(server), tools: z.array(tool) }) } }, description: "As this replica sees them" } },
});

/** Behind `authenticate` and the admin role. */
export function registerToolServers(app: App, database: Database, toolbox: Toolbox): void {
    app.openapi(list, async (c) => {
        const rows = await database.asPrincipal(c.get("principal"), (tx) =>
            tx.query<{ server: string; tool: string; hash: string; description: string | null; pinned_at: Date; drift_hash: string | null; drift_approval: string | null }>(
                "select server, tool, hash, definition->>'description' as description, pinned_at, drift_hash, drift_approval from mcp_tool_pins order by server, tool"));
        const tools = rows.map((row) => ({
            server: row.server, tool: row.tool, state: row.drift_hash === null ? ("pinned" as const) : ("stopped" as const), hash: row.hash,
            description: row.description, pinnedAt: row.pinned_at.toISOString(), approvalId: row.drift_approval,
        }));
        return c.json({ servers: toolbox.states(), tools }, 200);
    });
}
