/** A tailnet that people reach a deployment in, and the OAuth client of Tailscale that stacks work with. */
import { z } from "zod";
import { secret, text, type ConfigFinding, type Reading } from "./fields";

/** What is absent is taken from TAILSCALE_OAUTH_CLIENT_ID and TAILSCALE_OAUTH_CLIENT_SECRET. */
export interface TailscaleClient {
    readonly tailscaleClientId?: string | undefined;
    readonly tailscaleClientSecret?: string | undefined;
}

export const tailscaleClientFields = {
    tailscaleClientId: secret(text().optional().describe("the id of an OAuth client of Tailscale")),
    tailscaleClientSecret: secret(text().optional().describe("the secret of an OAuth client of Tailscale")),
};

/** Two that are only of use together. */
export function checkPair<K extends string>(has: (key: K) => boolean, one: K, other: K): ConfigFinding[] {
    if (has(one) === has(other)) return [];
    return [{ key: has(one) ? other : one, problem: `is missing: it belongs to ${has(one) ? one : other}` }];
}

/** The tailnet that a deployment in Kubernetes joins as a node. */
export interface Tailnet extends TailscaleClient {
    /** Its DNS name. */
    readonly domain: string;
}

export const tailnetFields = {
    ...tailscaleClientFields,
    tailnetDomain: z.string().regex(/^(?=.{1,190}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.ts\.net$/).optional().describe("the DNS name of a tailnet such as example.ts.net"),
};

export function checkTailnet({ has }: Reading<typeof tailnetFields>): ConfigFinding[] {
    const client = (["tailscaleClientId", "tailscaleClientSecret"] as const).find(has);
    return [
        ...checkPair(has, "tailscaleClientId", "tailscaleClientSecret"),
        ...(client !== undefined && !has("tailnetDomain") ? [{ key: "tailnetDomain", problem: `is missing: ${client} is only of use in a tailnet, e.g. example.ts.net` }] : []),
    ];
}

export function tailnetOf({ tailnetDomain: domain, ...client }: TailscaleClient & { readonly tailnetDomain?: string | undefined }): { readonly tailnet?: Tailnet } {
    return domain === undefined ? {} : { tailnet: { domain, ...client } };
}
