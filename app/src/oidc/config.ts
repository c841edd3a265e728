/** Providers of sign-ins, as configured by the operator. */
import { z } from "zod";
import { jsonText } from "../json.js";
import { FIRST_TENANT, roles } from "../db/database.js";

export const providerSchema = z.strictObject({
    /** Part of the callback's address: `/api/auth/oidc/<id>/callback`. */
    id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,30}$/, "lower-case letters, digits and hyphens"),
    /** As shown at sign-in. */
    name: z.string().min(1).max(60),
    issuer: z.url(),
    clientId: z.string().min(1),
    clientSecret: z.string().min(1),
    /** Whose people sign in here. */
    tenant: z.uuid().default(FIRST_TENANT),
    scope: z.string().default("openid email profile"),
    /** Whether somebody who is not known yet gets an account. */
    create: z.boolean().default(true),
    /** The claim (text or list) that says what somebody is, and what its values mean; checked at every sign-in. */
    roleClaim: z.string().optional(),
    roles: z.record(z.string(), z.enum(roles)).default({}),
});
export type OidcProvider = z.infer<typeof providerSchema>;

/** `OIDC_PROVIDERS`: a JSON list. */
export const oidcVariable = jsonText.pipe(z.array(providerSchema).max(20).refine((list) => new Set(list.map(({ id }) => id)).size === list.length, "two providers have the same id"));
