/** A connection to one MCP server of somebody else: opened when needed, its tools remembered, its absence its own affair. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { CallToolResultSchema, ErrorCode, ListToolsResultSchema, McpError, ToolListChangedNotificationSchema, type CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import type { Logger } from "../http/log.js";
import { compileChecks, definitionHash, definitionOf, type Checks, type ToolDefinition } from "./definition.js";
import type { McpServerConfig } from "./config.js";
import { guardedFetch } from "./guardedFetch.js";
import { ToolUnavailable } from "./client.js";

export interface RemoteTool {
    /** As the agent calls it: `server__tool`. */
    name: string;
    server: McpServerConfig;
    /** As its server calls it. */
    tool: string;
    definition: ToolDefinition;
    hash: string;
    checks: Checks;
}

export interface RemoteState {
    name: string;
    state: "new" | "connected" | "away";
    /** Why it is away. */
    error: string | null;
    /** When its tools were read last. */
    seenAt: string | null;
    /** Tools that cannot be used, and why. */
    unusable: { tool: string; why: string }[];
}

export interface RemoteServer {
    config: McpServerConfig;
    state(): RemoteState;
    /** What it offered when it was asked last; nothing while it is away. */
    tools(): readonly RemoteTool[];
    /** Reads its tools again when the last reading is older than `maxAgeMs`. Rejects never: who is away has no tools. */
    refresh(maxAgeMs: number): Promise<void>;
    /**
     * @throws ToolUnavailable when nothing usable came back
     * @throws McpError InvalidParams when the server does not accept the call
     */
    call(tool: string, args: Record<string, unknown>, meta: Record<string, unknown>, signal?: AbortSignal): Promise<CallToolResult>;
    close(): Promise<void>;
}

const MOST_TOOLS = 500;
const LONGEST_BACKOFF_MS = 60_000;

export interface RemoteOptions {
    /** Hosts that may be private. */
    allowed: readonly string[];
    log: Logger;
    /** The server says that its tools changed. */
    onChange?: () => void;
    /** First wait before a server that is away is asked again; doubles up to a minute. @default 1000 */
    backoffMs?: number;
}

export function openRemote(config: McpServerConfig, { allowed, log, onChange, backoffMs = 1_000 }: RemoteOptions): RemoteServer {
    const send = guardedFetch(allowed);
    let client: Promise<Client> | undefined;
    let listed: RemoteTool[] = [];
    let unusable: RemoteState["unusable"] = [];
    let seenAt = 0;
    let failures = 0;
    let notBefore = 0;
    let error: string | null = null;
    let reading: Promise<void> | undefined;
    let closed = false;

    async function connect(): Promise<Client> {
        const opened = new Client({ name: "agent-platform-agent", version: "1.0.0" });
        opened.setNotificationHandler(ToolListChangedNotificationSchema, () => {
            seenAt = 0;
            onChange?.();
        });
        const headers: Record<string, string> = config.secret === undefined ? {} : { [config.header]: config.secret };
        await opened.connect(
            new StreamableHTTPClientTransport(new URL(config.url), {
                fetch: send,
                requestInit: { headers },
                reconnectionOptions: { initialReconnectionDelay: 5_000, maxReconnectionDelay: 60_000, reconnectionDelayGrowFactor: 2, maxRetries: 2 },
            }),
            { timeout: config.timeoutMs },
        );
        return opened;
    }

    function lost(failure: unknown): void {
        void client?.then((old) => old.close()).catch(() => undefined);
        client = undefined;
        listed = [];
        error = (failure instanceof Error ? failure.message : String(failure)).slice(0, 300);
        notBefore = Date.now() + Math.min(LONGEST_BACKOFF_MS, backoffMs * 2 ** Math.min(failures++, 10));
    }

    async function read(): Promise<void> {
        try {
            const connected = await (client ??= connect());
            const found: ListedTools = [];
            let cursor: string | undefined;
            do {
                // Not the client's own listing: that compiles schemas, and one bad schema would hide the other tools.
                const page = await connected.request({ method: "tools/list", params: cursor === undefined ? {} : { cursor } }, ListToolsResultSchema, { timeout: config.timeoutMs, maxTotalTimeout: config.timeoutMs });
                found.push(...page.tools);
                cursor = page.nextCursor;
            } while (cursor !== undefined && found.length < MOST_TOOLS);
            ({ listed, unusable } = sift(config, found.slice(0, MOST_TOOLS)));
            seenAt = Date.now();
            failures = 0;
            error = null;
        } catch (failure) {
            log.warn({ error: failure, server: config.name }, "an MCP server is away; its tools are not offered");
            lost(failure);
        }
    }

    return {
        config,
        state: () => ({ name: config.name, state: error !== null ? "away" : seenAt === 0 && listed.length === 0 ? "new" : "connected", error, seenAt: seenAt === 0 ? null : new Date(seenAt).toISOString(), unusable }),
        tools: () => listed,
        async refresh(maxAgeMs) {
            if (closed || (error !== null ? Date.now() < notBefore : seenAt > 0 && Date.now() - seenAt <= maxAgeMs)) return reading;
            await (reading ??= read().finally(() => (reading = undefined)));
        },
        async call(tool, args, meta, signal) {
            let connected: Client;
            try {
                connected = await (client ??= connect());
            } catch (failure) {
                lost(failure);
                throw new ToolUnavailable(`${config.name} cannot be reached`, { cause: failure, sent: false });
            }
            try {
                return (await connected.request({ method: "tools/call", params: { name: tool, arguments: args, _meta: meta } }, CallToolResultSchema, { timeout: config.timeoutMs, maxTotalTimeout: config.timeoutMs, signal })) as CallToolResult;
            } catch (failure) {
                if (failure instanceof McpError && (failure.code === ErrorCode.InvalidParams || failure.code === ErrorCode.MethodNotFound)) throw failure;
                signal?.throwIfAborted();
                lost(failure);
                throw new ToolUnavailable(`${config.name} gave no answer that can be used`, { cause: failure });
            }
        },
        async close() {
            closed = true;
            await reading?.catch(() => undefined);
            await client?.then((open) => open.close()).catch(() => undefined);
        },
    };
}

type ListedTools = Parameters<typeof definitionOf>[0][];

/** Names as language models take them. Two tools that would have one name are both left out: neither shall pass for the other. */
function sift(config: McpServerConfig, found: ListedTools): { listed: RemoteTool[]; unusable: RemoteState["unusable"] } {
    const unusable: RemoteState["unusable"] = [];
    const named = found.map((tool) => ({ tool, name: `${config.name}__${tool.name.replace(/[^A-Za-z0-9_-]/g, "_")}` }));
    const listed = named.flatMap(({ tool, name }): RemoteTool[] => {
        try {
            if (name.length > 64) throw new Error("its name is too long");
            if (named.filter((other) => other.name === name).length > 1) throw new Error("another tool has the same name");
            const definition = definitionOf(tool);
            return [{ name, server: config, tool: tool.name, definition, hash: definitionHash(definition), checks: compileChecks(definition) }];
        } catch (error) {
            unusable.push({ tool: tool.name.slice(0, 128), why: (error as Error).message.slice(0, 200) });
            return [];
        }
    });
    return { listed, unusable };
}
