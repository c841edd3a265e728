/** For tests: somebody else's MCP server over real HTTP, whose tools can change behind one's back. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { CallToolRequestSchema, ErrorCode, ListToolsRequestSchema, McpError, type CallToolResult, type Tool } from "@modelcontextprotocol/sdk/types.js";

export interface TestTool extends Omit<Tool, "inputSchema"> {
    inputSchema?: Tool["inputSchema"];
    run?: (args: Record<string, unknown>) => CallToolResult | Promise<CallToolResult>;
}

export interface ToolServer {
    url: string;
    host: string;
    tools: TestTool[];
    calls: { name: string; arguments: Record<string, unknown>; meta: Record<string, unknown> | undefined }[];
    headers: IncomingHttpHeaders[];
    /** Answers everything with this status, or hangs up, while it is set. */
    broken: number | "hang-up" | "silent" | undefined;
    close(): Promise<void>;
}

export async function startToolServer(tools: TestTool[], port = 0): Promise<ToolServer> {
    const state: Pick<ToolServer, "tools" | "calls" | "headers" | "broken"> = { tools, calls: [], headers: [], broken: undefined };
    const http = createServer((request, response) => {
        state.headers.push(request.headers);
        if (state.broken === "silent") return;
        if (state.broken === "hang-up") return void request.socket.destroy();
        if (state.broken !== undefined) return void response.writeHead(state.broken).end();
        if (request.method !== "POST") return void response.writeHead(405).end();
        void (async () => {
            const server = new Server({ name: "somebody", version: "1" }, { capabilities: { tools: {} } });
            server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: state.tools.map(({ run: _run, ...tool }) => ({ inputSchema: { type: "object" as const }, ...tool })) }));
            server.setRequestHandler(CallToolRequestSchema, async ({ params }) => {
                state.calls.push({ name: params.name, arguments: params.arguments ?? {}, meta: params._meta as Record<string, unknown> | undefined });
                const tool = state.tools.find(({ name }) => name === params.name);
                if (tool === undefined) throw new McpError(ErrorCode.InvalidParams, "no such tool");
                return tool.run?.(params.arguments ?? {}) ?? { content: [{ type: "text", text: `${params.name} did it` }] };
            });
            const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined, enableJsonResponse: true });
            response.on("close", () => void server.close());
            await server.connect(transport as Parameters<Server["connect"]>[0]);
            await transport.handleRequest(request, response);
        })().catch(() => response.destroy());
    });
    await new Promise<void>((resolve) => http.listen(port, "127.0.0.1", resolve));
    const host = `127.0.0.1:${(http.address() as AddressInfo).port}`;
    return Object.assign(state, {
        url: `http://${host}/mcp`,
        host,
        close: () => new Promise<void>((resolve) => (http.close(() => resolve()), http.closeAllConnections())),
    });
}
