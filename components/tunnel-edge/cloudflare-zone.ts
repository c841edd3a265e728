/** What a zone at Cloudflare is told before people come through it, whatever is behind: guards, cache, protocols, TLS. */
import { ArgoTieredCaching } from "@pulumi/cloudflare/argoTieredCaching";
import { CustomHostname } from "@pulumi/cloudflare/customHostname";
import { CustomHostnameFallbackOrigin } from "@pulumi/cloudflare/customHostnameFallbackOrigin";
import { DnsRecord } from "@pulumi/cloudflare/dnsRecord";
import { Ruleset, type RulesetArgs } from "@pulumi/cloudflare/ruleset";
import { TieredCache } from "@pulumi/cloudflare/tieredCache";
import { ZoneDnssec } from "@pulumi/cloudflare/zoneDnssec";
import { ZoneSetting } from "@pulumi/cloudflare/zoneSetting";
import type * as pulumi from "@pulumi/pulumi";
import { isInZone } from "../../topology/addresses";
import type { Edge } from "../../topology/types";

/** Of an edge, what Cloudflare has to know. */
export type PublicEdge = Pick<Edge, "address" | "hostnames" | "rateLimit">;

/** Cloudflare's own managed rules, and those of OWASP. */
const managedRules = { cloudflare: "efb7b8c949ac4650a09736fc376e9aee", owasp: "4814384a9e5d4991b9815dcfc25d2f1f" } as const;
const halfYear = 15_552_000;

export function problemsOfNames(zoneName: string, { address, hostnames = [] }: PublicEdge): string[] {
    const { hostname } = new URL(address);
    return [
        ...(isInZone(hostname, zoneName) ? [] : [`form.edge.address: ${hostname} is not in the zone ${zoneName}`]),
        ...hostnames.filter((one) => isInZone(one, zoneName)).map((one) => `form.edge.hostnames: ${one} is in the zone itself; customers' names are not`),
    ];
}

/**
 * Names of customers. Cloudflare refuses a CNAME of another zone unless the name is known here. Behind the fallback origin the
 * customer's own name arrives, in SNI as in the request; an origin server for each name is for enterprise plans alone.
 * @param origin our proxied name, which the record leads to
 * @param proof how a name is proven to be the customer's, for the certificate that Cloudflare shows under it
 */
export function customers(parent: pulumi.Resource, name: string, zoneId: pulumi.Input<string>, names: readonly string[], origin: { readonly hostname: string; readonly record: pulumi.Resource }, proof: "txt" | "http"): void {
    if (names.length === 0) return;
    const fallback = new CustomHostnameFallbackOrigin(`${name}-origin`, { zoneId, origin: origin.hostname }, { parent, dependsOn: [origin.record] });
    const ssl = { method: proof, type: "dv", settings: { minTlsVersion: "1.2", http2: "on", tls13: "on" } };
    for (const hostname of names) new CustomHostname(`${name}-${hostname}-hostname`, { zoneId, hostname, ssl }, { parent, dependsOn: [fallback] });
}

/** Managed rules, the limit for each address, and what the edge may keep; for our name and those of customers. */
export function guards(parent: pulumi.Resource, name: string, zoneId: pulumi.Input<string>, { address, hostnames = [], rateLimit = { requests: 100, seconds: 60 } }: PublicEdge): void {
    const ours = `http.host in {${[new URL(address).hostname, ...hostnames].map((one) => `"${one}"`).join(" ")}}`;
    const answers = `(${ours} and (starts_with(http.request.uri.path, "/api/") or http.request.uri.path eq "/chat"))`;
    const ruleset = (what: string, phase: string, rules: RulesetArgs["rules"]) => new Ruleset(`${name}-${what}`, { zoneId, name: what, kind: "zone", phase, rules }, { parent });
    ruleset("waf", "http_request_firewall_managed", Object.entries(managedRules).map(([description, id]) => ({ ref: description, description, action: "execute", expression: "true", enabled: true, actionParameters: { id } })));
    ruleset("rate-limit", "http_ratelimit", [{
        ref: "everybody", description: `${rateLimit.requests} requests in ${rateLimit.seconds} seconds for each address`, action: "block", enabled: true, expression: answers,
        ratelimit: { characteristics: ["cf.colo.id", "ip.src"], period: rateLimit.seconds, requestsPerPeriod: rateLimit.requests, mitigationTimeout: rateLimit.seconds },
    }]);
    ruleset("cache", "http_request_cache_settings", [
        // Built files carry a hash of their content; everything else is somebody's own.
        { ref: "assets", description: "built files", action: "set_cache_settings", enabled: true, expression: `(${ours} and starts_with(http.request.uri.path, "/assets/"))`, actionParameters: { cache: true, edgeTtl: { mode: "respect_origin" }, browserTtl: { mode: "respect_origin" } } },
        { ref: "answers", description: "answers of the application", action: "set_cache_settings", enabled: true, expression: answers, actionParameters: { cache: false } },
    ]);
}

/** What Cloudflare leaves weak, or slow, unless it is told otherwise. */
export function zone(parent: pulumi.Resource, name: string, zoneId: pulumi.Input<string>, zoneName: string): void {
    const settings: Readonly<Record<string, unknown>> = {
        ssl: "strict", min_tls_version: "1.2", tls_1_3: "on", always_use_https: "on",
        security_header: { strict_transport_security: { enabled: true, max_age: halfYear * 2, include_subdomains: true, preload: true, nosniff: true } },
        http3: "on", brotli: "on",
        // Early data can be replayed by who has recorded it, and some of our requests act.
        "0rtt": "off",
    };
    for (const [settingId, value] of Object.entries(settings)) new ZoneSetting(`${name}-${settingId.replaceAll("_", "-")}-setting`, { zoneId, settingId, value }, { parent });
    // Edges ask one upper edge, near the origin, before they ask the origin. The first switch allows tiers, the second chooses them.
    const tiers = new ArgoTieredCaching(`${name}-tiers`, { zoneId, value: "on" }, { parent });
    new TieredCache(`${name}-smart-tiers`, { zoneId, value: "on" }, { parent, dependsOn: [tiers] });
    new ZoneDnssec(`${name}-dnssec`, { zoneId, status: "active" }, { parent });
    // The authorities that Cloudflare takes certificates from; cert-manager's is the first of them.
    for (const authority of ["letsencrypt.org", "pki.goog", "ssl.com"]) new DnsRecord(`${name}-${authority}-caa`, { zoneId, name: zoneName, type: "CAA", ttl: 3600, data: { flags: 0, tag: "issue", value: authority } }, { parent });
}
