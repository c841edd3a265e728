/** People as SCIM 2.0 has them (RFC 7643), to and from our own. */
import { z } from "@hono/zod-openapi";
import { isRole, roles, type Queryable, type Role } from "../db/database.js";
import { ApiError } from "../http/errors.js";

export const USER_SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:User";
export const LIST_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
export const PATCH_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
export const ERROR_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error";

const text = z.string().trim().min(1).max(254);
/** Some directories send booleans as words. */
const flag = z.union([z.boolean(), z.string().regex(/^(true|false)$/i).transform((word) => word.toLowerCase() === "true")]);
const roleList = z.array(z.object({ value: z.string() })).max(20);

/** What a directory sends; what we have no place for is let by. */
export const scimUser = z
    .object({
        schemas: z.array(z.string()).optional(),
        userName: text,
        externalId: text.optional(),
        displayName: z.string().max(254).optional(),
        name: z.object({ formatted: z.string().max(254).optional(), givenName: z.string().max(128).optional(), familyName: z.string().max(128).optional() }).optional(),
        emails: z.array(z.object({ value: z.string().max(254), primary: flag.optional() })).max(20).optional(),
        active: flag.optional(),
        roles: roleList.optional(),
    })
    .openapi("ScimUser");
export type ScimUser = z.infer<typeof scimUser>;

export const scimPatch = z.object({
    schemas: z.array(z.string()).optional(),
    Operations: z.array(z.object({ op: z.string(), path: z.string().max(200).optional(), value: z.unknown() })).min(1).max(50),
});

export interface Change {
    email?: string;
    name?: string;
    role?: Role;
    active?: boolean;
    externalId?: string;
}

/** @throws ApiError when the name of the user is no e-mail address: that is who somebody is here */
export function changeOf(user: Partial<ScimUser>): Change {
    const email = user.userName === undefined ? undefined : [user.userName, ...(user.emails ?? []).sort((a, b) => Number(b.primary ?? false) - Number(a.primary ?? false)).map(({ value }) => value)].find((value) => z.email().safeParse(value).success);
    if (user.userName !== undefined && email === undefined) throw new ApiError(400, "INVALID_REQUEST", "userName, or one of the emails, has to be an e-mail address.");
    const full = [user.name?.givenName, user.name?.familyName].filter((part) => part !== undefined && part !== "").join(" ");
    const name = [user.displayName, user.name?.formatted, full].find((each) => each !== undefined && each !== "")?.slice(0, 100);
    const given = user.roles?.map(({ value }) => value.toLowerCase()).filter(isRole);
    return { email, name, active: user.active, externalId: user.externalId, role: given === undefined ? undefined : roles[Math.max(0, ...given.map((role) => roles.indexOf(role)))] };
}

/** The change that a PATCH asks for. Only what exists here can be changed; the rest is refused, so that a directory notices. */
export function patchOf(patch: z.infer<typeof scimPatch>): Change {
    const merged: Record<string, unknown> = {};
    for (const { op, path, value } of patch.Operations) {
        const kind = op.toLowerCase();
        if (kind !== "replace" && kind !== "add") throw new ApiError(400, "INVALID_REQUEST", `The operation ${op.slice(0, 20)} is not supported: use add or replace.`);
        if (path === undefined) {
            if (typeof value !== "object" || value === null) throw new ApiError(400, "INVALID_REQUEST", "An operation without a path needs an object.");
            for (const [name, each] of Object.entries(value)) put(merged, name, each);
        } else put(merged, path, value);
    }
    const parsed = scimUser.partial().safeParse(merged);
    if (!parsed.success) throw new ApiError(400, "INVALID_REQUEST", `The value of "${parsed.error.issues[0]?.path.join(".")}" is not valid: ${parsed.error.issues[0]?.message}.`);
    return changeOf(parsed.data);
}

const PATHS = new Map([["active", "active"], ["username", "userName"], ["displayname", "displayName"], ["externalid", "externalId"], ["roles", "roles"], ["name.formatted", "name.formatted"], ["name.givenname", "name.givenName"], ["name.familyname", "name.familyName"], ["name", "name"], ["emails", "emails"]]);

function put(merged: Record<string, unknown>, path: string, value: unknown): void {
    const own = path.replace(`${USER_SCHEMA}:`, "");
    if (own === "schemas" || /^emails\[/.test(own)) return;
    const known = PATHS.get(own.toLowerCase());
    if (known === undefined) throw new ApiError(400, "INVALID_REQUEST", `There is no attribute ${own.slice(0, 60)} that can be changed.`);
    const [outer, inner] = known.split(".") as [string, string?];
    merged[outer] = inner === undefined ? value : { ...(merged[outer] as object | undefined), [inner]: value };
}

/** The one filter that directories need to find out whether somebody is there. */
export function filterOf(filter: string | undefined): { email?: string; externalId?: string } {
    if (filter === undefined) return {};
    const match = /^\s*(userName|emails\.value|externalId)\s+eq\s+"((?:[^"\\]|\\.)*)"\s*$/i.exec(filter);
    if (match === null) throw new ApiError(400, "INVALID_REQUEST", 'Only filters such as userName eq "…" and externalId eq "…" are supported.');
    const value = JSON.parse(`"${match[2]!}"`) as string;
    return match[1]!.toLowerCase() === "externalid" ? { externalId: value } : { email: value.toLowerCase() };
}

interface Row {
    id: string;
    email: string;
    name: string;
    role: Role;
    active: boolean;
    external_id: string | null;
    created_at: Date;
    updated_at: Date;
    total: number;
}

/** @param from counted from 1, as SCIM does */
export async function findScimUsers(tx: Queryable, where: { id?: string; email?: string; externalId?: string }, from = 1, count = 100): Promise<{ total: number; users: object[] }> {
    const rows = await tx.query<Row>(
        `select id, email, name, role, active, external_id, created_at, updated_at, (count(*) over ())::int as total from users
         where erased_at is null and ($1::uuid is null or id = $1) and ($2::text is null or email = $2) and ($3::text is null or external_id = $3)
         order by created_at, id offset $4 limit $5`,
        [where.id ?? null, where.email ?? null, where.externalId ?? null, from - 1, count],
    );
    return { total: rows[0]?.total ?? 0, users: rows.map(toScim) };
}

function toScim(row: Row): object {
    return {
        schemas: [USER_SCHEMA],
        id: row.id,
        ...(row.external_id === null ? {} : { externalId: row.external_id }),
        userName: row.email,
        displayName: row.name,
        name: { formatted: row.name },
        emails: [{ value: row.email, primary: true }],
        active: row.active,
        roles: [{ value: row.role, primary: true }],
        meta: { resourceType: "User", created: row.created_at.toISOString(), lastModified: row.updated_at.toISOString(), location: `/api/scim/v2/Users/${row.id}` },
    };
}
