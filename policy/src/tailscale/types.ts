import type { Reference } from "../core/rule";

/** Type tokens of Tailscale, under the names that rules use. */
export const tailscale = {
    acl: "tailscale:index/acl:Acl",
    key: "tailscale:index/tailnetKey:TailnetKey",
    settings: "tailscale:index/tailnetSettings:TailnetSettings",
    oauth: "tailscale:index/oauthClient:OauthClient",
    federated: "tailscale:index/federatedIdentity:FederatedIdentity",
    deviceKey: "tailscale:index/deviceKey:DeviceKey",
} as const;

/** Advice of Tailscale's own documentation. */
export function tailscaleDocs(page: string): Reference {
    return { framework: "Tailscale documentation", version: "2026", control: page };
}
