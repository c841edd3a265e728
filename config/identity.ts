/** Who signs in to tools beside those of the platform, and where people come from; Pulumi.yaml says what each key is for. */
import { z } from "zod";
import type { Tool } from "../components/platform/authentik-blueprints";
import { described, socialProviders, type IdentitySource } from "../components/platform/authentik-sources";
import { parseJson, text, type ConfigFinding, type Reading } from "./fields";

/** Groups of people; the first two need a second factor. */
export const groups = ["platform-admins", "platform-operators", "platform-viewers"] as const;

/** Tools that the platform brings, by the names that theirs have in authentik. */
const taken: readonly string[] = ["grafana", "devtron", "longhorn"];

export interface Identity {
    readonly identitySources: readonly IdentitySource[];
    readonly signInTools: readonly Tool[];
}

const slug = z.string().regex(/^[a-z]([-a-z0-9]{0,30}[a-z0-9])?$/, "is no name of small letters, digits and \"-\"");
/** Authentik goes out by port 443 alone. */
const https = z.string().regex(/^https:\/\/[a-z0-9][-a-z0-9.]*[a-z0-9](\/[^\s?#]*)?$/i, "is no https address without a port");
/** Opened by people's browsers, which go where they like. */
const page = z.string().regex(/^https:\/\/[a-z0-9][-a-z0-9.]*[a-z0-9](:\d{1,5})?(\/[^\s#]*)?$/i, "is no https address");
const source = { name: text(), slug, enabled: z.boolean().default(true) };

const sources = z.array(z.discriminatedUnion("kind", [
    z.strictObject({
        ...source,
        kind: z.literal("ldap"),
        server: z.string().regex(/^ldaps:\/\/[a-z0-9][-a-z0-9.]*[a-z0-9](:\d{1,5})?$/i, "is no ldaps address: without TLS passwords could be read on the way"),
        dialect: z.enum(["active-directory", "openldap"]),
        bindDn: text(),
        baseDn: text(),
        authority: z.string().regex(/^-----BEGIN CERTIFICATE-----[^]+-----END CERTIFICATE-----\s*$/, "is no certificate in PEM; without one any server would be believed"),
    }),
    z.strictObject({ ...source, kind: z.literal("scim") }),
    z.strictObject({ ...source, kind: z.literal("social"), provider: z.enum(socialProviders), clientId: text(), wellKnown: https.optional(), enroll: z.boolean().default(false) }),
]));

const tools = z.array(z.strictObject({
    name: text(),
    slug,
    address: page,
    groups: z.array(z.enum(groups)).min(1),
    signIn: z.discriminatedUnion("kind", [
        z.strictObject({ kind: z.literal("oidc"), redirect: page }),
        z.strictObject({ kind: z.literal("saml"), acsUrl: page, audience: text(), issuer: text().optional() }),
    ]),
    scim: z.strictObject({ url: https }).optional(),
}));

/** Every part that is wrong says so by itself, with its place. */
function list<T extends z.ZodType>(inner: T) {
    return z.preprocess(parseJson, z.unknown().transform((value, context): z.output<T> => {
        const { success, data, error } = inner.safeParse(value);
        if (success) return data;
        if (!Array.isArray(value)) context.addIssue({ code: "custom" });
        else for (const { path, message } of error.issues) context.addIssue({ code: "custom", path: [...path], message });
        return z.NEVER;
    }));
}

export const identityFields = {
    identitySources: list(sources).prefault("[]").describe("a list of sources of people, each of kind ldap, scim or social (docs/blueprints/hetzner.md)"),
    signInTools: list(tools).prefault("[]").describe("a list of tools that people sign in to by oidc or saml (docs/blueprints/hetzner.md)"),
};

export function checkIdentity({ values: { identitySources = [], signInTools = [] } }: Reading<typeof identityFields>): ConfigFinding[] {
    const found: ConfigFinding[] = [];
    const slugs = new Set(taken);
    const once = (key: string, items: readonly { readonly slug: string }[]) => items.forEach((item, index) => {
        if (slugs.has(item.slug)) found.push({ key: `${key}[${index}].slug`, value: item.slug, problem: "is the name of another tool or source" });
        slugs.add(item.slug);
    });
    once("signInTools", signInTools);
    once("identitySources", identitySources);
    identitySources.forEach((one, index) => {
        if (one.kind !== "social") return;
        const key = `identitySources[${index}].wellKnown`;
        if (described.includes(one.provider) && one.wellKnown === undefined) found.push({ key, problem: `is missing: ${one.provider} is at another place for each company` });
        if (!described.includes(one.provider) && one.wellKnown !== undefined) found.push({ key, value: one.wellKnown, problem: `is of no use: ${one.provider} is the same for everybody` });
    });
    return found;
}
