import { typedRule } from "../common/rule";
import { numberOf } from "../common/truth";
import { asvs, cloudflareDocs } from "./frameworks";
import { settingOf, settingTypes } from "./settings";
import { bad, good } from "./sound";
import { cloudflare } from "./types";

const recent = (raw: unknown): boolean => (numberOf(raw) ?? 0) >= 1.2;

export const cfMinTls = typedRule({
    id: "cf-min-tls",
    title: "Visitors get TLS 1.2 at least, and 1.3",
    what: "The zone setting `min_tls_version`, and that of single hostnames, is 1.2 or 1.3; `tls_1_3` is `on` (or `zrt`).",
    why: "TLS 1.0 and 1.1 can be read by who records the traffic; Cloudflare allows them by default.",
    severity: "high",
    strictness: "mandatory",
    references: [cloudflareDocs("Minimum TLS version"), asvs("12.1.1")],
    remediation: ["Set `min_tls_version` to \"1.2\" and `tls_1_3` to \"on\"."],
    compliant: [good(cloudflare.setting, { settingId: "min_tls_version", value: "1.2" }), good(cloudflare.setting, { settingId: "tls_1_3", value: "on" })],
    violating: [bad(cloudflare.setting, { settingId: "min_tls_version", value: "1.0" }), bad(cloudflare.setting, { settingId: "tls_1_3", value: "off" }), bad(cloudflare.hostnameTls, { value: "1.1" })],
    types: [...settingTypes, cloudflare.hostnameTls],
    check(resource, _settings, findings) {
        const what = "admits versions of TLS that can be read";
        if (resource.type === cloudflare.hostnameTls) {
            const id = resource.properties.at("settingId");
            if (id.value === "min_tls_version" || id.unknown) (id.unknown ? findings.under({ doubt: id }) : findings).require(resource.properties.at("value"), recent, what);
            return;
        }
        const minimum = settingOf(resource, "min_tls_version");
        if (minimum) (minimum.doubt ? findings.under({ doubt: minimum.doubt }) : findings).require(minimum.value, recent, what);
        const newest = settingOf(resource, "tls_1_3");
        if (newest && !newest.doubt) findings.require(newest.value, raw => raw === "on" || raw === "zrt", "leaves TLS 1.3 off");
    },
});
