import { typedRule } from "../common/rule";
import { isTrue } from "../common/truth";
import type { Value } from "../core/value";
import { cloudflareDocs } from "./frameworks";
import { bad, good } from "./sound";
import { cloudflare } from "./types";

/** The ways of a tunnel, under either of their names. */
export function ingressesOf(config: Value): Value {
    return ["ingresses", "ingressRules"].map(field => config.at(field)).find(value => !value.absent) ?? config.at("ingresses");
}

export const cfTunnel = typedRule({
    id: "cf-tunnel",
    title: "A tunnel leads only where it should, and verifies what it finds there",
    what: "`noTlsVerify` is not true, for the tunnel or for one of its hostnames; the last ingress answers `http_status:404` for all names that nobody meant.",
    why: "Without verification anybody inside can stand in for the service. Without a last rule every name leads to the last service.",
    severity: "high",
    strictness: "mandatory",
    references: [cloudflareDocs("Tunnel: origin parameters"), cloudflareDocs("Tunnel: ingress rules")],
    remediation: ["Remove `noTlsVerify` (name the authority in `caPool`), and end `ingresses` with `{ service: \"http_status:404\" }`."],
    compliant: [good(cloudflare.tunnelConfig)],
    violating: [
        bad(cloudflare.tunnelConfig, { config: { originRequest: { noTlsVerify: true } } }),
        bad(cloudflare.tunnelConfig, { config: { ingresses: [{ hostname: "shop.example.com", service: "https://web:8443", originRequest: { noTlsVerify: true } }, { service: "http_status:404" }] } }),
        bad(cloudflare.tunnelConfig, { config: { ingresses: [{ hostname: "shop.example.com", service: "http://web:8080" }] } }),
    ],
    types: [cloudflare.tunnelConfig, cloudflare.tunnelConfigOld],
    check({ properties }, _settings, findings) {
        const config = properties.at("config");
        if (config.absent) return;
        findings.forbid(config.at("originRequest", "noTlsVerify"), isTrue, "does not verify who answers");
        const ingresses = ingressesOf(config);
        const rules = ingresses.list();
        for (const rule of rules) findings.forbid(rule.at("originRequest", "noTlsVerify"), isTrue, "does not verify who answers");
        const last = rules.at(-1);
        if (!last) findings.violation(ingresses, "is empty, so nothing says what other names get");
        else if (!last.unknown || rules.length === 1) findings.require(last.at("service"), raw => typeof raw === "string" && /^http_status:[45]\d\d$/.test(raw), "leads every other name to a service");
        else findings.undetermined(last);
    },
});
