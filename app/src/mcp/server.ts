/** The tools as a Model Context Protocol server over streamable HTTP. Stateless: any replica can take any request. */
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { CallToolRequestSchema, ErrorCode, ListToolsRequestSchema, McpError, type CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { audit } from "../audit/audit.js";
import { authenticate } from "../auth/middleware.js";
import type { Principal } from "../db/database.js";
import type { App } from "../http/app.js";
import type { Logger } from "../http/log.js";
import type { McpDeps } from "../roles/deps.js";
import { inputSchema, outputSchema, toolFor, toolsFor } from "../tools/registry.js";
import { ToolRefusal, type Tool } from "../tools/types.js";

/** Mounts `/mcp`. Every request needs a Bearer token; what its owner may not call does not exist for them. */
export function registerMcp(app: App, deps: McpDeps): void {
    app.use("/mcp", authenticate(deps.sessions));
    app.post("/mcp", async (c) => {
        const server = createServer(deps, { principal: c.get("principal"), requestId: c.get("requestId"), log: c.get("log") });
        const transport = new WebStandardStreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
        await server.connect(transport);
        try {
            return await transport.handleRequest(c.req.raw);
        } finally {
            await server.close();
        }
    });
    // There are no sessions to listen to or to end.
    app.on(["GET", "DELETE"], "/mcp", (c) => c.json({ jsonrpc: "2.0", error: { code: -32000, message: "Method not allowed." }, id: null }, 405, { Allow: "POST" }));
}

interface Caller {
    principal: Principal;
    requestId: string;
    log: Logger;
}

function createServer(deps: McpDeps, caller: Caller): Server {
    const server = new Server({ name: "agent-platform-tools", version: "1.0.0" }, { capabilities: { tools: {} } });
    server.setRequestHandler(ListToolsRequestSchema, () => ({
        tools: toolsFor(caller.principal, deps.env.TOOLS_ALLOWED).map((tool) => ({
            name: tool.name,
            title: tool.title,
            description: tool.description,
            inputSchema: inputSchema(tool) as { type: "object" },
            outputSchema: outputSchema(tool) as { type: "object" },
            annotations: { readOnlyHint: tool.effect === "read", destructiveHint: tool.effect === "write", idempotentHint: true, openWorldHint: false },
        })),
    }));
    server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
        const tool = toolFor(caller.principal, params.name, deps.env.TOOLS_ALLOWED);
        if (tool === undefined) {
            throw new McpError(ErrorCode.InvalidParams, `There is no tool ${params.name.slice(0, 64)}.`);
        }
        const input = tool.input.safeParse(params.arguments ?? {});
        if (!input.success) {
            const issue = input.error.issues[0];
            throw new McpError(ErrorCode.InvalidParams, `${tool.name}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`);
        }
        return run(deps, caller, tool, input.data);
    });
    return server;
}

async function run(deps: McpDeps, caller: Caller, tool: Tool, input: unknown): Promise<CallToolResult> {
    const started = performance.now();
    const record = async (outcome: string) => {
        deps.metrics.count("mcp_tool_calls_total", "Tool calls by outcome.", { tool: tool.name, outcome });
        await deps.database.asPrincipal(caller.principal, (tx) =>
            audit(tx, caller.principal, "tool.call", tool.name, { arguments: input, outcome, ms: Math.round(performance.now() - started) }, caller.requestId));
    };
    try {
        const output = tool.output.parse(
            await tool.execute(input, {
                db: deps.database,
                principal: caller.principal,
                refundApprovalThreshold: deps.env.REFUND_APPROVAL_THRESHOLD,
                refundFourEyesThreshold: deps.env.REFUND_FOUR_EYES_THRESHOLD,
                requestId: caller.requestId,
                now: () => new Date(),
            }),
        ) as Record<string, unknown>;
        await record("done");
        return { content: [{ type: "text", text: JSON.stringify(output) }], structuredContent: output };
    } catch (error) {
        if (error instanceof ToolRefusal) {
            await record(error.code);
            const refusal = { code: error.code, message: error.message, ...(error.details === undefined ? {} : { details: error.details }) };
            return { isError: true, content: [{ type: "text", text: error.message }], structuredContent: { error: refusal } };
        }
        caller.log.error({ error, tool: tool.name }, "tool failed");
        await record("failed").catch((again: unknown) => caller.log.error({ error: again }, "the failed tool call could not be audited"));
        // What went wrong inside is in the log; the caller learns that it may try again.
        throw new McpError(ErrorCode.InternalError, `${tool.name} could not be run right now.`);
    }
}
