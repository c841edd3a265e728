/** SCIM 2.0 (RFC 7644) for users: a tenant's directory says who its people are. */
import { createRoute, z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { audit } from "../audit/audit.js";
import { authenticate, requireRole } from "../auth/middleware.js";
import { hashSecret, makeSecret } from "../auth/secrets.js";
import type { Sessions } from "../auth/sessions.js";
import type { Database, Principal } from "../db/database.js";
import type { App, AppEnv } from "../http/app.js";
import { ApiError, publicError } from "../http/errors.js";
import { erasePerson } from "../people/privacy.js";
import { changePerson, createPerson } from "../people/users.js";
import { changeOf, ERROR_SCHEMA, filterOf, findScimUsers, LIST_SCHEMA, patchOf, scimPatch, scimUser, type Change } from "./users.js";

const PATH = "/api/scim/v2";
const TYPE = "application/scim+json";
const TOKEN_START = "scim_";

const security: Record<string, string[]>[] = [{ bearer: [] }];
const json = <T extends z.ZodType>(schema: T, description: string) => ({ content: { "application/json": { schema } }, description });
const scim = <T extends z.ZodType>(schema: T, description: string) => ({ content: { [TYPE]: { schema }, "application/json": { schema } }, description });
const one = z.object({ id: z.string() });
const anything = z.record(z.string(), z.unknown());

const shown = createRoute({ method: "get", path: "/api/admin/scim", summary: "Whether a directory is connected", security: [{ bearer: [] }, { session: [] }], responses: { 200: json(z.object({ connected: z.boolean(), createdAt: z.iso.datetime().nullable(), lastUsedAt: z.iso.datetime().nullable() }), "The tenant's") } });
const connect = createRoute({ method: "post", path: "/api/admin/scim", summary: "Connect a directory, or give it a new token", security: [{ bearer: [] }, { session: [] }], responses: { 201: json(z.object({ token: z.string(), path: z.string() }), "The token is shown only now; the one before is refused from now on") } });
const disconnect = createRoute({ method: "delete", path: "/api/admin/scim", summary: "Disconnect the directory", security: [{ bearer: [] }, { session: [] }], responses: { 204: { description: "Its token is refused from now on" } } });

const list = createRoute({
    method: "get", path: `${PATH}/Users`, summary: "People", security, description: "With the directory's own token. Filters: `userName eq \"…\"`, `externalId eq \"…\"`.",
    request: { query: z.object({ filter: z.string().max(500).optional(), startIndex: z.coerce.number().int().min(1).max(1_000_000).default(1), count: z.coerce.number().int().min(0).max(200).default(100) }) },
    responses: { 200: scim(anything, "A list response") },
});
const create = createRoute({ method: "post", path: `${PATH}/Users`, summary: "Add a person", security, request: { body: { required: true, ...scim(scimUser, "`userName` or an e-mail of theirs is who they are here; `roles` may be user, approver, admin") } }, responses: { 201: scim(anything, "The person") } });
const read = createRoute({ method: "get", path: `${PATH}/Users/{id}`, summary: "One person", security, request: { params: one }, responses: { 200: scim(anything, "The person") } });
const replace = createRoute({ method: "put", path: `${PATH}/Users/{id}`, summary: "Replace what is said of a person", security, request: { params: one, body: { required: true, ...scim(scimUser, "The person") } }, responses: { 200: scim(anything, "As they are now") } });
const patch = createRoute({ method: "patch", path: `${PATH}/Users/{id}`, summary: "Change a person", security, description: "`active: false` signs them out everywhere.", request: { params: one, body: { required: true, ...scim(scimPatch, "add and replace") } }, responses: { 200: scim(anything, "As they are now") } });
const remove = createRoute({ method: "delete", path: `${PATH}/Users/{id}`, summary: "Erase a person", security, description: "As `DELETE /api/account`, documents stay.", request: { params: one }, responses: { 204: { description: "Erased" } } });
const abilities = createRoute({ method: "get", path: `${PATH}/ServiceProviderConfig`, summary: "What of SCIM is there", security, responses: { 200: scim(anything, "The configuration") } });

export function registerScim(app: App, { database, sessions }: { database: Database; sessions: Sessions }): void {
    app.use("/api/admin/scim", authenticate(sessions), requireRole("admin"));
    app.openapi(shown, async (c) => {
        const [row] = await database.asPrincipal(c.get("principal"), (tx) => tx.query<{ created_at: Date; last_used_at: Date | null }>("select created_at, last_used_at from scim_tokens"));
        return c.json({ connected: row !== undefined, createdAt: row?.created_at.toISOString() ?? null, lastUsedAt: row?.last_used_at?.toISOString() ?? null }, 200);
    });
    app.openapi(connect, async (c) => {
        const principal = c.get("principal");
        const token = TOKEN_START + makeSecret();
        await database.asPrincipal(principal, async (tx) => {
            await tx.query("insert into scim_tokens (tenant_id, hash) values ($1, $2) on conflict (tenant_id) do update set hash = excluded.hash, created_at = now(), last_used_at = null", [principal.tenantId, hashSecret(token)]);
            await audit(tx, principal, "directory.connect", principal.tenantId, {}, c.get("requestId"));
        });
        return c.json({ token, path: PATH }, 201);
    });
    app.openapi(disconnect, async (c) => {
        const principal = c.get("principal");
        await database.asPrincipal(principal, async (tx) => {
            const gone = await tx.query("delete from scim_tokens returning 1");
            if (gone.length > 0) await audit(tx, principal, "directory.disconnect", principal.tenantId, {}, c.get("requestId"));
        });
        return c.body(null, 204);
    });

    app.use(`${PATH}/*`, asDirectory(database));
    const find = async (principal: Principal, id: string): Promise<object> => {
        const { users } = z.uuid().safeParse(id).success ? await database.asPrincipal(principal, (tx) => findScimUsers(tx, { id })) : { users: [] };
        if (users[0] === undefined) throw nobody();
        return users[0];
    };
    const change = async (principal: Principal, id: string, wanted: Change, requestId: string): Promise<object> => {
        await find(principal, id);
        await database.asPrincipal(principal, (tx) => changePerson(tx, principal, id, wanted, requestId));
        sessions.recheck();
        return find(principal, id);
    };
    const type = { "Content-Type": TYPE };
    app.openapi(list, async (c) => {
        const { filter, startIndex, count } = c.req.valid("query");
        const { total, users } = await database.asPrincipal(c.get("principal"), (tx) => findScimUsers(tx, filterOf(filter), startIndex, count));
        return c.json({ schemas: [LIST_SCHEMA], totalResults: total, startIndex, itemsPerPage: users.length, Resources: users }, 200, type);
    });
    app.openapi(create, async (c) => {
        const principal = c.get("principal");
        const wanted = changeOf(c.req.valid("json"));
        const id = await database.asPrincipal(principal, async (tx) => {
            const made = await createPerson(tx, principal, { tenantId: principal.tenantId, email: wanted.email!, name: wanted.name ?? wanted.email!, role: wanted.role ?? "user", externalId: wanted.externalId }, "directory", c.get("requestId"));
            if (wanted.active === false) await changePerson(tx, principal, made.id, { active: false }, c.get("requestId"));
            return made.id;
        });
        return c.json(await find(principal, id) as Record<string, unknown>, 201, { ...type, Location: `${PATH}/Users/${id}` });
    });
    app.openapi(read, async (c) => c.json(await find(c.get("principal"), c.req.valid("param").id) as Record<string, unknown>, 200, type));
    app.openapi(replace, async (c) => c.json(await change(c.get("principal"), c.req.valid("param").id, { active: true, ...defined(changeOf(c.req.valid("json"))) }, c.get("requestId")) as Record<string, unknown>, 200, type));
    app.openapi(patch, async (c) => c.json(await change(c.get("principal"), c.req.valid("param").id, patchOf(c.req.valid("json")), c.get("requestId")) as Record<string, unknown>, 200, type));
    app.openapi(remove, async (c) => {
        const principal = c.get("principal");
        const { id } = c.req.valid("param");
        await find(principal, id);
        await database.asPrincipal({ userId: id, tenantId: principal.tenantId, role: "user" }, (tx) => erasePerson(tx, principal, id, { documents: false }, c.get("requestId")));
        sessions.recheck();
        return c.body(null, 204);
    });
    app.openapi(abilities, (c) => {
        const no = { supported: false };
        return c.json({
            schemas: ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
            patch: { supported: true }, bulk: { ...no, maxOperations: 0, maxPayloadSize: 0 }, filter: { supported: true, maxResults: 200 }, changePassword: no, sort: no, etag: no,
            authenticationSchemes: [{ type: "oauthbearertoken", name: "Bearer token", description: "The token of the tenant's directory" }],
        }, 200, type);
    });
}

/** Lets the directory of a tenant in, as its administrator, and gives it errors in its own form. */
function asDirectory(database: Database): MiddlewareHandler<AppEnv> {
    return async (c, next) => {
        let failure: unknown;
        try {
            const token = /^Bearer (\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
            const [row] = token.startsWith(TOKEN_START)
                ? await database.asSystem((tx) => tx.query<{ tenant_id: string }>("update scim_tokens set last_used_at = now() where hash = $1 returning tenant_id", [hashSecret(token)]))
                : [];
            if (row === undefined) throw new ApiError(401, "NOT_SIGNED_IN", "This needs the token of a tenant's directory.");
            c.set("principal", { userId: "00000000-0000-0000-0000-000000000000", tenantId: row.tenant_id, role: "admin" });
            await next();
            failure = c.error;
        } catch (error) {
            failure = error;
        }
        if (failure === undefined) return;
        const known = publicError(failure);
        if (known.status >= 500) c.get("log").error({ error: failure }, "request failed");
        const scimType = known.code === "EMAIL_TAKEN" ? "uniqueness" : known.status === 400 ? "invalidValue" : undefined;
        c.res = c.body(JSON.stringify({ schemas: [ERROR_SCHEMA], status: String(known.status), scimType, detail: known.message }), known.status, { "Content-Type": TYPE });
    };
}

function defined(change: Change): Change {
    return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as Change;
}

function nobody(): ApiError {
    return new ApiError(404, "PERSON_NOT_FOUND", "There is no such person.");
}
