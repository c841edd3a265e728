import { about } from "../../common/about";
import { expect } from "../../common/expect";
import { isTrue, isText } from "../../common/truth";
import { stackOf } from "../../common/examples";
import type { Findings } from "../../core/findings";
import type { Resource } from "../../core/resource";
import type { StackRule } from "../../core/rule";
import { cisGcp } from "../frameworks";
import { resource as sound } from "../sound";
import { gcp } from "../types";

const policies: ReadonlySet<string> = new Set([gcp.sslPolicy, gcp.regionSslPolicy]);
const tlsProxies: ReadonlySet<string> = new Set([gcp.httpsProxy, gcp.regionHttpsProxy, gcp.sslProxy]);
const httpProxies: ReadonlySet<string> = new Set([gcp.httpProxy, gcp.regionHttpProxy]);
const urlMaps: ReadonlySet<string> = new Set([gcp.urlMap, gcp.regionUrlMap]);
const backends: ReadonlySet<string> = new Set([gcp.backend, gcp.regionBackend]);
const minimum: readonly unknown[] = ["TLS_1_2", "TLS_1_3"];
const weakCipher = /_CBC_|_3DES_|TLS_RSA_|_RC4_|_MD5/;

export const loadBalancerTls: StackRule = {
    id: "gcp-lb-tls",
    title: "Load balancers speak modern TLS only, behind Cloud Armor",
    what: "SSL policies need at least TLS 1.2 and the profile MODERN or RESTRICTED (or CUSTOM without weak ciphers); every HTTPS and SSL proxy names a policy, because the default admits TLS 1.0. A plain-HTTP proxy only redirects to HTTPS. External backend services have a `securityPolicy` (Cloud Armor) and `logConfig.enable: true`.",
    why: "The load balancer is where the internet comes in: old TLS is readable, plain HTTP is readable by all, and without rules and logs nobody notices an attack.",
    severity: "high",
    strictness: "mandatory",
    references: [cisGcp("2.16"), cisGcp("3.9")],
    remediation: ["Name an SSLPolicy with `minTlsVersion: \"TLS_1_2\"` and `profile: \"RESTRICTED\"` in each proxy; let HTTP redirect (`defaultUrlRedirect: { httpsRedirect: true }`).", "Give each external backend service a `securityPolicy` and `logConfig: { enable: true }`."],
    compliant: [stackOf(sound(gcp.sslPolicy), sound(gcp.httpsProxy), sound(gcp.backend)), stackOf(sound(gcp.urlMap), sound(gcp.httpProxy, { urlMap: "redirect" }))],
    violating: [
        stackOf(sound(gcp.sslPolicy, { minTlsVersion: "TLS_1_0" })),
        stackOf(sound(gcp.sslPolicy, { profile: "COMPATIBLE" })),
        stackOf(sound(gcp.httpsProxy, { sslPolicy: null })),
        stackOf(sound(gcp.urlMap, { defaultUrlRedirect: null, defaultService: "shop" }), sound(gcp.httpProxy, { urlMap: "redirect" })),
        stackOf(sound(gcp.backend, { securityPolicy: null })),
    ],
    scope: "stack",
    group: "clouds-stack",
    check(resources, _settings, findings) {
        for (const resource of resources) {
            const { type } = resource;
            if (policies.has(type)) checkPolicy(resource, findings);
            else if (tlsProxies.has(type)) require(resource, "sslPolicy", isText, "is not set, and the default admits TLS 1.0", findings);
            else if (httpProxies.has(type)) checkHttpProxy(resource, resources, findings);
            else if (backends.has(type)) checkBackend(resource, findings);
        }
    },
};

function checkPolicy(resource: Resource, findings: Findings): void {
    const collected = about(findings, resource);
    expect(resource, "minTlsVersion", raw => minimum.includes(raw), "admits versions of TLS before 1.2", collected);
    expect(resource, "profile", raw => raw === "MODERN" || raw === "RESTRICTED" || raw === "FIPS_202205" || raw === "CUSTOM", "admits weak ciphers", collected);
    if (resource.properties.at("profile").value !== "CUSTOM") return;
    for (const feature of resource.properties.at("customFeatures").list()) collected.forbid(feature, raw => typeof raw === "string" && weakCipher.test(raw), "is a weak cipher");
}

function checkHttpProxy(proxy: Resource, resources: readonly Resource[], findings: Findings): void {
    const reference = proxy.properties.at("urlMap");
    const maps = resources.filter(resource => urlMaps.has(resource.type));
    const map = maps.find(candidate => reference.text !== undefined && namesOf(candidate).some(name => reference.text === name || reference.text!.endsWith(`/${name}`)));
    if (map) return checkRedirect(proxy, map, findings);
    // Not known yet, or an address that the stack does not show: most likely one of its maps, and where all redirect, so does this one.
    if (maps.length > 0 && maps.every(redirects)) return;
    const mayRedirect = maps.some(candidate => redirects(candidate) || candidate.properties.at("defaultUrlRedirect").unknown);
    if (mayRedirect || (reference.unknown && maps.length === 0)) findings.undetermined(reference, proxy);
    else findings.violation(reference, "serves plain HTTP instead of redirecting to HTTPS", proxy);
}

function checkRedirect(proxy: Resource, map: Resource, findings: Findings): void {
    const redirect = map.properties.at("defaultUrlRedirect", "httpsRedirect");
    if (redirect.unknown) findings.undetermined(redirect, map);
    else if (!redirects(map)) findings.violation(proxy.properties.at("urlMap"), "serves plain HTTP instead of redirecting to HTTPS", proxy);
}

function redirects(map: Resource): boolean {
    return isTrue(map.properties.at("defaultUrlRedirect", "httpsRedirect").value);
}

function namesOf({ name, properties }: Resource): string[] {
    return [name, ...["id", "selfLink", "name"].flatMap(key => properties.at(key).text ?? [])];
}

function isExternal({ properties }: Resource): boolean {
    const scheme = properties.at("loadBalancingScheme");
    return scheme.absent || (scheme.text?.startsWith("EXTERNAL") ?? false);
}

function checkBackend(resource: Resource, findings: Findings): void {
    const scheme = resource.properties.at("loadBalancingScheme");
    if (scheme.unknown) return findings.undetermined(scheme, resource);
    const protocol = resource.properties.at("protocol").text ?? "HTTP";
    // Google's internal load balancers, and those below HTTP, have no Cloud Armor.
    if (!(resource.type === gcp.regionBackend && scheme.absent) && isExternal(resource) && /^(HTTPS?|HTTP2|H2C|GRPC)$/.test(protocol)) {
        require(resource, "securityPolicy", isText, "is not set: the backend has no Cloud Armor", findings);
        require(resource, "logConfig.enable", isTrue, "leaves requests unlogged", findings);
    }
}

function require(resource: Resource, path: string, isGood: (raw: unknown) => boolean, what: string, findings: Findings): void {
    expect(resource, path, isGood, what, about(findings, resource));
}
