/** API keys: for programs that act for a person, within scopes, until they expire or are revoked. */
import { audit } from "../audit/audit.js";
import type { Database, Principal, Role } from "../db/database.js";
import { ApiError } from "../http/errors.js";
import { scopesOf, type Scope } from "./scopes.js";
import { hashSecret, makeSecret } from "./secrets.js";
import type { Verified } from "./sessions.js";

/** How every key begins, so that scanners of source code can know one. */
export const KEY_START = "apk_";
/** How much of a key is shown afterwards. */
const SHOWN = 12;
/** More often than this the last use is not written down. */
const NOTE_EVERY_SECONDS = 60;

export interface KeyView {
    id: string;
    name: string;
    prefix: string;
    scopes: Scope[];
    createdAt: string;
    expiresAt: string | null;
    lastUsedAt: string | null;
}

/** The person's own keys that are not revoked, newest first; expired ones are still shown. */
export async function listKeys(database: Database, principal: Principal): Promise<KeyView[]> {
    const rows = await database.asPrincipal(principal, (tx) => tx.query<KeyRow>(`select ${COLUMNS} from api_keys where user_id = $1 and revoked_at is null order by created_at desc, id`, [principal.userId]));
    return rows.map(toView);
}

/** The key itself is in the answer, and nowhere afterwards. */
export async function createKey(database: Database, principal: Principal, wanted: { name: string; scopes: readonly Scope[]; expiresAt?: Date }, requestId: string): Promise<KeyView & { key: string }> {
    const beyond = wanted.scopes.find((scope) => !scopesOf(principal.role).includes(scope));
    if (beyond !== undefined) throw new ApiError(403, "SCOPE_NOT_YOURS", `A key cannot do more than its owner: your role does not include "${beyond}".`);
    if (wanted.expiresAt !== undefined && wanted.expiresAt.getTime() <= Date.now()) throw new ApiError(400, "INVALID_REQUEST", "The key would have expired already.");
    const key = KEY_START + makeSecret();
    return database.asPrincipal(principal, async (tx) => {
        const [row] = await tx.query<KeyRow>(
            `insert into api_keys (tenant_id, user_id, name, prefix, hash, scopes, expires_at) values ($1, $2, $3, $4, $5, $6, $7) returning ${COLUMNS}`,
            [principal.tenantId, principal.userId, wanted.name, key.slice(0, SHOWN), hashSecret(key), [...new Set(wanted.scopes)], wanted.expiresAt ?? null],
        );
        await audit(tx, principal, "key.create", row!.id, { name: wanted.name, scopes: wanted.scopes, expiresAt: wanted.expiresAt?.toISOString() ?? null }, requestId);
        return { ...toView(row!), key };
    });
}

/** False when the person has no such key. */
export async function revokeKey(database: Database, principal: Principal, id: string, requestId: string): Promise<boolean> {
    return database.asPrincipal(principal, async (tx) => {
        const gone = await tx.query<{ name: string }>("update api_keys set revoked_at = now() where id = $1 and user_id = $2 and revoked_at is null returning name", [id, principal.userId]);
        if (gone[0] !== undefined) await audit(tx, principal, "key.revoke", id, { name: gone[0].name }, requestId);
        return gone[0] !== undefined;
    });
}

/** Asks the database at most once in `cacheMs` for the same key. */
export function createKeyCheck(database: Database, cacheMs: number): (key: string) => Promise<Verified | undefined> {
    const checked = new Map<string, { found: Verified | undefined; until: number }>();
    return async (key) => {
        const hash = hashSecret(key);
        const known = checked.get(hash);
        if (known !== undefined && known.until > Date.now()) return known.found;
        const found = await database.asSystem(async (tx) => {
            const [row] = await tx.query<{ id: string; scopes: Scope[]; user_id: string; tenant_id: string; role: Role; noted: boolean }>(
                `select k.id, k.scopes, u.id as user_id, u.tenant_id, u.role, coalesce(k.last_used_at > now() - make_interval(secs => $2), false) as noted
                 from api_keys k join users u on u.id = k.user_id
                 where k.hash = $1 and k.revoked_at is null and (k.expires_at is null or k.expires_at > now()) and u.active`,
                [hash, NOTE_EVERY_SECONDS],
            );
            if (row === undefined) return undefined;
            if (!row.noted) await tx.query("update api_keys set last_used_at = now() where id = $1", [row.id]);
            return { principal: { userId: row.user_id, tenantId: row.tenant_id, role: row.role }, sessionId: row.id, scopes: row.scopes };
        });
        if (checked.size > 10_000) checked.clear();
        checked.set(hash, { found, until: Date.now() + cacheMs });
        return found;
    };
}

const COLUMNS = "id, name, prefix, scopes, created_at, expires_at, last_used_at";

interface KeyRow {
    id: string;
    name: string;
    prefix: string;
    scopes: Scope[];
    created_at: Date;
    expires_at: Date | null;
    last_used_at: Date | null;
}

function toView(row: KeyRow): KeyView {
    return { id: row.id, name: row.name, prefix: row.prefix, scopes: row.scopes, createdAt: row.created_at.toISOString(), expiresAt: row.expires_at?.toISOString() ?? null, lastUsedAt: row.last_used_at?.toISOString() ?? null };
}
