/** What a rule is: plain data and a pure check. Rules know nothing of the Pulumi SDK, so that tests, scans and documentation import them freely. */
import type { Findings } from "./findings";
import type { Resource } from "./resource";
import type { Settings, SettingsSchema } from "./settings";
import type { Value } from "./value";

export type Severity = "low" | "medium" | "high" | "critical";

/** How strictly a rule is meant to be enforced: always, only where the stack is production, or never. */
export type Strictness = "mandatory" | "production" | "advisory";

/** A control of a published framework that the rule implements. */
export interface Reference {
    framework: string;
    version: string;
    control: string;
}

/** Resources that show a rule at work. They are its tests and, through `shown`, its documentation. */
export interface Example {
    resources: readonly Resource[];
    /** The part worth reading, and the place where it stands. */
    shown: { place: string; content: unknown };
}

interface RuleBase {
    /** Stable; messages, waivers, configuration and reports refer to it. */
    readonly id: string;
    /** What holds where the rule is kept, in one short sentence. */
    readonly title: string;
    /** What exactly is checked. */
    readonly what: string;
    /** What goes wrong where it is not kept. */
    readonly why: string;
    readonly severity: Severity;
    readonly strictness: Strictness;
    readonly references: readonly Reference[];
    /** What to do about a violation; the first step is part of every message. */
    readonly remediation: readonly [string, ...string[]];
    /** Parameters of its own, beside those that every rule has. */
    readonly settings?: SettingsSchema;
    readonly compliant: readonly [Example, ...Example[]];
    readonly violating: readonly [Example, ...Example[]];
}

/** A rule that looks at one resource at a time. */
export interface ResourceRule extends RuleBase {
    readonly scope: "resource";
    /** Decides by the type alone; called for every resource, so it must be cheap. */
    applies(type: string): boolean;
    check(resource: Resource, settings: Settings, findings: Findings): void;
    /** What may be added so that the resource keeps the rule: harmless things that a person would add without a thought. For the level `remediate`. */
    remedy?(resource: Resource, settings: Settings): readonly Addition[];
}

/** Something to add at a place where nothing is. What is set, or not known yet, stays as it is. */
export interface Addition {
    readonly at: Value;
    readonly value: unknown;
}

/** A rule that needs the whole stack. Rules of one group share one policy, because each stack policy costs a copy of the stack. */
export interface StackRule extends RuleBase {
    readonly scope: "stack";
    readonly group: string;
    /** Must survive unknowns of any single resource; findings name the resource they are about. */
    check(resources: readonly Resource[], settings: Settings, findings: Findings): void;
}

export type Rule = ResourceRule | StackRule;
