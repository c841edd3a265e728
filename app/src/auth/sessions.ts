/** Sign-in, sign-out and the check of a token against the sessions that have been ended. */
import { randomUUID } from "node:crypto";
import type { Database, Principal } from "../db/database.js";
import { audit } from "../audit/audit.js";
import { ApiError } from "../http/errors.js";
import { verifyNothing, verifyPassword } from "./passwords.js";
import { clearFailures, noteFailure, requireNotThrottled } from "./throttle.js";
import type { TokenClaims, Tokens } from "./tokens.js";

export interface User {
    id: string;
    email: string;
    name: string;
    role: "user" | "admin";
    tenantId: string;
}

export interface SignIn {
    token: string;
    expiresAt: string;
    user: User;
}

export interface Sessions {
    signIn(credentials: { email: string; password: string; address: string; requestId?: string }): Promise<SignIn>;
    signOut(principal: Principal, sessionId: string, requestId?: string): Promise<void>;
    /** Undefined when the token is not ours, has expired, or its session was ended. */
    verify(token: string): Promise<TokenClaims | undefined>;
    me(principal: Principal): Promise<User>;
}

const SESSION_MS = 12 * 3600_000;
/** How long a session may still be honoured after it was ended by another replica. */
const REVOCATION_CACHE_MS = 5_000;

export function createSessions(database: Database, tokens: Tokens): Sessions {
    const checked = new Map<string, { alive: boolean; until: number }>();

    /** Asks the database at most every few seconds for the same session. */
    async function alive({ principal, sessionId }: TokenClaims): Promise<boolean> {
        const known = checked.get(sessionId);
        if (known !== undefined && known.until > Date.now()) return known.alive;
        const rows = await database.asPrincipal(principal, (tx) =>
            tx.query(
                `select 1 from sessions s join users u on u.id = s.user_id
                 where s.id = $1 and s.user_id = $2 and s.revoked_at is null and s.expires_at > now() and u.role = $3`,
                [sessionId, principal.userId, principal.role],
            ),
        );
        if (checked.size > 10_000) checked.clear();
        checked.set(sessionId, { alive: rows.length > 0, until: Date.now() + REVOCATION_CACHE_MS });
        return rows.length > 0;
    }

    return {
        async signIn({ email, password, address, requestId }) {
            const account = email.trim().toLowerCase();
            const keys = [`account:${account}|${address}`, `address:${address}`];
            await requireNotThrottled(database, keys);
            const row = await database.asSystem(async (tx) => {
                const found = await tx.query<UserRow & { password_hash: string }>("select id, tenant_id, email, name, role, password_hash from users where email = $1", [account]);
                return found[0];
            });
            const right = row === undefined ? await verifyNothing(password) : await verifyPassword(password, row.password_hash);
            if (row === undefined || !right) {
                await noteFailure(database, keys);
                if (row !== undefined) {
                    const failed: Principal = { userId: row.id, tenantId: row.tenant_id, role: row.role };
                    await database.asPrincipal(failed, (tx) => audit(tx, failed, "session.refused", account, { address }, requestId));
                }
                throw new ApiError(401, "WRONG_CREDENTIALS", "The e-mail address or the password is wrong.");
            }
            const user = toUser(row);
            const principal: Principal = { userId: user.id, tenantId: user.tenantId, role: user.role };
            const sessionId = randomUUID();
            const expiresAt = new Date(Date.now() + SESSION_MS);
            await database.asPrincipal(principal, async (tx) => {
                await tx.query("delete from sessions where user_id = $1 and expires_at < now()", [user.id]);
                await tx.query("insert into sessions (id, tenant_id, user_id, expires_at) values ($1, $2, $3, $4)", [sessionId, user.tenantId, user.id, expiresAt]);
                await audit(tx, principal, "session.create", user.email, { address }, requestId);
            });
            await clearFailures(database, keys);
            return { token: await tokens.sign({ principal, sessionId, expiresAt }), expiresAt: expiresAt.toISOString(), user };
        },
        async signOut(principal, sessionId, requestId) {
            await database.asPrincipal(principal, async (tx) => {
                await tx.query("update sessions set revoked_at = now() where id = $1 and revoked_at is null", [sessionId]);
                await audit(tx, principal, "session.end", sessionId, {}, requestId);
            });
            checked.delete(sessionId);
        },
        async verify(token) {
            const claims = await tokens.verify(token);
            return claims !== undefined && (await alive(claims)) ? claims : undefined;
        },
        async me(principal) {
            const rows = await database.asPrincipal(principal, (tx) => tx.query<UserRow>("select id, tenant_id, email, name, role from users where id = $1", [principal.userId]));
            if (rows[0] === undefined) throw new ApiError(401, "SESSION_ENDED", "The session has ended. Sign in again.");
            return toUser(rows[0]);
        },
    };
}

interface UserRow {
    id: string;
    tenant_id: string;
    email: string;
    name: string;
    role: "user" | "admin";
}

function toUser(row: UserRow): User {
    return { id: row.id, email: row.email, name: row.name, role: row.role, tenantId: row.tenant_id };
}
