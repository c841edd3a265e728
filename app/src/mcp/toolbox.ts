/** The tools of further MCP servers, as the agent has them: whitelisted, as they were pinned, and at most once where that matters. */
import { McpError } from "@modelcontextprotocol/sdk/types.js";
import { requireApproval } from "../approvals/consume.js";
import type { RemoteToolPolicy } from "../approvals/hash.js";
import { audit } from "../audit/audit.js";
import type { Database, Principal, Queryable } from "../db/database.js";
import type { Logger } from "../http/log.js";
import type { Metrics } from "../http/metrics.js";
import type { Caller } from "../rag/passage.js";
import { ToolUnavailable, type ToolResult } from "./client.js";
import { isAllowed, needsApprovalOf, type McpServerConfig } from "./config.js";
import { usableTools } from "./pins.js";
import { openRemote, type RemoteServer, type RemoteState, type RemoteTool } from "./remote.js";
import { textOf } from "./results.js";

/** A tool as it is offered to whoever decides, with the text that was pinned. */
export interface OfferedTool {
    /** `server__tool`; tools of our own have no such name. */
    name: string;
    server: string;
    tool: string;
    description: string;
    inputSchema: Record<string, unknown>;
    /** Hash of the definition; a call is bound to it. */
    pin: string;
    needsApproval: boolean;
    /** A call that may have happened is not repeated. */
    once: boolean;
}

export interface RemoteCall {
    name: string;
    arguments: Record<string, unknown>;
    pin: string;
    threadId: string;
    callId: string;
    /** Takes this try of the call, and says how many were taken before; within the transaction that uses up the approval. */
    take(tx: Queryable): Promise<{ taken: boolean; before: number }>;
}

export interface Toolbox {
    /** What this person may call right now. Never rejects because of a server. */
    offered(principal: Principal): Promise<OfferedTool[]>;
    /** What is wrong with these arguments, or undefined. */
    check(name: string, args: Record<string, unknown>): string | undefined;
    /** @throws ToolUnavailable */
    call(caller: Caller, call: RemoteCall): Promise<ToolResult>;
    /** How the servers are, for operators. */
    states(): RemoteState[];
    close(): Promise<void>;
}

export interface ToolboxOptions {
    database: Database;
    servers: readonly McpServerConfig[];
    /** Hosts that servers may have although they are not public. */
    allowedHosts: readonly string[];
    log: Logger;
    metrics: Metrics;
    /** How old a list of tools may be when it is used. @default 30000 */
    maxAgeMs?: number;
    /** Wait before a server that is away is asked again; doubles up to a minute. @default 1000 */
    backoffMs?: number;
}

/** Nobody waits longer than this for servers that are new or slow: their tools come with the next turn. */
const patienceMs = 2_000;

export function openToolbox({ database, servers, allowedHosts, log, metrics, maxAgeMs = 30_000, backoffMs }: ToolboxOptions): Toolbox {
    const remotes = servers.map((config) => openRemote(config, { allowed: allowedHosts, log, backoffMs }));
    const refresh = async (age: number) => {
        await Promise.all(remotes.map((remote) => remote.refresh(age)));
        for (const { config, state } of remotes) metrics.set("mcp_server_up", "Whether a further MCP server answers.", { server: config.name }, state().state === "connected" ? 1 : 0);
    };
    // A change is noticed, and asked about, although nobody has a turn.
    const watch = async () => {
        try {
            await refresh(maxAgeMs);
            const tools = remotes.flatMap((remote) => remote.tools());
            if (tools.length === 0) return;
            const tenants = await database.asSystem((tx) => tx.query<{ id: string }>("select id from tenants"));
            for (const { id } of tenants) await pinned(id, tools);
        } catch (error) {
            log.warn({ error }, "the tools of further servers could not be looked at; it is tried again");
        }
    };
    let watching: Promise<void> = remotes.length === 0 ? Promise.resolve() : watch();
    const timer = remotes.length === 0 ? undefined : setInterval(() => void (watching = watching.then(watch)), maxAgeMs);
    timer?.unref();

    const pinned = (tenantId: string, tools: readonly RemoteTool[]): Promise<RemoteTool[]> =>
        database.asSystem((tx) => usableTools(tx, tenantId, tools.filter(({ server, tool }) => server.allow.some((rule) => (rule.tenants === undefined || rule.tenants.includes(tenantId)) && (rule.tools.includes("*") || rule.tools.includes(tool))))));

    async function usable(principal: Principal): Promise<RemoteTool[]> {
        if (remotes.length === 0) return [];
        await within(patienceMs, refresh(maxAgeMs));
        const allowed = remotes.flatMap((remote) => remote.tools()).filter(({ server, tool }) => isAllowed(server.allow, principal, tool));
        return allowed.length === 0 ? [] : pinned(principal.tenantId, allowed);
    }

    const remoteOf = (name: string): RemoteServer | undefined => remotes.find(({ config }) => name.startsWith(`${config.name}__`));

    return {
        async offered(principal) {
            return (await usable(principal)).map(offer);
        },
        check(name, args) {
            const tool = remoteOf(name)?.tools().find((known) => known.name === name);
            return tool === undefined ? "there is no such tool" : tool.checks.input(args);
        },
        async call(caller, call) {
            const remote = remoteOf(call.name);
            if (remote === undefined) return refuse("TOOL_NOT_ALLOWED", "There is no such tool.");
            await remote.refresh(maxAgeMs);
            if (remote.state().state === "away") throw new ToolUnavailable(`${remote.config.name} is away`, { sent: false });
            const tool = (await usable(caller.principal)).find(({ name }) => name === call.name);
            if (tool === undefined || tool.hash !== call.pin) {
                return refuse("TOOL_STOPPED", "The tool is not what it was when this was decided, or it may not be used any more. Nothing was done; an administrator has to look at it.");
            }
            const problem = tool.checks.input(call.arguments);
            if (problem !== undefined) return refuse("TOOL_ARGUMENTS_INVALID", "The call does not fit the tool's schema.");
            return make(remote, tool, caller, call);
        },
        states: () => remotes.map((remote) => remote.state()),
        async close() {
            clearInterval(timer);
            await Promise.all([watching, ...remotes.map((remote) => remote.close())]);
        },
    };

    async function make(remote: RemoteServer, tool: RemoteTool, caller: Caller, call: RemoteCall): Promise<ToolResult> {
        const started = performance.now();
        const { needsApproval, once } = offer(tool);
        const policy: RemoteToolPolicy = { rule: "tool-of-server", server: tool.server.name, tool: tool.tool, pin: tool.hash };
        // The approval is used up and the try is taken together, before anything leaves: whoever comes later finds both gone.
        const { taken } = await database.asPrincipal(caller.principal, async (tx) => {
            const took = await call.take(tx);
            if (took.taken && took.before === 0) {
                await requireApproval(tx, { tool: call.name, arguments: call.arguments, policy, principal: caller.principal, threadId: call.threadId, callId: call.callId, needed: needsApproval });
            }
            return took;
        });
        if (!taken && once) {
            return refuse("TOOL_OUTCOME_UNKNOWN", "This was begun before and broke off. Whether it happened is not known, so it is not repeated. Please look before you ask again.");
        }
        let outcome: ToolResult;
        try {
            outcome = await ask(remote, tool, call, caller.signal);
        } catch (error) {
            if (!(error instanceof ToolUnavailable) || !once || !error.sent) throw error;
            log.warn({ error, tool: call.name, requestId: caller.requestId }, "a tool that is not repeated gave no answer");
            outcome = refuse("TOOL_OUTCOME_UNKNOWN", "The tool gave no answer. Whether it happened is not known, so it is not repeated. Please look before you ask again.");
        }
        const told = outcome.status === "done" ? "done" : outcome.error.code;
        metrics.count("mcp_tool_calls_total", "Tool calls by outcome.", { tool: call.name, outcome: told });
        await database.asPrincipal(caller.principal, (tx) =>
            audit(tx, caller.principal, "tool.call", call.name, { arguments: call.arguments, outcome: told, pin: tool.hash, ms: Math.round(performance.now() - started) }, caller.requestId));
        return outcome;
    }
}

async function ask(remote: RemoteServer, tool: RemoteTool, call: RemoteCall, signal: AbortSignal | undefined): Promise<ToolResult> {
    try {
        // A server that knows the key can keep a repeated call from having a second effect.
        const answer = await remote.call(tool.tool, call.arguments, { "agent-platform/idempotencyKey": `${call.threadId}:${call.callId}` }, signal);
        const text = textOf(answer);
        if (answer.isError === true) return refuse("TOOL_REFUSED", text === "" ? "The tool refused the call." : text.slice(0, 1_000));
        if (tool.definition.outputSchema !== null) {
            const problem = tool.checks.output(answer.structuredContent);
            if (problem !== undefined) return refuse("TOOL_RESULT_INVALID", "The tool answered with something that does not fit its own schema; it is not used.");
            return { status: "done", result: { text, data: answer.structuredContent } };
        }
        return { status: "done", result: { text } };
    } catch (error) {
        if (error instanceof McpError) return refuse("TOOL_ARGUMENTS_INVALID", "The tool's server did not accept the call.");
        throw error;
    }
}

function offer({ name, server, tool, definition, hash }: RemoteTool): OfferedTool {
    const { readOnlyHint, idempotentHint } = definition.annotations as { readOnlyHint?: boolean; idempotentHint?: boolean };
    const needsApproval = needsApprovalOf(server, tool, readOnlyHint);
    return {
        name, server: server.name, tool,
        description: (definition.description ?? definition.title ?? tool).slice(0, 4_000),
        inputSchema: definition.inputSchema, pin: hash, needsApproval,
        once: readOnlyHint !== true && idempotentHint !== true,
    };
}

function refuse(code: string, message: string): Extract<ToolResult, { status: "refused" }> {
    return { status: "refused", error: { code, message } };
}

/** Goes on after a while without what is not there yet. */
async function within(ms: number, work: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([work, new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))]);
    clearTimeout(timer);
}
