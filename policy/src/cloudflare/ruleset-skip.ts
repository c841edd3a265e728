import { typedRule } from "../common/rule";
import { isFalse, isTrue } from "../common/truth";
import type { Findings } from "../core/findings";
import type { Value } from "../core/value";
import { cloudflareDocs } from "./frameworks";
import { bad, good } from "./sound";
import { cloudflare } from "./types";

const guarding: readonly string[] = ["http_request_firewall_managed", "http_request_firewall_custom", "http_ratelimit", "http_request_sbfm", "ddos_l7"];
/** Conditions that a visitor cannot choose freely: where from, or to what. Headers and agents can be written by anybody. */
const narrow = /\b(ip\.src|ip\.src\.asnum|ip\.geoip\.asnum|http\.request\.uri(\.path)?|http\.request\.full_uri|raw\.http\.request\.uri(\.path)?|cf\.tls_client_auth\.\w+|cf\.client\.bot|cf\.bot_management\.verified_bot|cf\.access\.\w+)\b/;
const negated = /^\(*\s*(not\s+ip\.src|ip\.src\s+(ne\b|!=))|^\(*\s*(not\s+http\.request\.uri|http\.request\.uri(\.path)?\s+(ne\b|!=))/;

export const cfRulesetSkip = typedRule({
    id: "cf-ruleset-skip",
    title: "Nothing walks past the WAF and the rate limit",
    what: "No rule of a `Ruleset` skips the managed rules, the custom rules or the rate limit unless its expression says where from or to what (`ip.src`, `http.request.uri.path` and the like); no rule of these phases is switched off, by itself or by an override; no page rule switches security off.",
    why: "A skip for a header is a skip for everybody who sends it; a rule that was switched off for an afternoon stays off for years.",
    severity: "medium",
    strictness: "mandatory",
    references: [cloudflareDocs("WAF custom rules: skip")],
    remediation: ["Bind the skip to an address or a path, or remove it; remove rules that are off."],
    compliant: [
        good(cloudflare.ruleset),
        good(cloudflare.ruleset, { phase: "http_request_firewall_custom", rules: [{ action: "skip", expression: "ip.src in {203.0.113.0/28}", actionParameters: { phases: ["http_request_firewall_managed"] } }] }),
    ],
    violating: [
        bad(cloudflare.ruleset, { phase: "http_request_firewall_custom", rules: [{ action: "skip", expression: "true", actionParameters: { phases: ["http_request_firewall_managed"] } }] }),
        bad(cloudflare.ruleset, { phase: "http_request_firewall_custom", rules: [{ action: "skip", expression: "http.user_agent contains \"probe\"", actionParameters: { products: ["waf"] } }] }),
        bad(cloudflare.ruleset, { rules: [{ action: "execute", expression: "true", enabled: false, actionParameters: { id: "efb7b8c949ac4650a09736fc376e9aee" } }] }),
        bad(cloudflare.pageRule, { actions: { disableSecurity: true } }),
    ],
    types: [cloudflare.ruleset, cloudflare.pageRule],
    check({ properties, type }, _settings, findings) {
        if (type === cloudflare.pageRule) {
            findings.forbid(properties.at("actions", "disableSecurity"), isTrue, "switches security off");
            findings.forbid(properties.at("actions", "waf"), raw => raw === "off", "switches the WAF off");
            return findings.forbid(properties.at("actions", "securityLevel"), raw => raw === "essentially_off" || raw === "off", "switches security off");
        }
        const phase = properties.at("phase");
        const guards = phase.unknown || (phase.text !== undefined && guarding.includes(phase.text));
        for (const rule of properties.at("rules").list()) {
            if (rule.unknown) findings.undetermined(rule);
            else checkRule(rule, guards ? (phase.unknown ? findings.under({ doubt: phase }) : findings) : undefined, findings);
        }
    },
});

function checkRule(rule: Value, guard: Findings | undefined, findings: Findings): void {
    const parameters = rule.at("actionParameters");
    if (guard) {
        guard.forbid(rule.at("enabled"), isFalse, "is off");
        guard.forbid(parameters.at("overrides", "enabled"), isFalse, "switches all rules of the set off");
    }
    const action = rule.at("action");
    if (action.unknown) return findings.undetermined(action);
    if (action.text !== "skip" || isFalse(rule.at("enabled").value)) return;
    const skipped = [...parameters.at("phases").list(), ...parameters.at("products").list(), parameters.at("ruleset"), ...parameters.at("rulesets").list()];
    const unclear = skipped.find(value => value.unknown);
    const guarded = skipped.some(value => value.text !== undefined && (guarding.includes(value.text) || /^(waf|rateLimit|current|efb7b8c949ac4650a09736fc376e9aee|4814384a9e5d4991b9815dcfc25d2f1f)$/.test(value.text)));
    const expression = rule.at("expression");
    if (!guarded && !unclear) return;
    (unclear && !guarded ? findings.under({ doubt: unclear }) : findings).require(expression, raw => typeof raw === "string" && narrow.test(raw) && !negated.test(raw), "skips protection for whoever likes to");
}
