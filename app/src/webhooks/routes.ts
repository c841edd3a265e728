/** Events that other systems send: signed, taken once, stored as a message on which the agent acts by itself. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { createRoute, z } from "@hono/zod-openapi";
import { queueTurn } from "../agent/turns.js";
import { audit } from "../audit/audit.js";
import type { Database, Principal } from "../db/database.js";
import type { App, AppContext } from "../http/app.js";
import { ApiError } from "../http/errors.js";

/** How old a signature may be. */
const TOLERANCE_S = 300;

const sourceName = z.string().regex(/^[a-z0-9][a-z0-9-]{2,62}$/, "3 to 63 lower-case letters, digits and hyphens");
const event = z.object({ id: z.string().min(1).max(200).optional(), message: z.string().trim().min(1).max(4000) });
const json = <T extends z.ZodType>(schema: T, description: string) => ({ content: { "application/json": { schema } }, description });
const taken = z.object({ eventId: z.string(), threadId: z.uuid().nullable(), duplicate: z.boolean() });
const description =
    "Body `{id?, message}` with `X-Signature: t=<unix time>,v1=<HMAC-SHA256 of \"<t>.<body>\" with the source's secret>`. The same id (or, without one, the same body) is acted upon once. The agent acts on behalf of the administrator who made the source.";
const receive = (path: "/webhooks/{source}" | "/api/webhooks/{source}") =>
    createRoute({ method: "post", path, summary: "Send an event to the agent", description, request: { params: z.object({ source: z.string() }) }, responses: { 200: json(taken, "Known already"), 202: json(taken, "Taken; the agent goes on by itself") } });
const list = createRoute({ method: "get", path: "/api/admin/webhooks", summary: "Who may send events", responses: { 200: json(z.object({ sources: z.array(z.object({ source: z.string(), createdAt: z.iso.datetime() })) }), "The sources") } });
const put = createRoute({ method: "put", path: "/api/admin/webhooks/{source}", summary: "Make a source, or give it a new secret", request: { params: z.object({ source: sourceName }) }, responses: { 200: json(z.object({ source: z.string(), secret: z.string() }), "The secret is shown only now") } });
const remove = createRoute({ method: "delete", path: "/api/admin/webhooks/{source}", summary: "Take no more events from a source", request: { params: z.object({ source: z.string() }) }, responses: { 204: { description: "Removed" } } });

/** The administration is behind `authenticate` and the admin role; events are let in by their signature. */
export function registerWebhooks(app: App, database: Database): void {
    for (const path of ["/webhooks/{source}", "/api/webhooks/{source}"] as const) {
        app.openapi(receive(path), async (c) => {
            const answer = await take(database, c, c.req.valid("param").source);
            return c.json(answer, answer.duplicate ? 200 : 202);
        });
    }
    app.openapi(list, async (c) => {
        const rows = await database.asPrincipal(c.get("principal"), (tx) => tx.query<{ source: string; created_at: Date }>("select source, created_at from webhook_sources order by source"));
        return c.json({ sources: rows.map(({ source, created_at: at }) => ({ source, createdAt: at.toISOString() })) }, 200);
    });
    app.openapi(put, async (c) => {
        const principal = c.get("principal");
        const { source } = c.req.valid("param");
        const secret = randomBytes(32).toString("base64url");
        const made = await database.asPrincipal(principal, async (tx) => {
            // A name is everyone's: one that another tenant has is seen by nobody and changed by nobody.
            const rows = await tx.query<{ source: string }>(
                `insert into webhook_sources (source, tenant_id, user_id, secret) values ($1, $2, $3, $4)
                 on conflict (source) do nothing returning source`, [source, principal.tenantId, principal.userId, secret]);
            const own = rows.length > 0 ? rows : await tx.query<{ source: string }>("update webhook_sources set secret = $2, user_id = $3 where source = $1 returning source", [source, secret, principal.userId]);
            if (own.length > 0) await audit(tx, principal, "webhook.set", source, {}, c.get("requestId"));
            return own.length > 0;
        });
        if (!made) throw new ApiError(409, "WEBHOOK_NAME_TAKEN", "This name is taken. Choose another one.");
        return c.json({ source, secret }, 200);
    });
    app.openapi(remove, async (c) => {
        const principal = c.get("principal");
        await database.asPrincipal(principal, async (tx) => {
            const gone = await tx.query("delete from webhook_sources where source = $1 returning source", [c.req.valid("param").source]);
            if (gone.length > 0) await audit(tx, principal, "webhook.remove", c.req.valid("param").source, {}, c.get("requestId"));
        });
        return c.body(null, 204);
    });
}

async function take(database: Database, c: AppContext, source: string): Promise<z.infer<typeof taken>> {
    const body = await c.req.text();
    const [found] = await database.asSystem((tx) =>
        tx.query<{ tenant_id: string; user_id: string; role: Principal["role"]; secret: string }>("select s.tenant_id, s.user_id, s.secret, u.role from webhook_sources s join users u on u.id = s.user_id where source = $1", [source]));
    // An unknown source fails like a wrong signature: which there are is not told.
    requireSignature(c.req.header("x-signature"), body, found?.secret ?? randomBytes(32).toString("hex"));
    if (found === undefined) throw wrongSignature();
    const parsed = event.safeParse(parseJson(body));
    if (!parsed.success) throw new ApiError(400, "INVALID_REQUEST", `The request is not valid: ${parsed.error.issues[0]?.message ?? "unknown reason"}.`);
    const eventId = parsed.data.id ?? createHash("sha256").update(body).digest("hex");
    const principal: Principal = { userId: found.user_id, tenantId: found.tenant_id, role: found.role };
    return database.asPrincipal(principal, async (tx) => {
        const fresh = await tx.query("insert into webhook_events (source, event_id, tenant_id) values ($1, $2, $3) on conflict do nothing returning event_id", [source, eventId, principal.tenantId]);
        if (fresh.length === 0) {
            const [known] = await tx.query<{ thread_id: string | null }>("select thread_id from webhook_events where source = $1 and event_id = $2", [source, eventId]);
            return { eventId, threadId: known?.thread_id ?? null, duplicate: true };
        }
        const { threadId } = await queueTurn(tx, { principal, text: parsed.data.message, requestId: c.get("requestId") });
        await tx.query("update webhook_events set thread_id = $3 where source = $1 and event_id = $2", [source, eventId, threadId]);
        await audit(tx, principal, "webhook.event", source, { eventId, threadId }, c.get("requestId"));
        return { eventId, threadId, duplicate: false };
    });
}

function requireSignature(header: string | undefined, body: string, secret: string): void {
    const match = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header ?? "");
    const expected = createHmac("sha256", secret).update(`${match?.[1] ?? ""}.${body}`).digest();
    const right = match !== null && timingSafeEqual(Buffer.from(match[2]!, "hex"), expected);
    if (!right || Math.abs(Date.now() / 1000 - Number(match[1])) > TOLERANCE_S) throw wrongSignature();
}

function wrongSignature(): ApiError {
    return new ApiError(401, "WEBHOOK_SIGNATURE_WRONG", "The signature is missing, wrong or too old, or there is no such source.");
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
