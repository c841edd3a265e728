/** Who somebody from a provider is here. */
import { audit, systemActor } from "../audit/audit.js";
import { toUser, type User, type UserRow } from "../auth/sessions.js";
import { roles, type Database, type Role } from "../db/database.js";
import { ApiError } from "../http/errors.js";
import { changePerson, createPerson } from "../people/users.js";
import type { Claims } from "./client.js";
import type { OidcProvider } from "./config.js";

/**
 * Known by provider and subject, which never change. Somebody new is found by an e-mail address that the provider has
 * verified, or else gets an account.
 */
export async function personOf(database: Database, provider: OidcProvider, claims: Claims, requestId: string): Promise<User> {
    const role = roleOf(provider, claims.groups);
    return database.asSystem(async (tx) => {
        const actor = systemActor(provider.tenant);
        let [row] = await tx.query<Row>(`select ${COLUMNS} from identities i join users u on u.id = i.user_id where i.provider = $1 and i.subject = $2`, [provider.id, claims.subject]);
        if (row === undefined) {
            if (claims.email === undefined || !claims.emailVerified) throw new ApiError(403, "OIDC_EMAIL_UNVERIFIED", `${provider.name} does not vouch for your e-mail address, so nobody can say who you are here.`);
            [row] = await tx.query<Row>(`select ${COLUMNS} from users u where u.email = $1`, [claims.email]);
            // An address at another tenant is somebody else, and is not told of.
            if ((row === undefined && !provider.create) || (row !== undefined && row.tenant_id !== provider.tenant)) throw notAllowed(provider);
            if (row === undefined) {
                const made = await createPerson(tx, actor, { tenantId: provider.tenant, email: claims.email, name: claims.name?.slice(0, 100) || claims.email, role: role ?? "user" }, `oidc ${provider.id}`, requestId);
                [row] = await tx.query<Row>(`select ${COLUMNS} from users u where u.id = $1`, [made.id]);
            }
            await tx.query("insert into identities (provider, subject, tenant_id, user_id) values ($1, $2, $3, $4)", [provider.id, claims.subject, provider.tenant, row!.id]);
            await audit(tx, actor, "identity.link", row!.id, { provider: provider.id }, requestId);
        }
        if (!row!.active || row!.tenant_id !== provider.tenant) throw notAllowed(provider);
        if (role !== undefined && role !== row!.role) {
            await changePerson(tx, actor, row!.id, { role }, requestId);
            row = { ...row!, role };
        }
        return toUser(row!);
    });
}

/** The most that any of the groups gives; undefined where the provider says nothing about roles. */
function roleOf(provider: OidcProvider, groups: readonly string[]): Role | undefined {
    if (provider.roleClaim === undefined) return undefined;
    const given = groups.map((group) => provider.roles[group]).filter((role) => role !== undefined);
    return roles[Math.max(0, ...given.map((role) => roles.indexOf(role)))];
}

function notAllowed(provider: OidcProvider): ApiError {
    return new ApiError(403, "OIDC_NOT_ALLOWED", `${provider.name} knows you, but you have no active account here. Ask an administrator.`);
}

const COLUMNS = "u.id, u.tenant_id, u.email, u.name, u.role, u.active";

interface Row extends UserRow {
    active: boolean;
}
