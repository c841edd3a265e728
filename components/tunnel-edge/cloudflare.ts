/** Cloudflare before the front and before Neon, and the tailnet that joins the places: everything that connects them. */
import { DnsRecord } from "@pulumi/cloudflare/dnsRecord";
import { CustomHostname } from "@pulumi/cloudflare/customHostname";
import { getZeroTrustTunnelCloudflaredTokenOutput } from "@pulumi/cloudflare/getZeroTrustTunnelCloudflaredToken";
import { Ruleset } from "@pulumi/cloudflare/ruleset";
import { ZeroTrustAccessApplication } from "@pulumi/cloudflare/zeroTrustAccessApplication";
import { ZeroTrustAccessServiceToken } from "@pulumi/cloudflare/zeroTrustAccessServiceToken";
import { ZeroTrustAccessPolicy } from "@pulumi/cloudflare/zeroTrustAccessPolicy";
import { ZeroTrustTunnelCloudflared } from "@pulumi/cloudflare/zeroTrustTunnelCloudflared";
import { ZeroTrustTunnelCloudflaredConfig } from "@pulumi/cloudflare/zeroTrustTunnelCloudflaredConfig";
import { ZoneDnssec } from "@pulumi/cloudflare/zoneDnssec";
import { ZoneSetting } from "@pulumi/cloudflare/zoneSetting";
import * as pulumi from "@pulumi/pulumi";
import type { TunnelledEdge } from "../../topology/types";
import { refuse } from "../parts/component";

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

/** Cloudflare's own managed rules, and those of OWASP. */
const managedRules = { cloudflare: "efb7b8c949ac4650a09736fc376e9aee", owasp: "4814384a9e5d4991b9815dcfc25d2f1f" } as const;
const halfYear = 15_552_000;

export function cloudflare(component: pulumi.ComponentResource, name: string, { form, prefix, protect = true }: CloudflareArgs): BuiltCloudflare {
    const { accountId, zoneId, zoneName, edge, database } = form;
    const hostname = new URL(edge.address).hostname;
    const inZone = (one: string): boolean => one === zoneName || one.endsWith(`.${zoneName}`);
    refuse(component, "TunnelEdge", name, [
        ...[hostname, ...(database === undefined ? [] : [database.hostname])].filter((one) => !inZone(one)).map((one) => `form: ${one} is not in the zone ${zoneName}`),
        ...(edge.hostnames ?? []).filter(inZone).map((one) => `form.edge.hostnames: ${one} is in the zone itself; customers' names are not`),
        ...(database !== undefined && database.callers.length === 0 ? ["form.database.callers: there is none"] : []),
    ]);
    const opts = { parent: component };
    const tunnel = new ZeroTrustTunnelCloudflared(`${name}-tunnel`, { accountId, name: prefix, configSrc: "cloudflare" }, opts);
    const customers = edge.hostnames ?? [];
    new ZeroTrustTunnelCloudflaredConfig(`${name}-tunnel-config`, {
        accountId, tunnelId: tunnel.id, source: "cloudflare",
        config: {
            ingresses: [
                ...[hostname, ...customers].map((one) => ({ hostname: one, service: form.front, originRequest: { connectTimeout: 5, keepAliveTimeout: 90 } })),
                ...(database === undefined ? [] : [{ hostname: database.hostname, service: pulumi.interpolate`tcp://${database.address}` }]),
                { service: "http_status:404" },
            ],
        },
    }, opts);
    for (const one of [hostname, ...(database === undefined ? [] : [database.hostname])]) {
        new DnsRecord(`${name}-${one}-record`, { zoneId, name: one, type: "CNAME", content: pulumi.interpolate`${tunnel.id}.cfargotunnel.com`, ttl: 1, proxied: true, comment: prefix }, opts);
    }
    for (const customer of customers) new CustomHostname(`${name}-${customer}-hostname`, { zoneId, hostname: customer, customOriginServer: hostname, ssl: { method: "txt", type: "dv", settings: { minTlsVersion: "1.2", http2: "on", tls13: "on" } } }, opts);
    guards(component, name, zoneId, hostname, edge);
    zone(component, name, zoneId, zoneName);
    return {
        secrets: { "tunnel/token": pulumi.secret(getZeroTrustTunnelCloudflaredTokenOutput({ accountId, tunnelId: tunnel.id }, opts).token) },
        serviceTokens: database === undefined ? {} : databaseDoor(component, name, { accountId, prefix, protect, ...database }),
    };
}

/** Managed rules, the limit for each address, and what the edge may keep. */
function guards(parent: pulumi.Resource, name: string, zoneId: string, hostname: string, { rateLimit = { requests: 100, seconds: 60 } }: TunnelledEdge): void {
    const ruleset = (what: string, phase: string, rules: ConstructorParameters<typeof Ruleset>[1]["rules"]) => new Ruleset(`${name}-${what}`, { zoneId, name: what, kind: "zone", phase, rules }, { parent });
    ruleset("waf", "http_request_firewall_managed", Object.entries(managedRules).map(([description, id]) => ({ ref: description, description, action: "execute", expression: "true", enabled: true, actionParameters: { id } })));
    ruleset("rate-limit", "http_ratelimit", [{
        ref: "everybody", description: `${rateLimit.requests} requests in ${rateLimit.seconds} seconds for each address`, action: "block", enabled: true,
        expression: `(http.host eq "${hostname}" and (starts_with(http.request.uri.path, "/api/") or http.request.uri.path eq "/chat"))`,
        ratelimit: { characteristics: ["cf.colo.id", "ip.src"], period: rateLimit.seconds, requestsPerPeriod: rateLimit.requests, mitigationTimeout: rateLimit.seconds },
    }]);
    ruleset("cache", "http_request_cache_settings", [
        // Built files carry a hash of their content; everything else is somebody's own.
        { ref: "assets", description: "built files", action: "set_cache_settings", enabled: true, expression: `(http.host eq "${hostname}" and starts_with(http.request.uri.path, "/assets/"))`, actionParameters: { cache: true, edgeTtl: { mode: "respect_origin" }, browserTtl: { mode: "respect_origin" } } },
        { ref: "answers", description: "answers of the application", action: "set_cache_settings", enabled: true, expression: `(http.host eq "${hostname}" and (starts_with(http.request.uri.path, "/api/") or http.request.uri.path eq "/chat"))`, actionParameters: { cache: false } },
    ]);
}

/** What Cloudflare leaves weak unless it is told otherwise. */
function zone(parent: pulumi.Resource, name: string, zoneId: string, zoneName: string): void {
    const settings: Readonly<Record<string, unknown>> = {
        ssl: "strict", min_tls_version: "1.2", tls_1_3: "on", always_use_https: "on",
        security_header: { strict_transport_security: { enabled: true, max_age: halfYear * 2, include_subdomains: true, preload: true, nosniff: true } },
    };
    for (const [settingId, value] of Object.entries(settings)) new ZoneSetting(`${name}-${settingId.replaceAll("_", "-")}-setting`, { zoneId, settingId, value }, { parent });
    new ZoneDnssec(`${name}-dnssec`, { zoneId, status: "active" }, { parent });
    // The authorities that Cloudflare takes certificates from.
    for (const authority of ["letsencrypt.org", "pki.goog", "ssl.com"]) new DnsRecord(`${name}-${authority}-caa`, { zoneId, name: zoneName, type: "CAA", ttl: 3600, data: { flags: 0, tag: "issue", value: authority } }, { parent });
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
