import { opennessOf } from "../common/addresses";
import { effective } from "../common/expect";
import { typedRule } from "../common/rule";
import { isText } from "../common/truth";
import type { Findings } from "../core/findings";
import type { Resource } from "../core/resource";
import type { Value } from "../core/value";
import { asvs, cloudflareDocs } from "./frameworks";
import { bad, good } from "./sound";
import { cloudflare } from "./types";

const applications: ReadonlySet<string> = new Set([cloudflare.accessApplication, cloudflare.accessApplicationOld]);
const tokens: ReadonlySet<string> = new Set([cloudflare.apiToken, cloudflare.accountToken]);

export const cfAccessToken = typedRule({
    id: "cf-access-token",
    title: "Access asks who is there, at least daily; tokens expire and are bound to addresses",
    what: "Access policies, of their own or inside an application, and groups neither `bypass` nor allow everyone; sessions last at most the setting `hours`. API tokens have `expiresOn` and a `condition.requestIp.ins` that is not the whole internet.",
    why: "A bypass is a door without a lock. A token without an end or a place is a password that works from anywhere for ever.",
    severity: "high",
    strictness: "mandatory",
    references: [cloudflareDocs("Access policies"), cloudflareDocs("Restrict token use"), asvs("7.3.1")],
    remediation: ["Include groups, mail domains or service tokens instead of everyone, and set `sessionDuration: \"8h\"`.", "Give tokens `expiresOn` and `condition: { requestIp: { ins: […] } }`."],
    settings: { hours: { type: "integer", minimum: 1, default: 24, description: "How many hours a session may last." } },
    compliant: [good(cloudflare.accessPolicy), good(cloudflare.accessApplication), good(cloudflare.apiToken)],
    violating: [
        bad(cloudflare.accessPolicy, { decision: "bypass" }),
        bad(cloudflare.accessPolicy, { includes: [{ everyone: {} }] }),
        bad(cloudflare.accessGroup, { includes: [{ everyone: {} }] }),
        bad(cloudflare.accessApplication, { sessionDuration: "730h" }),
        bad(cloudflare.apiToken, { expiresOn: null }),
        bad(cloudflare.apiToken, { condition: null }),
    ],
    types: [cloudflare.accessPolicy, cloudflare.accessPolicyOld, cloudflare.accessGroup, cloudflare.accessGroupOld, ...applications, ...tokens],
    check(resource, settings, findings) {
        const { properties, type } = resource;
        if (tokens.has(type)) return checkToken(properties, findings);
        if (!applications.has(type)) checkPolicy(properties, findings);
        else for (const policy of properties.at("policies").list()) if (policy.text === undefined) checkPolicy(policy, findings);
        checkSession(resource, settings.number("hours"), findings);
    },
});

function checkPolicy(policy: Value, findings: Findings): void {
    if (policy.unknown) return findings.undetermined(policy);
    const decision = policy.at("decision");
    findings.forbid(decision, raw => raw === "bypass", "lets everybody past");
    if (decision.value === "deny") return;
    const requires = policy.at("requires").list().length > 0;
    for (const include of policy.at("includes").list()) {
        const everyone = include.at("everyone");
        if (everyone.unknown) findings.undetermined(everyone);
        // A condition that all must meet as well makes everyone those who meet it.
        else if (everyone.known && everyone.value !== false && !requires) (decision.unknown ? findings.under({ doubt: decision }) : findings).violation(everyone, "is for everyone");
        const address = opennessOf([include.at("ip", "ip")]);
        if (address.open && !requires) findings.violation(address.open, "is for everyone");
    }
}

function checkSession(resource: Resource, hours: number, findings: Findings): void {
    const duration = resource.properties.at("sessionDuration");
    if (duration.unknown) return findings.undetermined(duration);
    const raw = effective(resource, "sessionDuration");
    if (isText(raw) && hoursOf(raw) > hours) findings.violation(duration, "is too long");
}

/** Reads durations such as `8h`, `1h30m`, `90m`; what cannot be read is endless. */
function hoursOf(text: string): number {
    if (!/^(\d{1,9}(\.\d{1,3})?(ms|us|ns|h|m|s))+$/.test(text)) return Number.POSITIVE_INFINITY;
    const units: Readonly<Record<string, number>> = { h: 1, m: 1 / 60, s: 1 / 3600, ms: 1 / 3.6e6, us: 1 / 3.6e9, ns: 1 / 3.6e12 };
    let sum = 0;
    for (const [, count, , unit = "h"] of text.matchAll(/(\d+(\.\d+)?)(ms|us|ns|h|m|s)/g)) sum += Number(count) * units[unit]!;
    return sum;
}

function checkToken(properties: Value, findings: Findings): void {
    findings.require(properties.at("expiresOn"), isText, "is not set, so the token never ends");
    const places = properties.at("condition", "requestIp");
    const allowed = ["ins", "in"].map(field => places.at(field)).find(value => !value.absent) ?? places.at("ins");
    if (allowed.unknown) return findings.undetermined(allowed);
    const { open, unclear } = opennessOf(allowed.list());
    if (allowed.list().length === 0) findings.violation(allowed, "is not set, so the token works from anywhere");
    else if (open) findings.violation(open, "lets the token work from anywhere");
    else if (unclear) findings.undetermined(unclear);
}
