/** Tells a tenant's own service of approvals: written with the deed, sent until it is taken or hopeless. */
import { createHmac, randomBytes } from "node:crypto";
import { createRoute, z } from "@hono/zod-openapi";
import { audit } from "../audit/audit.js";
import type { Database, Queryable } from "../db/database.js";
import type { App } from "../http/app.js";
import { ApiError } from "../http/errors.js";
import type { Logger } from "../http/log.js";
import { OutgoingRefused, postOutgoing, requireOutgoing, type OutgoingOptions } from "../http/outgoing.js";

const CHANNEL = "notifications";
const MOST_ATTEMPTS = 8;

/** Queues a notification in the transaction of what it tells of; nothing where nobody listens. */
export async function notify(tx: Queryable, tenantId: string, event: string, approval: Record<string, unknown>): Promise<void> {
    const queued = await tx.query("insert into notifications (tenant_id, payload) select tenant_id, $2::jsonb from notification_targets where tenant_id = $1 returning id", [tenantId, JSON.stringify({ event, approval })]);
    if (queued.length > 0) await tx.query("select pg_notify($1, '')", [CHANNEL]);
}

/** The signature of what is sent: over time and body, so that neither can be changed or used again later. */
export function signatureOf(secret: string, timestamp: number, body: string): string {
    return `t=${timestamp},v1=${createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex")}`;
}

export interface NotifierOptions extends OutgoingOptions {
    /** First wait between attempts; doubles with each. @default 5000 */
    backoffMs?: number;
    /** @default 5000 */
    pollMs?: number;
}

export async function startNotifier(database: Database, log: Logger, { backoffMs = 5_000, pollMs = 5_000, ...outgoing }: NotifierOptions = {}): Promise<{ close(): Promise<void> }> {
    let closed = false;
    let working: Promise<void> = Promise.resolve();
    const send = async (): Promise<void> => {
        while (!closed) {
            const [due] = await database.asSystem((tx) =>
                tx.query<{ id: string; payload: unknown; attempts: number; url: string; secret: string; created_at: Date }>(
                    `update notifications n set attempts = attempts + 1, next_at = now() + make_interval(secs => $1::float8 * power(2, attempts))
                     from notification_targets t
                     where t.tenant_id = n.tenant_id and n.id = (select id from notifications where next_at <= now() and attempts < ${MOST_ATTEMPTS} order by next_at for update skip locked limit 1)
                     returning n.id, n.payload, n.attempts, t.url, t.secret, n.created_at`,
                    [backoffMs / 1000],
                ),
            );
            if (due === undefined) return;
            const body = JSON.stringify({ id: due.id, at: due.created_at.toISOString(), ...(due.payload as object) });
            const failure = await postOutgoing(due.url, body, { "x-signature": signatureOf(due.secret, Math.floor(Date.now() / 1000), body) }, outgoing).then(
                (status) => (status >= 200 && status < 300 ? undefined : `answered ${status}`),
                (error: Error) => error.message,
            );
            await database.asSystem((tx) => (failure === undefined ? tx.query("delete from notifications where id = $1", [due.id]) : tx.query("update notifications set error = $2 where id = $1", [due.id, failure.slice(0, 300)])));
            if (failure !== undefined) log.warn({ notification: due.id, attempt: due.attempts, failure }, "a notification was not taken");
        }
    };
    const wake = () => {
        working = working.then(send).catch((error: unknown) => log.warn({ error }, "notifications could not be sent; trying again"));
    };
    const unlisten = await database.listen(CHANNEL, wake);
    const timer = setInterval(wake, pollMs);
    wake();
    return {
        async close() {
            closed = true;
            clearInterval(timer);
            await unlisten();
            await working;
        },
    };
}

const target = z.object({ url: z.string() }).openapi("NotificationTarget");
const json = <T extends z.ZodType>(schema: T, description: string) => ({ content: { "application/json": { schema } }, description });
const show = createRoute({ method: "get", path: "/api/admin/notifications", summary: "Where approvals are told to, and what waits to be sent", responses: { 200: json(z.object({ target: target.nullable(), waiting: z.number(), failed: z.number() }), "The target") } });
const put = createRoute({
    method: "put", path: "/api/admin/notifications", summary: "Set where approvals are told to",
    description: "Each approval that is asked for, decided or expired is sent as `POST {id, at, event, approval}` with `X-Signature: t=<unix time>,v1=<HMAC-SHA256 of \"<t>.<body>\">`. Only public https addresses.",
    request: { body: { required: true, content: { "application/json": { schema: z.object({ url: z.string().max(2000) }) } } } },
    responses: { 200: json(target.extend({ secret: z.string() }), "The target with the secret of the signatures, shown only now") },
});
const remove = createRoute({ method: "delete", path: "/api/admin/notifications", summary: "Tell nobody any more", responses: { 204: { description: "Removed" } } });

/** Behind `authenticate` and the admin role. */
export function registerNotifications(app: App, database: Database, outgoing: OutgoingOptions): void {
    app.openapi(show, async (c) =>
        c.json(
            await database.asPrincipal(c.get("principal"), async (tx) => {
                const [found] = await tx.query<{ url: string }>("select url from notification_targets");
                const [counts] = await tx.query<{ waiting: number; failed: number }>(`select count(*) filter (where attempts < ${MOST_ATTEMPTS})::int as waiting, count(*) filter (where attempts >= ${MOST_ATTEMPTS})::int as failed from notifications`);
                return { target: found ?? null, ...counts! };
            }),
            200,
        ));
    app.openapi(put, async (c) => {
        const principal = c.get("principal");
        const { url } = c.req.valid("json");
        try {
            requireOutgoing(url, outgoing);
        } catch (error) {
            if (!(error instanceof OutgoingRefused)) throw error;
            throw new ApiError(422, "ADDRESS_REFUSED", `This address is not called. ${error.message}`);
        }
        const secret = randomBytes(32).toString("base64url");
        await database.asPrincipal(principal, async (tx) => {
            await tx.query("insert into notification_targets (tenant_id, url, secret) values ($1, $2, $3) on conflict (tenant_id) do update set url = excluded.url, secret = excluded.secret", [principal.tenantId, url, secret]);
            await audit(tx, principal, "notifications.set", url, {}, c.get("requestId"));
        });
        return c.json({ url, secret }, 200);
    });
    app.openapi(remove, async (c) => {
        const principal = c.get("principal");
        await database.asPrincipal(principal, async (tx) => {
            await tx.query("delete from notification_targets where tenant_id = $1", [principal.tenantId]);
            await tx.query("delete from notifications where tenant_id = $1", [principal.tenantId]);
            await audit(tx, principal, "notifications.remove", principal.tenantId, {}, c.get("requestId"));
        });
        return c.body(null, 204);
    });
}
