import { typedRule } from "../common/rule";
import { asvs, cloudflareDocs } from "./frameworks";
import { settingOf, settingTypes } from "./settings";
import { bad, good } from "./sound";
import { cloudflare } from "./types";

const strict: readonly unknown[] = ["strict", "origin_pull"];

export const cfSslStrict = typedRule({
    id: "cf-ssl-strict",
    title: "Cloudflare verifies the certificate of the origin",
    what: "The zone setting `ssl` is `strict` (or `origin_pull`); no page rule and no configuration rule weakens it for a part of the zone.",
    why: "With `flexible` traffic goes on unencrypted behind Cloudflare, with `full` to anybody who claims to be the origin; the browser shows a lock all the same.",
    severity: "high",
    strictness: "mandatory",
    references: [cloudflareDocs("SSL/TLS encryption modes: Full (strict)"), asvs("12.3.2")],
    remediation: ["Set `value: \"strict\"`, and give the origin a certificate of Cloudflare's Origin CA."],
    compliant: [good(cloudflare.setting, { value: "strict" })],
    violating: [bad(cloudflare.setting, { value: "flexible" }), bad(cloudflare.setting, { value: "full" }), bad(cloudflare.pageRule, { actions: { ssl: "flexible" } })],
    types: [...settingTypes, cloudflare.pageRule, cloudflare.ruleset],
    check(resource, _settings, findings) {
        const { properties, type } = resource;
        const what = "lets traffic to the origin be read or redirected";
        if (type === cloudflare.pageRule) return findings.forbid(properties.at("actions", "ssl"), raw => !strict.includes(raw), what);
        if (type === cloudflare.ruleset) {
            for (const rule of properties.at("rules").list()) findings.forbid(rule.at("actionParameters", "ssl"), raw => !strict.includes(raw), what);
            return;
        }
        const setting = settingOf(resource, "ssl");
        if (setting) (setting.doubt ? findings.under({ doubt: setting.doubt }) : findings).require(setting.value, raw => strict.includes(raw), what);
    },
});
