/** How the agent calls tools: a real MCP client, with a time limit, and with answers checked before they are used. */
import { randomUUID } from "node:crypto";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { CallToolResultSchema, ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";
import type { Caller } from "../rag/passage.js";
import { toolFor } from "../tools/registry.js";
import type { ToolName } from "../tools/types.js";
import type { ToolRule } from "./config.js";

export type ToolResult =
    | { status: "done"; result: unknown }
    | { status: "refused"; error: { code: string; message: string; details?: Record<string, unknown> } };

/** Calls a tool on behalf of a person. Rejects with ToolUnavailable when it is worth trying again. */
export interface ToolClient {
    call(caller: Caller, name: ToolName, args: Record<string, unknown>): Promise<ToolResult>;
}

/** No answer, or none that can be used: whether the tool did anything is not known. */
export class ToolUnavailable extends Error {
    /** False when the call surely never left: nothing was done. */
    readonly sent: boolean;

    constructor(message: string, options: { cause?: unknown; sent?: boolean } = {}) {
        super(message, options);
        this.name = "ToolUnavailable";
        this.sent = options.sent ?? true;
    }
}

export interface McpClientOptions {
    url: string;
    /** @default 10000 */
    timeoutMs?: number;
    /** The whitelist per role and tenant. */
    rules?: readonly ToolRule[];
}

/** Where a call's name is in its request. */
const CALL = "agent-platform/call";

export function createToolClient(options: McpClientOptions): ToolClient {
    const timeout = options.timeoutMs ?? 10_000;
    // One client for all calls: the server is stateless, and who calls is told with each request. The name of the call, which
    // the protocol carries beside the arguments, leads from the request back to its caller.
    const calling = new Map<string, Caller>();
    let connected: Promise<Client> | undefined;

    /** @param first whose call needs the connection: the server answers nobody without a token */
    async function connect(first: Caller): Promise<Client> {
        const client = new Client({ name: "agent-platform-agent", version: "1.0.0" });
        const transport = new StreamableHTTPClientTransport(new URL(options.url), {
            fetch: (url, init) => {
                const { method, params } = (typeof init?.body === "string" ? JSON.parse(init.body) : {}) as { method?: string; params?: { _meta?: Record<string, string> } };
                // The server is stateless: it knows of no call that could be cancelled.
                if (method === "notifications/cancelled") return Promise.resolve(new Response(null, { status: 202 }));
                // Never somebody else's name for a call that nobody waits for any more.
                const caller = method === "tools/call" ? calling.get(params?._meta?.[CALL] ?? "") : first;
                if (caller === undefined) return Promise.reject(new ToolUnavailable("the call was given up", { sent: false }));
                const headers = new Headers(init?.headers);
                headers.set("Authorization", `Bearer ${caller.token}`);
                headers.set("X-Request-Id", caller.requestId);
                return fetch(url, { ...init, headers });
            },
            reconnectionOptions: { initialReconnectionDelay: 100, maxReconnectionDelay: 100, reconnectionDelayGrowFactor: 1, maxRetries: 0 },
        });
        await client.connect(transport, { timeout });
        return client;
    }

    return {
        async call(caller, name, args) {
            const tool = toolFor(caller.principal, name, options.rules);
            const input = tool?.input.safeParse(args);
            if (tool === undefined || input?.success !== true) {
                return { status: "refused", error: { code: "TOOL_ARGUMENTS_INVALID", message: "The call does not fit the tool's schema." } };
            }
            const id = randomUUID();
            try {
                const client = await (connected ??= connect(caller));
                calling.set(id, caller);
                const answer = await client.callTool({ name, arguments: args, _meta: { [CALL]: id } }, CallToolResultSchema, { timeout, maxTotalTimeout: timeout, signal: caller.signal });
                if (answer.isError === true) {
                    return { status: "refused", error: refusalIn(answer.structuredContent as Record<string, unknown> | undefined) };
                }
                const output = tool.output.safeParse(answer.structuredContent);
                if (!output.success) {
                    throw new ToolUnavailable(`${name} answered with something that does not fit its schema`, { cause: output.error });
                }
                return { status: "done", result: output.data };
            } catch (error) {
                if (error instanceof McpError && error.code === ErrorCode.InvalidParams) {
                    return { status: "refused", error: { code: "TOOL_ARGUMENTS_INVALID", message: "The tool server did not accept the call." } };
                }
                // Whatever state the client is in now, the next call begins with a new one.
                connected = undefined;
                throw error instanceof ToolUnavailable ? error : new ToolUnavailable(`${name} could not be reached`, { cause: error });
            } finally {
                calling.delete(id);
            }
        },
    };
}

function refusalIn(content: Record<string, unknown> | undefined): { code: string; message: string; details?: Record<string, unknown> } {
    const error = content?.error as { code?: unknown; message?: unknown; details?: unknown } | undefined;
    return {
        code: typeof error?.code === "string" ? error.code : "TOOL_REFUSED",
        message: typeof error?.message === "string" ? error.message : "The tool refused the call.",
        ...(error?.details !== null && typeof error?.details === "object" ? { details: error.details as Record<string, unknown> } : {}),
    };
}
