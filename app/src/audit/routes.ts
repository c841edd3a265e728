/** For administrators: the record of what was done, whole, and whether it is what was written. */
import { createRoute, z } from "@hono/zod-openapi";
import { authenticate, requireRole } from "../auth/middleware.js";
import type { Sessions } from "../auth/sessions.js";
import type { Database, Queryable } from "../db/database.js";
import type { App } from "../http/app.js";
import { exportAudit, readAudit } from "./audit.js";
import { verifyAudit } from "./verify.js";

const security: Record<string, string[]>[] = [{ bearer: [] }, { session: [] }];
const json = <T extends z.ZodType>(schema: T, description: string) => ({ content: { "application/json": { schema } }, description });

const log = createRoute({
    method: "get", path: "/api/admin/audit", summary: "Who did what", security,
    request: {
        query: z.object({
            limit: z.coerce.number().int().min(1).max(500).default(100),
            before: z.coerce.number().int().positive().optional(),
            action: z.string().max(100).optional().openapi({ description: "`document.delete`, or `document` for all of them" }),
            actor: z.string().max(254).optional().openapi({ description: "A part of the e-mail address" }),
        }),
    },
    responses: {
        200: json(
            z.object({ entries: z.array(z.object({ id: z.number(), at: z.iso.datetime(), actor: z.string(), action: z.string(), subject: z.string(), detail: z.record(z.string(), z.unknown()) })) }),
            "Newest first; `before` is the id of the last entry of the page before",
        ),
    },
});
const whole = createRoute({
    method: "get", path: "/api/admin/audit/export", summary: "The whole audit log", security,
    description: "One JSON object a line, oldest first, with number, hash and the hash of the entry before.",
    responses: { 200: { description: "JSON Lines" } },
});
const verify = createRoute({
    method: "get", path: "/api/admin/audit/verify", summary: "Check that the audit log is what was written", security,
    request: { query: z.object({ head: z.string().regex(/^\d+:[0-9a-f]{64}$/).optional().openapi({ description: "A head of an earlier check, which the log must still hold" }) }) },
    responses: {
        200: json(
            z.object({
                ok: z.boolean(),
                entries: z.number(),
                head: z.string().openapi({ description: "number and hash of the newest entry; keep it elsewhere" }),
                brokenAt: z.number().optional().openapi({ description: "id of the entry where it shows" }),
                reason: z.string().optional(),
            }),
            "Every entry was read",
        ),
    },
});

/** Before whatever else is registered below /api/admin/audit. */
export function registerAudit(app: App, database: Database, sessions: Sessions): void {
    app.use("/api/admin/audit/*", authenticate(sessions), requireRole("admin"));
    app.openapi(log, async (c) => c.json({ entries: await database.asPrincipal(c.get("principal"), (tx) => readAudit(tx, c.req.valid("query"))) }, 200));
    app.openapi(whole, (c) => {
        const principal = c.get("principal");
        const pages = exportAudit(<T>(work: (tx: Queryable) => Promise<T>) => database.asPrincipal(principal, work), principal.tenantId);
        const encoder = new TextEncoder();
        const stream = new ReadableStream<Uint8Array>({
            async pull(controller) {
                const { value, done } = await pages.next();
                if (done === true) return controller.close();
                controller.enqueue(encoder.encode(value.map((entry) => `${JSON.stringify(entry)}\n`).join("")));
            },
            cancel: async () => void (await pages.return(undefined)),
        });
        return c.body(stream, 200, { "Content-Type": "application/jsonl", "Content-Disposition": 'attachment; filename="audit.jsonl"' });
    });
    app.openapi(verify, async (c) => {
        const principal = c.get("principal");
        return c.json(await verifyAudit((work) => database.asPrincipal(principal, work), principal.tenantId, c.req.valid("query").head), 200);
    });
}
