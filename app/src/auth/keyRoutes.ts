/** One's own API keys. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Database } from "../db/database.js";
import type { App } from "../http/app.js";
import { ApiError } from "../http/errors.js";
import { createKey, listKeys, revokeKey } from "./keys.js";
import { authenticate } from "./middleware.js";
import { scopes } from "./scopes.js";
import type { Sessions } from "./sessions.js";

const key = z
    .object({
        id: z.uuid(),
        name: z.string(),
        prefix: z.string().openapi({ description: "how the key begins" }),
        scopes: z.array(z.enum(scopes)),
        createdAt: z.iso.datetime(),
        expiresAt: z.iso.datetime().nullable(),
        lastUsedAt: z.iso.datetime().nullable(),
    })
    .openapi("ApiKey");
const json = <T extends z.ZodType>(schema: T, description: string) => ({ content: { "application/json": { schema } }, description });
const security: Record<string, string[]>[] = [{ bearer: [] }, { session: [] }];

const list = createRoute({ method: "get", path: "/api/keys", summary: "One's own API keys", security, responses: { 200: json(z.object({ keys: z.array(key) }), "Newest first, without the revoked") } });
const create = createRoute({
    method: "post",
    path: "/api/keys",
    summary: "Make an API key",
    description: "It acts for its maker, within its scopes and never beyond the maker's role, as `Authorization: Bearer apk_…` on every service. Keys and accounts cannot be managed with a key.",
    security,
    request: { body: { required: true, ...json(z.object({ name: z.string().trim().min(1).max(100), scopes: z.array(z.enum(scopes)).min(1), expiresAt: z.iso.datetime({ offset: true }).optional() }), "The key wanted") } },
    responses: { 201: json(key.extend({ key: z.string().openapi({ description: "shown only now" }) }), "The key") },
});
const revoke = createRoute({ method: "delete", path: "/api/keys/{id}", summary: "Revoke an API key", security, request: { params: z.object({ id: z.string() }) }, responses: { 204: { description: "Revoked; refused everywhere within five seconds" } } });

export function registerKeys(app: App, database: Database, sessions: Sessions): void {
    app.use("/api/keys/*", authenticate(sessions));
    app.openapi(list, async (c) => c.json({ keys: await listKeys(database, c.get("principal")) }, 200));
    app.openapi(create, async (c) => {
        const { expiresAt, ...wanted } = c.req.valid("json");
        return c.json(await createKey(database, c.get("principal"), { ...wanted, expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt) }, c.get("requestId")), 201);
    });
    app.openapi(revoke, async (c) => {
        const { id } = c.req.valid("param");
        if (!z.uuid().safeParse(id).success || !(await revokeKey(database, c.get("principal"), id, c.get("requestId")))) throw new ApiError(404, "KEY_NOT_FOUND", "You have no such key.");
        return c.body(null, 204);
    });
}
