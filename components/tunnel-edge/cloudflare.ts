/** Cloudflare before the front and before Neon, and the tailnet that joins the places: everything that connects them. */
import { DnsRecord } from "@pulumi/cloudflare/dnsRecord";
import { getZeroTrustTunnelCloudflaredTokenOutput } from "@pulumi/cloudflare/getZeroTrustTunnelCloudflaredToken";
import { ZeroTrustAccessApplication } from "@pulumi/cloudflare/zeroTrustAccessApplication";
import { ZeroTrustAccessServiceToken } from "@pulumi/cloudflare/zeroTrustAccessServiceToken";
import { ZeroTrustAccessPolicy } from "@pulumi/cloudflare/zeroTrustAccessPolicy";
import { ZeroTrustTunnelCloudflared } from "@pulumi/cloudflare/zeroTrustTunnelCloudflared";
import { ZeroTrustTunnelCloudflaredConfig } from "@pulumi/cloudflare/zeroTrustTunnelCloudflaredConfig";
import * as pulumi from "@pulumi/pulumi";
import { isInZone } from "../../topology/addresses";
import type { TunnelledEdge } from "../../topology/types";
import { refuse } from "../parts/component";
import { customers, guards, problemsOfNames, zone } from "./cloudflare-zone";

export interface CloudflareForm {
    readonly kind: "cloudflare";
    /** Cloudflare's account. */
    readonly accountId: string;
    /** Zone of the public host names. */
    readonly zoneId: string;
    /** The zone's own name, e.g. example.com. */
    readonly zoneName: string;
    /** The tunnel as the topology has it: address, host names, rate limit. */
    readonly edge: TunnelledEdge;
    /** Where the connector finds the front, e.g. http://web:8080. */
    readonly front: string;
    /** A database that only those reach through the tunnel who carry a service token. @default none */
    readonly database?: { readonly hostname: string; readonly address: pulumi.Input<string>; readonly callers: readonly string[] };
}

export interface CloudflareArgs {
    readonly form: CloudflareForm;
    /** Before the name of everything that is made. */
    readonly prefix: string;
    /** Refuse to delete service tokens. @default true */
    readonly protect?: boolean;
}

export interface BuiltCloudflare {
    /** Secret values by `bundle/key`: the connector's token. */
    readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
    /** For each caller of the database: what it shows at the door. */
    readonly serviceTokens: Readonly<Record<string, { readonly id: pulumi.Output<string>; readonly secret: pulumi.Output<string> }>>;
}

export function cloudflare(component: pulumi.ComponentResource, name: string, { form, prefix, protect = true }: CloudflareArgs): BuiltCloudflare {
    const { accountId, zoneId, zoneName, edge, database } = form;
    const hostname = new URL(edge.address).hostname;
    refuse(component, "TunnelEdge", name, [
        ...problemsOfNames(zoneName, edge),
        ...(database === undefined || isInZone(database.hostname, zoneName) ? [] : [`form.database.hostname: ${database.hostname} is not in the zone ${zoneName}`]),
        ...(database !== undefined && database.callers.length === 0 ? ["form.database.callers: there is none"] : []),
    ]);
    const opts = { parent: component };
    const tunnel = new ZeroTrustTunnelCloudflared(`${name}-tunnel`, { accountId, name: prefix, configSrc: "cloudflare" }, opts);
    const hostnames = edge.hostnames ?? [];
    new ZeroTrustTunnelCloudflaredConfig(`${name}-tunnel-config`, {
        accountId, tunnelId: tunnel.id, source: "cloudflare",
        config: {
            ingresses: [
                ...[hostname, ...hostnames].map((one) => ({ hostname: one, service: form.front, originRequest: { connectTimeout: 5, keepAliveTimeout: 90 } })),
                ...(database === undefined ? [] : [{ hostname: database.hostname, service: pulumi.interpolate`tcp://${database.address}` }]),
                { service: "http_status:404" },
            ],
        },
    }, opts);
    const record = (one: string) => new DnsRecord(`${name}-${one}-record`, { zoneId, name: one, type: "CNAME", content: pulumi.interpolate`${tunnel.id}.cfargotunnel.com`, ttl: 1, proxied: true, comment: prefix }, opts);
    customers(component, name, zoneId, hostnames, { hostname, record: record(hostname) }, "txt");
    if (database !== undefined) record(database.hostname);
    guards(component, name, zoneId, edge);
    zone(component, name, zoneId, zoneName);
    return {
        secrets: { "tunnel/token": pulumi.secret(getZeroTrustTunnelCloudflaredTokenOutput({ accountId, tunnelId: tunnel.id }, opts).token) },
        serviceTokens: database === undefined ? {} : databaseDoor(component, name, { accountId, prefix, protect, ...database }),
    };
}

interface Door {
    readonly accountId: string;
    readonly prefix: string;
    readonly protect: boolean;
    readonly hostname: string;
    readonly callers: readonly string[];
}

/** Each caller has a token of its own, so that one can be taken away without the others. */
function databaseDoor(parent: pulumi.Resource, name: string, { accountId, prefix, protect, hostname, callers }: Door): BuiltCloudflare["serviceTokens"] {
    const tokens = callers.map((caller) => [caller, new ZeroTrustAccessServiceToken(`${name}-${caller}-token`, { accountId, name: `${prefix}-${caller}`, duration: "8760h" }, { parent, protect })] as const);
    const policy = new ZeroTrustAccessPolicy(`${name}-database-policy`, { accountId, name: `${prefix}-database`, decision: "non_identity", includes: tokens.map(([, { id }]) => ({ serviceToken: { tokenId: id } })), sessionDuration: "8h" }, { parent });
    new ZeroTrustAccessApplication(`${name}-database-door`, { accountId, name: `${prefix}-database`, type: "self_hosted", domain: hostname, destinations: [{ type: "public", uri: hostname }], sessionDuration: "8h", serviceAuth401Redirect: true, appLauncherVisible: false, policies: [{ id: policy.id, precedence: 1 }] }, { parent });
    return Object.fromEntries(tokens.map(([caller, token]) => [caller, { id: token.clientId, secret: pulumi.secret(token.clientSecret) }]));
}
