import { Findings, type Finding } from "./findings";
import type { Resource } from "./resource";
import type { Addition, ResourceRule, Rule, StackRule } from "./rule";
import { Settings, SettingsError } from "./settings";

/** Settings as configuration gives them, or ready to use. */
export type GivenSettings = Settings | Readonly<Record<string, unknown>>;

/** What a rule finds in one resource. Never throws: a rule that fails is itself a finding, and it blocks. */
export function evaluateResource(rule: ResourceRule, resource: Resource, given: GivenSettings = {}): readonly Finding[] {
    if (!rule.applies(resource.type)) return [];
    return guarded(rule, given, (settings, findings) => rule.check(resource, settings, findings));
}

/** What a rule finds in a whole stack. Never throws, as above. */
export function evaluateStack(rule: StackRule, resources: readonly Resource[], given: GivenSettings = {}): readonly Finding[] {
    return guarded(rule, given, (settings, findings) => rule.check(resources, settings, findings));
}

/** What a rule would add to a resource. Never throws: a remedy that fails adds nothing, and the rule then judges what is there. */
export function remedyOf(rule: ResourceRule, resource: Resource, given: GivenSettings = {}): readonly Addition[] {
    try {
        return rule.remedy?.(resource, given instanceof Settings ? given : settingsFor(rule, given)) ?? [];
    } catch {
        return [];
    }
}

/** What a person reads: what is wrong and where, why it matters, how to fix it. */
export function messageOf(rule: Rule, finding: Finding): string {
    // In backticks, so that reports can take the path out of the text again.
    const where = finding.path === "" ? "" : `\`${finding.path}\` `;
    switch (finding.kind) {
        case "failure":
            return `${rule.id}: ${finding.what}`;
        case "undetermined":
            return `${rule.id}: undetermined, because ${where || "the resource "}${finding.what}\n  why  ${rule.why}\n  fix  Nothing, if the value will be right; it is checked again when it is known.`;
        default:
            return `${rule.id}: ${where}${finding.what}\n  why  ${rule.why}\n  fix  ${rule.remediation[0]}`;
    }
}

const latest = new WeakMap<Rule, { given: Readonly<Record<string, unknown>>; settings: Settings }>();

/** The engine hands out the same configuration for every resource; it is checked once. */
function settingsFor(rule: Rule, given: Readonly<Record<string, unknown>>): Settings {
    const before = latest.get(rule);
    if (before && sameParts(before.given, given)) return before.settings;
    const settings = new Settings(rule.settings, given);
    latest.set(rule, { given, settings });
    return settings;
}

function sameParts(one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): boolean {
    const names = Object.keys(one);
    return names.length === Object.keys(other).length && names.every(name => one[name] === other[name]);
}

function guarded(rule: Rule, given: GivenSettings, check: (settings: Settings, findings: Findings) => void): readonly Finding[] {
    try {
        const findings = new Findings();
        check(given instanceof Settings ? given : settingsFor(rule, given), findings);
        return findings.all;
    } catch (error) {
        // The text of a foreign error could hold a property's value; its class cannot.
        const what = error instanceof SettingsError ? error.message : `the rule itself failed (${error instanceof Error ? error.constructor.name : typeof error}); this is a defect of the policy pack`;
        return [{ kind: "failure", path: "", what }];
    }
}
