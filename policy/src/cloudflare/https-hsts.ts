import { typedRule } from "../common/rule";
import { isTrue, numberOf } from "../common/truth";
import type { Findings } from "../core/findings";
import { Value } from "../core/value";
import { asvs, cloudflareDocs } from "./frameworks";
import { settingOf, settingTypes } from "./settings";
import { bad, good } from "./sound";
import { cloudflare } from "./types";

export const cfHttpsHsts = typedRule({
    id: "cf-https-hsts",
    title: "Browsers use HTTPS, and remember it",
    what: "The zone setting `always_use_https` is `on`; `security_header` has Strict-Transport-Security enabled with a `max_age` of at least the setting `seconds` (half a year).",
    why: "The first request of a visitor goes out in plain HTTP and can be answered by anybody; with HSTS there is no such request.",
    severity: "medium",
    strictness: "mandatory",
    references: [cloudflareDocs("Always Use HTTPS"), cloudflareDocs("HTTP Strict Transport Security"), asvs("3.4.1")],
    remediation: ["Set `always_use_https` to \"on\", and `security_header` to `{ strict_transport_security: { enabled: true, max_age: 31536000, include_subdomains: true } }`."],
    settings: { seconds: { type: "integer", minimum: 1, default: 15_552_000, description: "How long, at least, browsers are to remember." } },
    compliant: [
        good(cloudflare.setting, { settingId: "always_use_https", value: "on" }),
        good(cloudflare.setting, { settingId: "security_header", value: { strict_transport_security: { enabled: true, max_age: 31536000, include_subdomains: true } } }),
    ],
    violating: [
        bad(cloudflare.setting, { settingId: "always_use_https", value: "off" }),
        bad(cloudflare.setting, { settingId: "security_header", value: { strict_transport_security: { enabled: true, max_age: 86400 } } }),
        bad(cloudflare.setting, { settingId: "security_header", value: { strict_transport_security: { enabled: false } } }),
    ],
    types: settingTypes,
    check(resource, settings, findings) {
        const https = settingOf(resource, "always_use_https");
        if (https) (https.doubt ? findings.under({ doubt: https.doubt }) : findings).require(https.value, raw => raw === "on", "leaves plain HTTP open");
        const header = settingOf(resource, "security_header");
        if (header && !header.doubt) checkHeader(header.value, settings.number("seconds"), findings);
    },
});

function checkHeader(header: Value, seconds: number, findings: Findings): void {
    if (header.unknown) return findings.undetermined(header);
    const value = header.text === undefined ? header : parsed(header);
    if (!value) return findings.violation(header, "is not readable");
    const inner = ["strict_transport_security", "strictTransportSecurity"].map(key => value.at(key)).find(part => !part.absent) ?? value;
    findings.require(inner.at("enabled"), isTrue, "leaves Strict-Transport-Security off");
    const age = ["max_age", "maxAge"].map(key => inner.at(key)).find(part => !part.absent) ?? inner.at("max_age");
    findings.require(age, raw => (numberOf(raw) ?? 0) >= seconds, "lets browsers forget too soon");
}

function parsed(header: Value): Value | undefined {
    try {
        return Value.root({ value: JSON.parse(header.text!) as unknown }).at("value");
    } catch {
        return undefined;
    }
}
