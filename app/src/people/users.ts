/** A tenant's people. Written through the functions of migration 0009: the application itself may not write to `users`. */
import { audit, systemActor } from "../audit/audit.js";
import { hashPassword } from "../auth/passwords.js";
import { hashSecret, makeSecret } from "../auth/secrets.js";
import { endSessionsOf, toUser, type User, type UserRow } from "../auth/sessions.js";
import { FIRST_TENANT, type Database, type Principal, type Queryable, type Role } from "../db/database.js";
import { ApiError } from "../http/errors.js";

export interface PersonView {
    id: string;
    email: string;
    name: string;
    role: Role;
    active: boolean;
    createdAt: string;
    lastSignInAt: string | null;
}

/** How long a link to choose a password is good for. */
const RESET_HOURS = 72;

export const normalEmail = (email: string): string => email.trim().toLowerCase();

/** Everybody but the erased, oldest first. */
export async function listPeople(tx: Queryable, id: string | null = null): Promise<PersonView[]> {
    const rows = await tx.query<UserRow & { active: boolean; created_at: Date; last_sign_in: Date | null }>(
        `select u.id, u.tenant_id, u.email, u.name, u.role, u.active, u.created_at,
             (select max(s.last_used_at) from sessions s where s.user_id = u.id and s.kind = 'person') as last_sign_in
         from users u where u.erased_at is null and ($1::uuid is null or u.id = $1) order by u.created_at, u.id limit 5000`,
        [id],
    );
    return rows.map((row) => ({ id: row.id, email: row.email, name: row.name, role: row.role, active: row.active, createdAt: row.created_at.toISOString(), lastSignInAt: row.last_sign_in?.toISOString() ?? null }));
}

/** @param tx a transaction of an administrator of the tenant, or of the system. @param how recorded in the audit log */
export async function createPerson(tx: Queryable, actor: Principal, person: { tenantId: string; email: string; name: string; role: Role; password?: string; externalId?: string }, how: string, requestId?: string): Promise<User> {
    const hash = person.password === undefined ? null : await hashPassword(person.password);
    const [made] = await known(tx.query<{ id: string }>("select person_create($1, $2, $3, $4, $5, $6) as id", [person.tenantId, normalEmail(person.email), person.name, person.role, hash, person.externalId ?? null]));
    await audit(tx, { ...actor, tenantId: person.tenantId }, "person.create", made!.id, { role: person.role, how }, requestId);
    const [row] = await tx.query<UserRow>("select id, tenant_id, email, name, role from users where id = $1", [made!.id]);
    return toUser(row!);
}

/** Whoever loses or changes a role, or is deactivated, is signed out and their keys rest. Undefined when there is nobody. */
export async function changePerson(tx: Queryable, actor: Principal, id: string, change: { email?: string; name?: string; role?: Role; active?: boolean; externalId?: string }, requestId?: string): Promise<PersonView | undefined> {
    const [before] = await listPeople(tx, id);
    if (before === undefined) return undefined;
    const email = change.email === undefined ? null : normalEmail(change.email);
    const [done] = await known(tx.query<{ done: boolean }>("select person_change($1, $2, $3, $4, $5, $6) as done", [id, email, change.name ?? null, change.role ?? null, change.active ?? null, change.externalId ?? null]));
    if (done?.done !== true) return undefined;
    if ((change.role !== undefined && change.role !== before.role) || change.active === false) await endSessionsOf(tx, id);
    await audit(tx, actor, "person.change", id, { role: change.role, active: change.active, renamed: change.name !== undefined || change.email !== undefined || undefined }, requestId);
    return (await listPeople(tx, id))[0];
}

/** A new link replaces the ones before. */
export async function startReset(tx: Queryable, actor: Principal, userId: string, requestId?: string): Promise<{ token: string; expiresAt: string }> {
    const token = makeSecret();
    const expiresAt = new Date(Date.now() + RESET_HOURS * 3600_000);
    await tx.query("delete from password_resets where user_id = $1", [userId]);
    await tx.query("insert into password_resets (hash, tenant_id, user_id, expires_at) values ($1, $2, $3, $4)", [hashSecret(token), actor.tenantId, userId, expiresAt]);
    await audit(tx, actor, "password.reset", userId, {}, requestId);
    return { token, expiresAt: expiresAt.toISOString() };
}

/** Ends every session of the person; whoever held one may not have been them. */
export async function finishReset(database: Database, token: string, password: string, requestId: string): Promise<void> {
    const hash = await hashPassword(password);
    await database.asSystem(async (tx) => {
        const [row] = await tx.query<{ user_id: string; tenant_id: string; role: Role }>(
            "delete from password_resets r using users u where r.hash = $1 and r.expires_at > now() and u.id = r.user_id and u.active returning r.user_id, r.tenant_id, u.role",
            [hashSecret(token)],
        );
        if (row === undefined) throw new ApiError(400, "RESET_INVALID", "This link was used already, has expired, or was replaced by a newer one. Ask an administrator for another.");
        await tx.query("select person_set_password($1, $2)", [row.user_id, hash]);
        await endSessionsOf(tx, row.user_id);
        await audit(tx, { userId: row.user_id, tenantId: row.tenant_id, role: row.role }, "password.change", row.user_id, { how: "reset" }, requestId);
    });
}

/** Somebody who comes by invitation, or by themselves where registration is open. */
export async function register(database: Database, person: { email: string; name: string; password: string; invitation?: string }, mode: "open" | "invited" | "closed", requestId: string): Promise<User> {
    if (mode === "closed" || (mode === "invited" && person.invitation === undefined)) throw registrationClosed();
    const email = normalEmail(person.email);
    return database.asSystem(async (tx) => {
        if (person.invitation === undefined) {
            return createPerson(tx, systemActor(FIRST_TENANT), { ...person, email, tenantId: FIRST_TENANT, role: "user" }, "registration", requestId);
        }
        const [invitation] = await tx.query<{ tenant_id: string; role: Role }>(
            "update invitations set used_at = now() where hash = $1 and email = $2 and used_at is null and expires_at > now() returning tenant_id, role",
            [hashSecret(person.invitation), email],
        );
        if (invitation === undefined) throw new ApiError(403, "INVITATION_INVALID", "This invitation was used already, has expired, was withdrawn, or is for another e-mail address.");
        return createPerson(tx, systemActor(invitation.tenant_id), { ...person, email, tenantId: invitation.tenant_id, role: invitation.role }, "invitation", requestId);
    });
}

export function registrationClosed(): ApiError {
    return new ApiError(403, "REGISTRATION_CLOSED", "Nobody can register here by themselves. Ask an administrator for an account or an invitation.");
}

/** Puts what the database refuses in plain words. */
export async function known<T>(work: Promise<T>): Promise<T> {
    try {
        return await work;
    } catch (error) {
        const { code, message } = error as { code?: string; message?: string };
        if (code === "23505") throw new ApiError(409, "EMAIL_TAKEN", "Somebody has this e-mail address already.", { cause: error });
        if (message?.includes("a tenant keeps an administrator") === true) throw new ApiError(409, "LAST_ADMIN", "This is the last administrator who can sign in. Make somebody else one first.", { cause: error });
        throw error;
    }
}
