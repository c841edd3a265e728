/** Sign-in, sign-out and the check of a token against the sessions that have been ended. */
import { randomUUID } from "node:crypto";
import type { Database, Principal, Queryable, Role } from "../db/database.js";
import { audit } from "../audit/audit.js";
import { ApiError } from "../http/errors.js";
import type { RateLimiter } from "../http/rates.js";
import { createKeyCheck, KEY_START } from "./keys.js";
import { verifyNothing, verifyPassword } from "./passwords.js";
import type { Scope } from "./scopes.js";
import { hashSecret, makeSecret } from "./secrets.js";
import { clearFailures, noteFailure, requireNotThrottled } from "./throttle.js";
import { ACCESS_MS, type TokenClaims, type Tokens } from "./tokens.js";

export interface User {
    id: string;
    email: string;
    name: string;
    role: Role;
    tenantId: string;
}

export interface SignIn {
    /** For requests; good for a quarter of an hour. */
    token: string;
    expiresAt: string;
    /** Gives the next token, once. */
    refreshToken: string;
    /** Until when the session can be gone on with. */
    sessionEndsAt: string;
    user: User;
}

/** Where a sign-in comes from, for the record and for the list of one's own sessions. */
export interface Origin {
    address: string;
    /** What the browser or program calls itself. */
    client?: string;
    requestId?: string;
}

export interface SessionView {
    id: string;
    createdAt: string;
    lastUsedAt: string;
    current: boolean;
    client: string;
}

/** Who asks. With scopes it is a key, which may do only so much; its session is the key itself. */
export interface Verified {
    principal: Principal;
    sessionId: string;
    scopes?: readonly Scope[];
}

export interface Sessions {
    signIn(credentials: { email: string; password: string } & Origin): Promise<SignIn>;
    /** A session for somebody whose identity was proven in another way. @param how recorded in the audit log */
    begin(user: User, how: string, origin: Origin): Promise<SignIn>;
    /** The next tokens of a session. A token that was used before ends it: two parties have it. */
    refresh(refreshToken: string, origin: Origin): Promise<SignIn>;
    signOut(principal: Principal, sessionId: string, requestId?: string): Promise<void>;
    /** Undefined when the token is not ours, has expired, or its session was ended. Takes API keys too. */
    verify(token: string): Promise<Verified | undefined>;
    me(principal: Principal): Promise<User>;
    /** The person's own, last used first. */
    list(principal: Principal, current: string): Promise<SessionView[]>;
    /** Ends one of the person's own. False when there is none. */
    end(principal: Principal, id: string, requestId?: string): Promise<boolean>;
    /** Refuses who asks too often. */
    admit(principal: Principal): void;
    /** Lets this process ask the database anew about every session; call it after ending sessions in bulk. */
    recheck(): void;
}

/** A session that is not used ends; so does one that is used, in the end. */
const IDLE_DAYS = 7;
const LONGEST_DAYS = 30;
/** How long a session may still be honoured after it was ended by another replica. */
const REVOCATION_CACHE_MS = 5_000;
/** Two windows of one browser may refresh at the same moment with the same cookie. */
const REUSE_GRACE_SECONDS = 10;

export function createSessions(database: Database, tokens: Tokens, admit: RateLimiter = () => undefined): Sessions {
    const checked = new Map<string, { of: string; alive: boolean; until: number }>();
    const checkKey = createKeyCheck(database, REVOCATION_CACHE_MS);

    /** Asks the database at most every few seconds for the same session. */
    async function alive({ principal, sessionId }: TokenClaims): Promise<boolean> {
        const known = checked.get(sessionId);
        const of = `${principal.userId} ${principal.role}`;
        if (known?.of === of && known.until > Date.now()) return known.alive;
        const rows = await database.asPrincipal(principal, (tx) =>
            tx.query(
                `select 1 from sessions s join users u on u.id = s.user_id
                 where s.id = $1 and s.user_id = $2 and s.revoked_at is null and s.expires_at > now() and u.role = $3 and u.active`,
                [sessionId, principal.userId, principal.role],
            ),
        );
        if (checked.size > 10_000) checked.clear();
        checked.set(sessionId, { of, alive: rows.length > 0, until: Date.now() + REVOCATION_CACHE_MS });
        return rows.length > 0;
    }

    async function issue(tx: Queryable, user: User, sessionId: string, ends: Date): Promise<SignIn> {
        const refreshToken = makeSecret();
        await tx.query("insert into refresh_tokens (hash, tenant_id, session_id) values ($1, $2, $3)", [hashSecret(refreshToken), user.tenantId, sessionId]);
        const expiresAt = new Date(Math.min(Date.now() + ACCESS_MS, ends.getTime()));
        return { token: await tokens.sign({ principal: principalOf(user), sessionId, expiresAt }), expiresAt: expiresAt.toISOString(), refreshToken, sessionEndsAt: ends.toISOString(), user };
    }

    const sessions: Sessions = {
        async signIn({ email, password, ...origin }) {
            const account = email.trim().toLowerCase();
            const keys = [`account:${account}|${origin.address}`, `address:${origin.address}`];
            await requireNotThrottled(database, keys);
            const row = await database.asSystem(async (tx) => {
                const found = await tx.query<UserRow & { password_hash: string | null; active: boolean }>("select id, tenant_id, email, name, role, password_hash, active from users where email = $1", [account]);
                return found[0];
            });
            const right = typeof row?.password_hash !== "string" ? await verifyNothing(password) : await verifyPassword(password, row.password_hash);
            if (row === undefined || !right || !row.active) {
                await noteFailure(database, keys);
                if (row !== undefined) {
                    const failed = principalOf(toUser(row));
                    await database.asPrincipal(failed, (tx) => audit(tx, failed, "session.refused", account, { address: origin.address }, origin.requestId));
                }
                throw new ApiError(401, "WRONG_CREDENTIALS", "The e-mail address or the password is wrong.");
            }
            const signedIn = await sessions.begin(toUser(row), "password", origin);
            await clearFailures(database, keys);
            return signedIn;
        },
        begin(user, how, { address, client = "", requestId }) {
            const principal = principalOf(user);
            const sessionId = randomUUID();
            const ends = new Date(Date.now() + IDLE_DAYS * 24 * 3600_000);
            return database.asPrincipal(principal, async (tx) => {
                await tx.query("delete from sessions where user_id = $1 and expires_at < now()", [user.id]);
                await tx.query("insert into sessions (id, tenant_id, user_id, expires_at, kind, client) values ($1, $2, $3, $4, 'person', $5)", [sessionId, user.tenantId, user.id, ends, client.slice(0, 200)]);
                await audit(tx, principal, "session.create", user.email, { address, how, sessionId }, requestId);
                return issue(tx, user, sessionId, ends);
            });
        },
        async refresh(refreshToken, { address, requestId }) {
            const hash = hashSecret(refreshToken);
            const outcome = await database.asSystem(async (tx) => {
                const fresh = await tx.query("update refresh_tokens set used_at = now() where hash = $1 and used_at is null returning 1", [hash]);
                const [row] = await tx.query<UserRow & { session_id: string; created_at: Date; reused: boolean }>(
                    `select u.id, u.tenant_id, u.email, u.name, u.role, s.id as session_id, s.created_at, t.used_at < now() - make_interval(secs => $2) as reused
                     from refresh_tokens t join sessions s on s.id = t.session_id join users u on u.id = s.user_id
                     where t.hash = $1 and s.revoked_at is null and s.expires_at > now() and u.active`,
                    [hash, REUSE_GRACE_SECONDS],
                );
                if (row === undefined) return undefined;
                const user = toUser(row);
                if (fresh.length === 0 && row.reused) {
                    await tx.query("update sessions set revoked_at = now() where id = $1", [row.session_id]);
                    await audit(tx, principalOf(user), "session.reuse", row.session_id, { address }, requestId);
                    return row.session_id;
                }
                const ends = new Date(Math.min(Date.now() + IDLE_DAYS * 24 * 3600_000, row.created_at.getTime() + LONGEST_DAYS * 24 * 3600_000));
                await tx.query("update sessions set last_used_at = now(), expires_at = $2 where id = $1", [row.session_id, ends]);
                return issue(tx, user, row.session_id, ends);
            });
            if (typeof outcome === "string") checked.delete(outcome);
            if (outcome === undefined || typeof outcome === "string") throw sessionEnded();
            return outcome;
        },
        async signOut(principal, sessionId, requestId) {
            await sessions.end(principal, sessionId, requestId);
        },
        async verify(token) {
            if (token.startsWith(KEY_START)) return checkKey(token);
            const claims = await tokens.verify(token);
            return claims !== undefined && (await alive(claims)) ? claims : undefined;
        },
        async me(principal) {
            const rows = await database.asPrincipal(principal, (tx) => tx.query<UserRow>("select id, tenant_id, email, name, role from users where id = $1", [principal.userId]));
            if (rows[0] === undefined) throw sessionEnded();
            return toUser(rows[0]);
        },
        async list(principal, current) {
            const rows = await database.asPrincipal(principal, (tx) =>
                tx.query<{ id: string; created_at: Date; last_used_at: Date; client: string }>(
                    "select id, created_at, last_used_at, client from sessions where user_id = $1 and kind = 'person' and revoked_at is null and expires_at > now() order by last_used_at desc, id limit 200",
                    [principal.userId],
                ),
            );
            return rows.map((row) => ({ id: row.id, createdAt: row.created_at.toISOString(), lastUsedAt: row.last_used_at.toISOString(), current: row.id === current, client: row.client }));
        },
        async end(principal, id, requestId) {
            const ended = await database.asPrincipal(principal, async (tx) => {
                const rows = await tx.query("update sessions set revoked_at = now() where id = $1 and user_id = $2 and revoked_at is null returning 1", [id, principal.userId]);
                if (rows.length > 0) await audit(tx, principal, "session.end", id, {}, requestId);
                return rows.length > 0;
            });
            checked.delete(id);
            return ended;
        },
        admit,
        recheck: () => checked.clear(),
    };
    return sessions;
}

/** Ends every session of somebody, all but one if it is given, within the transaction of the deed that makes it necessary. */
export async function endSessionsOf(tx: Queryable, userId: string, except: string | null = null): Promise<void> {
    await tx.query("update sessions set revoked_at = now() where user_id = $1 and revoked_at is null and id is distinct from $2::uuid", [userId, except]);
}

export interface UserRow {
    id: string;
    tenant_id: string;
    email: string;
    name: string;
    role: Role;
}

export function toUser(row: UserRow): User {
    return { id: row.id, email: row.email, name: row.name, role: row.role, tenantId: row.tenant_id };
}

export function principalOf(user: User): Principal {
    return { userId: user.id, tenantId: user.tenantId, role: user.role };
}

function sessionEnded(): ApiError {
    return new ApiError(401, "SESSION_ENDED", "The session has ended. Sign in again.");
}
