/**
 * Tools of other servers are used as they were when they were first seen. One that says something else, be it a word of
 * its description, is stopped, and an administrator is shown both texts.
 */
import { createHash } from "node:crypto";
import { nobody, requestApproval } from "../approvals/store.js";
import { audit } from "../audit/audit.js";
import type { Queryable } from "../db/database.js";
import { differences, type ToolDefinition } from "./definition.js";
import type { RemoteTool } from "./remote.js";

/** How long an administrator has to look at a changed tool before the question is asked anew. */
const lifetimeMs = 30 * 24 * 3600_000;

interface Pin {
    server: string;
    tool: string;
    hash: string;
    definition: ToolDefinition;
    drift_hash: string | null;
    drift_status: string | null;
}

/**
 * The tools that the tenant may use: what it has not seen is pinned, what differs from its pin is left out and asked about.
 * @param tx of `asSystem`: a tenant that comes later begins with what the first one saw
 */
export async function usableTools(tx: Queryable, tenantId: string, tools: readonly RemoteTool[]): Promise<RemoteTool[]> {
    const usable: RemoteTool[] = [];
    const pins = await readPins(tx, tenantId, tools);
    for (const tool of tools) {
        const pin = pins.get(keyOf(tool.server.name, tool.tool)) ?? (await pinFirst(tx, tenantId, tool));
        if (pin.hash === tool.hash) {
            if (pin.drift_hash !== null) await forget(tx, tenantId, tool);
            usable.push(tool);
        } else if (pin.drift_hash !== tool.hash || pin.drift_status === null || pin.drift_status === "expired") {
            await ask(tx, tenantId, tool, pin);
        }
    }
    return usable;
}

async function readPins(tx: Queryable, tenantId: string, tools: readonly RemoteTool[]): Promise<Map<string, Pin>> {
    const rows = await tx.query<Pin>(
        `select p.server, p.tool, p.hash, p.definition, p.drift_hash, a.status as drift_status
         from mcp_tool_pins p left join approvals a on a.id = p.drift_approval where p.tenant_id = $1 and p.server = any($2::text[])`,
        [tenantId, [...new Set(tools.map(({ server }) => server.name))]],
    );
    return new Map(rows.map((row) => [keyOf(row.server, row.tool), row]));
}

async function pinFirst(tx: Queryable, tenantId: string, { server, tool, hash, definition }: RemoteTool): Promise<Pin> {
    const created = await tx.query(
        `insert into mcp_tool_pins (tenant_id, server, tool, hash, definition)
         select $1, $2, $3, coalesce(f.hash, $4), coalesce(f.definition, $5::jsonb)
         from (select 1) one left join lateral (select hash, definition from mcp_tool_pins where server = $2 and tool = $3 order by first_seen limit 1) f on true
         on conflict do nothing returning 1`,
        [tenantId, server.name, tool, hash, JSON.stringify(definition)],
    );
    const [pin] = await tx.query<Pin>("select server, tool, hash, definition, drift_hash, null as drift_status from mcp_tool_pins where tenant_id = $1 and server = $2 and tool = $3", [tenantId, server.name, tool]);
    if (created.length > 0) await audit(tx, { userId: nobody, tenantId, role: "user" }, "tool.pin", keyOf(server.name, tool), { hash: pin!.hash });
    return pin!;
}

/** The tool says again what it said: nothing is left to decide. */
async function forget(tx: Queryable, tenantId: string, { server, tool }: RemoteTool): Promise<void> {
    await tx.query(
        "update approvals set status = 'expired' where status = 'pending' and id = (select drift_approval from mcp_tool_pins where tenant_id = $1 and server = $2 and tool = $3)",
        [tenantId, server.name, tool],
    );
    await tx.query("update mcp_tool_pins set drift_hash = null, drift_approval = null where tenant_id = $1 and server = $2 and tool = $3", [tenantId, server.name, tool]);
    await audit(tx, { userId: nobody, tenantId, role: "user" }, "tool.restored", keyOf(server.name, tool), {});
}

async function ask(tx: Queryable, tenantId: string, { server, tool, hash, definition }: RemoteTool, pin: Pin): Promise<void> {
    const changed = differences(pin.definition, definition);
    const [{ times }] = (await tx.query<{ times: number }>(
        `select count(*)::int as times from approvals where tenant_id = $1 and tool = 'pin_tool' and status = 'expired'
            and arguments->>'server' = $2 and arguments->>'tool' = $3 and arguments->>'beforeHash' = $4 and arguments->>'afterHash' = $5`,
        [tenantId, server.name, tool, pin.hash, hash],
    )) as [{ times: number }];
    const approval = await requestApproval(
        tx,
        { userId: nobody, tenantId, role: "user" },
        {
            tool: "pin_tool",
            arguments: { server: server.name, tool, changed, before: pin.definition, after: definition, beforeHash: pin.hash, afterHash: hash },
            policy: { rule: "tool-changed", server: server.name, tool },
            tenantId, requestedBy: null, threadId: null, turnId: null,
            // The same question has the same id, whichever replica notices.
            callId: idOf(`${tenantId}/${server.name}/${tool}/${pin.hash}/${hash}/${times}`),
            reason: "The tool is not what it was when it was first seen. It is stopped until an administrator agrees to the new text.",
            summary: `The tool ${tool} of ${server.name} has changed: ${changed.join(", ")}.`,
        },
        "tool-pins",
        lifetimeMs,
    );
    await tx.query("update mcp_tool_pins set drift_hash = $4, drift_approval = $5 where tenant_id = $1 and server = $2 and tool = $3", [tenantId, server.name, tool, hash, approval.id]);
}

function keyOf(server: string, tool: string): string {
    return `${server}/${tool}`;
}

function idOf(text: string): string {
    const hex = createHash("sha256").update(text).digest("hex");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
