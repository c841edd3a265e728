/** Which MCP servers there are besides our own, and who may call what; by configuration only. */
import { z } from "zod";
import { jsonText } from "../json.js";
import type { Principal } from "../db/database.js";

const rule = z
    .object({
        /** Names as the server calls them; `*` is every tool. */
        tools: z.array(z.string().min(1).max(128)).min(1),
        /** @default every role */
        roles: z.array(z.enum(["user", "approver", "admin"])).min(1).optional(),
        /** @default every tenant */
        tenants: z.array(z.uuid()).min(1).optional(),
    })
    .strict();

/** One line of a whitelist: these tools for these roles of these tenants. What no line names is not allowed. */
export type ToolRule = z.infer<typeof rule>;

const server = z
    .object({
        /** Comes before the names of its tools, so that no server can take the place of another's tool. */
        name: z.string().regex(/^[a-z][a-z0-9-]{0,29}$/, "lower-case letters, digits and hyphens, at most 30"),
        /** Its endpoint of streamable HTTP: public and https, or on a host of OUTGOING_ALLOWED_HOSTS. */
        url: z.url(),
        /** The header that carries the secret. @default Authorization */
        header: z.string().regex(/^[A-Za-z0-9-]{1,64}$/).default("Authorization"),
        /** The header's whole value, such as `Bearer …`. */
        secret: z.string().min(1).max(8_192).optional(),
        /** For a connection, a list and a call, in milliseconds. */
        timeoutMs: z.number().int().min(100).max(120_000).default(10_000),
        /** Who may call what. */
        allow: z.array(rule).min(1),
        approval: z
            .object({
                /** Always need an approval. */
                required: z.array(z.string()).default([]),
                /** Never need one, whatever their server says of them. */
                never: z.array(z.string()).default([]),
            })
            .strict()
            .default({ required: [], never: [] }),
    })
    .strict();

export type McpServerConfig = z.infer<typeof server>;

/** The variable MCP_SERVERS: a JSON list. It holds secrets: prefer MCP_SERVERS_FILE. */
export const mcpServersVariable = jsonText.pipe(
    z.array(server).max(50).refine((servers) => new Set(servers.map(({ name }) => name)).size === servers.length, "names must differ"),
);

/** The variable TOOLS_ALLOWED: a JSON list of rules for our own tools. */
export const toolRulesVariable = jsonText.pipe(z.array(rule).min(1));

/** Whether a rule lets this person call this tool. Without rules there is no whitelist beyond the tool's own roles. */
export function isAllowed(rules: readonly ToolRule[] | undefined, { role, tenantId }: Pick<Principal, "role" | "tenantId">, tool: string): boolean {
    return rules === undefined || rules.some(({ tools, roles, tenants }) =>
        (tools.includes("*") || tools.includes(tool))
        && (roles === undefined || (roles as readonly string[]).includes(role))
        && (tenants === undefined || tenants.includes(tenantId)));
}

/** Whether a call of this tool has to be approved. A server's word that a tool only reads counts only where nothing else is said. */
export function needsApprovalOf({ approval }: McpServerConfig, tool: string, readOnlyHint: boolean | undefined): boolean {
    return approval.required.includes(tool) || (!approval.never.includes(tool) && readOnlyHint !== true);
}
