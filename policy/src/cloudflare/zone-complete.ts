import { stackOf } from "../common/examples";
import type { Resource } from "../core/resource";
import type { StackRule } from "../core/rule";
import { cloudflareDocs } from "./frameworks";
import { settingOf } from "./settings";
import { resource as sound } from "./sound";
import { cloudflare } from "./types";
import { anyIn, zonesOf } from "./zones";

const records: ReadonlySet<string> = new Set([cloudflare.dnsRecord, cloudflare.record]);
const settings: ReadonlySet<string> = new Set([cloudflare.setting, cloudflare.settingsOverride]);
const required = ["ssl", "min_tls_version", "tls_1_3", "always_use_https", "security_header"];

/** What every zone needs, and which resources are it. */
const parts: readonly (readonly [name: string, test: (resource: Resource) => boolean])[] = [
    ...required.map(id => [`the setting ${id}`, (resource: Resource) => settings.has(resource.type) && settingOf(resource, id) !== undefined] as const),
    ["DNSSEC", ({ type, properties }) => type === cloudflare.dnssec && !/disabled/.test(properties.at("status").text ?? "")],
    ["a CAA record", ({ type, properties }) => records.has(type) && (properties.at("type").unknown || properties.at("type").text?.toUpperCase() === "CAA")],
];
const complete = [
    sound(cloudflare.zone), sound(cloudflare.settingsOverride), sound(cloudflare.dnssec),
    sound(cloudflare.dnsRecord, { name: "example.com", type: "CAA", content: null, proxied: null, data: { flags: "0", tag: "issue", value: "letsencrypt.org" } }),
];

export const cfZoneComplete: StackRule = {
    id: "cf-zone-complete",
    title: "A zone declares what Cloudflare leaves weak by default",
    what: "For each `Zone` of the stack there are the settings `ssl`, `min_tls_version`, `tls_1_3`, `always_use_https` and `security_header`, a `ZoneDnssec` and a CAA record. What they say is checked by rules of their own.",
    why: "Left out, a zone has TLS 1.0, no HSTS, no DNSSEC, and any authority may issue certificates for it; and nobody sees it in the program.",
    severity: "medium",
    strictness: "mandatory",
    references: [cloudflareDocs("DNSSEC"), cloudflareDocs("CAA records"), cloudflareDocs("Zone settings")],
    remediation: ["Add the settings, the `ZoneDnssec` and the CAA record that the message names."],
    compliant: [stackOf(...complete)],
    violating: [stackOf(...complete.slice(0, 3)), stackOf(...complete.filter(({ type }) => type !== cloudflare.dnssec)), stackOf(complete[0]!)],
    scope: "stack",
    group: "clouds-stack",
    check(resources, _settings, findings) {
        const zones = zonesOf(resources);
        for (const zone of zones) {
            const missing: string[] = [];
            for (const [name, test] of parts) {
                const answer = anyIn(zone, zones, resources.filter(test));
                if (answer === "maybe") findings.undetermined("id", zone);
                else if (answer === "no") missing.push(name);
            }
            if (missing.length > 0) findings.violation("", `the zone lacks ${missing.join(", ")}`, zone);
        }
    },
};
