/** For administrators: who is here, who may come, what is kept about them. */
import { createRoute, z } from "@hono/zod-openapi";
import { authenticate, requireRole } from "../auth/middleware.js";
import { hashSecret, makeSecret } from "../auth/secrets.js";
import { audit } from "../audit/audit.js";
import { roles, type Principal, type Role } from "../db/database.js";
import type { App } from "../http/app.js";
import { ApiError } from "../http/errors.js";
import type { PeopleDeps } from "./register.js";
import { erasePerson, exportPerson } from "./privacy.js";
import { changePerson, createPerson, listPeople, normalEmail, registrationClosed, startReset } from "./users.js";

const json = <T extends z.ZodType>(schema: T, description: string) => ({ content: { "application/json": { schema } }, description });
const takes = <T extends z.ZodType>(schema: T, description: string) => ({ body: { required: true, ...json(schema, description) } });
const security: Record<string, string[]>[] = [{ bearer: [] }, { session: [] }];
const params = z.object({ id: z.string() });
const name = z.string().trim().min(1).max(100);

const person = z.object({ id: z.uuid(), email: z.string(), name: z.string(), role: z.enum(roles), active: z.boolean(), createdAt: z.iso.datetime(), lastSignInAt: z.iso.datetime().nullable() }).openapi("Person");
const link = z.object({ token: z.string().openapi({ description: "for `POST /api/account/reset`; shown only now" }), expiresAt: z.iso.datetime() });
const invitation = z.object({ id: z.uuid(), email: z.string(), role: z.enum(roles), createdAt: z.iso.datetime(), expiresAt: z.iso.datetime(), usedAt: z.iso.datetime().nullable() }).openapi("Invitation");

const list = createRoute({ method: "get", path: "/api/admin/users", summary: "The people of the tenant", security, responses: { 200: json(z.object({ users: z.array(person) }), "Oldest first") } });
const create = createRoute({
    method: "post", path: "/api/admin/users", summary: "Add somebody", security, request: takes(z.object({ email: z.email().max(254), name, role: z.enum(roles).default("user") }), "Who"),
    responses: { 201: json(person.extend({ reset: link }), "Added; they choose a password by the link's token") },
});
const change = createRoute({
    method: "patch", path: "/api/admin/users/{id}", summary: "Change somebody's role or name, deactivate or activate them", security,
    description: "Who changes role or is deactivated is signed out. The last active administrator stays one.",
    request: { params, ...takes(z.object({ role: z.enum(roles).optional(), active: z.boolean().optional(), name: name.optional() }), "What changes") },
    responses: { 200: json(person, "As they are now") },
});
const reset = createRoute({ method: "post", path: "/api/admin/users/{id}/reset", summary: "Let somebody choose a new password", security, request: { params }, responses: { 200: json(link, "To be handed to the person") } });
const erase = createRoute({
    method: "post", path: "/api/admin/users/{id}/erase", summary: "Erase a person", security, request: { params, body: { required: false, ...json(z.object({ documents: z.boolean().default(false) }), "Whether what they uploaded goes too") } },
    responses: { 204: { description: "As `DELETE /api/account`" } },
});
const takeAlong = createRoute({ method: "get", path: "/api/admin/users/{id}/export", summary: "Everything that is kept about a person", security, request: { params }, responses: { 200: json(z.record(z.string(), z.unknown()), "As `GET /api/account/export`") } });
const invitations = createRoute({ method: "get", path: "/api/admin/invitations", summary: "Who was invited", security, responses: { 200: json(z.object({ invitations: z.array(invitation) }), "Newest first") } });
const invite = createRoute({
    method: "post", path: "/api/admin/invitations", summary: "Invite somebody", security,
    request: takes(z.object({ email: z.email().max(254), role: z.enum(roles).default("user"), days: z.number().int().min(1).max(90).default(14) }), "Whom, and for how many days"),
    responses: { 201: json(invitation.extend({ invitation: z.string().openapi({ description: "for `POST /api/register`; shown only now" }) }), "To be handed to the person") },
});
const withdraw = createRoute({ method: "delete", path: "/api/admin/invitations/{id}", summary: "Withdraw an invitation", security, request: { params }, responses: { 204: { description: "Withdrawn" } } });

export function registerUsers(app: App, { database, sessions, env }: PeopleDeps): void {
    for (const path of ["/api/admin/users/*", "/api/admin/invitations/*"]) app.use(path, authenticate(sessions), requireRole("admin"));
    app.openapi(list, async (c) => c.json({ users: await database.asPrincipal(c.get("principal"), (tx) => listPeople(tx)) }, 200));
    app.openapi(create, async (c) => {
        const principal = c.get("principal");
        const wanted = c.req.valid("json");
        const made = await database.asPrincipal(principal, async (tx) => {
            const { id } = await createPerson(tx, principal, { ...wanted, tenantId: principal.tenantId }, "administrator", c.get("requestId"));
            return { ...(await listPeople(tx, id))[0]!, reset: await startReset(tx, principal, id, c.get("requestId")) };
        });
        return c.json(made, 201);
    });
    app.openapi(change, async (c) => {
        const principal = c.get("principal");
        const id = uuid(c.req.valid("param").id);
        const changed = await database.asPrincipal(principal, (tx) => changePerson(tx, principal, id, c.req.valid("json"), c.get("requestId")));
        if (changed === undefined) throw nobody();
        sessions.recheck();
        return c.json(changed, 200);
    });
    app.openapi(reset, async (c) => {
        const principal = c.get("principal");
        const id = uuid(c.req.valid("param").id);
        const made = await database.asPrincipal(principal, async (tx) => ((await listPeople(tx, id))[0] === undefined ? undefined : startReset(tx, principal, id, c.get("requestId"))));
        if (made === undefined) throw nobody();
        return c.json(made, 200);
    });
    /** Conversations are seen by their owner only: what is done to all of somebody's data is done in their place. */
    const inPlaceOf = async (principal: Principal, id: string): Promise<Principal> => {
        const [found] = await database.asPrincipal(principal, (tx) => listPeople(tx, uuid(id)));
        if (found === undefined) throw nobody();
        return { userId: found.id, tenantId: principal.tenantId, role: found.role };
    };
    app.openapi(erase, async (c) => {
        const them = await inPlaceOf(c.get("principal"), c.req.valid("param").id);
        const documents = c.req.valid("json")?.documents ?? false;
        await database.asPrincipal(them, (tx) => erasePerson(tx, c.get("principal"), them.userId, { documents }, c.get("requestId")));
        sessions.recheck();
        return c.body(null, 204);
    });
    app.openapi(takeAlong, async (c) => {
        const principal = c.get("principal");
        const them = await inPlaceOf(principal, c.req.valid("param").id);
        c.header("Content-Disposition", 'attachment; filename="person.json"');
        return c.json(await database.asPrincipal(them, async (tx) => (await audit(tx, principal, "person.export", them.userId, {}, c.get("requestId")), exportPerson(tx, them.userId))), 200);
    });
    app.openapi(invitations, async (c) => {
        const rows = await database.asPrincipal(c.get("principal"), (tx) => tx.query<InvitationRow>(`select ${COLUMNS} from invitations order by created_at desc, id limit 500`));
        return c.json({ invitations: rows.map(toInvitation) }, 200);
    });
    app.openapi(invite, async (c) => {
        const principal = c.get("principal");
        if (env.REGISTRATION === "closed") throw registrationClosed();
        const { email, role, days } = c.req.valid("json");
        const secret = makeSecret();
        const made = await database.asPrincipal(principal, async (tx) => {
            const [row] = await tx.query<InvitationRow>(
                `insert into invitations (tenant_id, email, role, hash, invited_by, expires_at) values ($1, $2, $3, $4, $5, now() + make_interval(days => $6)) returning ${COLUMNS}`,
                [principal.tenantId, normalEmail(email), role, hashSecret(secret), principal.userId, days],
            );
            await audit(tx, principal, "invitation.create", row!.id, { role, days }, c.get("requestId"));
            return toInvitation(row!);
        });
        return c.json({ ...made, invitation: secret }, 201);
    });
    app.openapi(withdraw, async (c) => {
        const principal = c.get("principal");
        const id = c.req.valid("param").id;
        const gone = z.uuid().safeParse(id).success && (await database.asPrincipal(principal, async (tx) => {
            const rows = await tx.query("delete from invitations where id = $1 returning 1", [id]);
            if (rows.length > 0) await audit(tx, principal, "invitation.withdraw", id, {}, c.get("requestId"));
            return rows.length > 0;
        }));
        if (!gone) throw new ApiError(404, "INVITATION_NOT_FOUND", "There is no such invitation.");
        return c.body(null, 204);
    });
}

const COLUMNS = "id, email, role, created_at, expires_at, used_at";

interface InvitationRow {
    id: string;
    email: string;
    role: Role;
    created_at: Date;
    expires_at: Date;
    used_at: Date | null;
}

function toInvitation(row: InvitationRow) {
    return { id: row.id, email: row.email, role: row.role, createdAt: row.created_at.toISOString(), expiresAt: row.expires_at.toISOString(), usedAt: row.used_at?.toISOString() ?? null };
}

function uuid(id: string): string {
    if (!z.uuid().safeParse(id).success) throw nobody();
    return id;
}

function nobody(): ApiError {
    return new ApiError(404, "PERSON_NOT_FOUND", "There is no such person.");
}
