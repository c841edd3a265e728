import { stackOf } from "../common/examples";
import { isFalse } from "../common/truth";
import type { Resource } from "../core/resource";
import type { StackRule } from "../core/rule";
import { asvs, cloudflareDocs } from "./frameworks";
import { resource as sound } from "./sound";
import { cloudflare } from "./types";
import { anyIn, zonesOf } from "./zones";

const rateLimit = { phase: "http_ratelimit", name: "limits", rules: [{ action: "block", expression: "http.request.uri.path eq \"/api/login\"", ratelimit: { characteristics: ["ip.src"], period: 60, requestsPerPeriod: 100 } }] };
const phases: readonly (readonly [name: string, phase: string])[] = [["managed WAF rules", "http_request_firewall_managed"], ["a rate limit", "http_ratelimit"]];

export const cfWaf: StackRule = {
    id: "cf-waf",
    title: "A zone has managed WAF rules and a rate limit",
    what: "For each `Zone` of the stack there is a `Ruleset` of the phase `http_request_firewall_managed` and one of the phase `http_ratelimit`, with a rule that is not switched off.",
    why: "Known attacks are stopped by rules that somebody else keeps up to date, and a password is not guessed at ten requests a second.",
    severity: "high",
    strictness: "production",
    references: [cloudflareDocs("WAF managed rules"), cloudflareDocs("Rate limiting rules"), asvs("2.4.1")],
    remediation: ["Add a `Ruleset` for each of the two phases."],
    compliant: [stackOf(sound(cloudflare.zone), sound(cloudflare.ruleset), sound(cloudflare.ruleset, rateLimit))],
    violating: [stackOf(sound(cloudflare.zone), sound(cloudflare.ruleset)), stackOf(sound(cloudflare.zone))],
    scope: "stack",
    group: "clouds-stack",
    check(resources, _settings, findings) {
        const zones = zonesOf(resources);
        for (const zone of zones) {
            for (const [name, phase] of phases) {
                const answer = anyIn(zone, zones, resources.filter(resource => isActive(resource, phase)));
                if (answer === "maybe") findings.undetermined("id", zone);
                else if (answer === "no") findings.violation("", `the zone lacks ${name}`, zone);
            }
        }
    },
};

function isActive({ type, properties }: Resource, phase: string): boolean {
    if (type === "cloudflare:index/rateLimit:RateLimit") return phase === "http_ratelimit";
    if (type !== cloudflare.ruleset || (properties.at("phase").known && properties.at("phase").value !== phase)) return false;
    return properties.at("rules").list().some(rule => !isFalse(rule.at("enabled").value));
}
