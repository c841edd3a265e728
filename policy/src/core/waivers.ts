/**
 * Exceptions that security grants: one file, one entry for one rule on one resource of one stack, for a time.
 * What is wrong with the file is itself a violation, so that an exception can neither be sloppy nor be forgotten.
 */
import type { Finding } from "./findings";
import { waiverPolicyName } from "./levels";
import type { Resource } from "./resource";
import type { Rule } from "./rule";

export interface Waiver {
    readonly rule: string;
    readonly stack: string;
    /** A whole URN, or the type and name of the resource. */
    readonly resource: string | { readonly type: string; readonly name: string };
    /** Only what stands at or below this place of the resource. */
    readonly path?: string;
    readonly reason: string;
    /** Who answers for it. */
    readonly owner: string;
    readonly ticket: string;
    /** The last day on which it holds, `2027-01-31`, in UTC. */
    readonly expires: string;
}

export interface WaiverProblem {
    readonly kind: "malformed" | "too broad" | "not allowed" | "expired" | "unmatched";
    /** Which entry, counted from 1; 0 for the file as a whole. */
    readonly entry: number;
    readonly what: string;
    /** The stack it is about; every stack when absent. */
    readonly stack?: string;
}

/** Longer than this, an exception is a rule: change the rule's settings instead. */
const longestDays = 366;
const fields = ["rule", "stack", "resource", "path", "reason", "owner", "ticket", "expires"];
const day = 86_400_000;

interface Entry {
    readonly number: number;
    readonly waiver: Waiver;
    used: boolean;
}

/** The waivers that hold, and what is wrong with the others. */
export class Waivers {
    private readonly entries: Entry[] = [];
    private readonly found: WaiverProblem[] = [];

    /**
     * Never throws: a file that cannot be read grants nothing and is a problem.
     * @param text content of the file; without one there are no waivers
     */
    constructor(text: string | undefined, rules: readonly Rule[], today: Date = new Date()) {
        if (text === undefined) return;
        const list = listIn(text);
        if (typeof list === "string") {
            this.found.push({ kind: "malformed", entry: 0, what: list });
            return;
        }
        list.forEach((given, index) => {
            const problems = problemsOf(given, rules, today).map(problem => ({ ...problem, entry: index + 1 }));
            this.found.push(...problems);
            if (problems.length === 0) this.entries.push({ number: index + 1, waiver: given as Waiver, used: false });
        });
    }

    /** The waiver for a finding, if there is one that holds; remembers that it is in use. */
    find(rule: Rule, finding: Finding, resource: Resource): Waiver | undefined {
        // The rule itself or its settings failed: nobody has granted an exception from that.
        if (finding.kind === "failure") return undefined;
        const entry = this.entries.find(({ waiver }) => waiver.rule === rule.id && stackOf(resource.urn) === waiver.stack && isAbout(waiver, resource) && isBelow(finding.path, waiver.path));
        if (entry) entry.used = true;
        return entry?.waiver;
    }

    /** What is wrong for a stack, without knowing what was used. */
    problems(stack: string): readonly WaiverProblem[] {
        return this.found.filter(problem => problem.stack === undefined || problem.stack === stack);
    }

    /** Waivers of a stack that no finding needed, once everything in it was looked at. */
    unmatched(stack: string): readonly WaiverProblem[] {
        return this.entries.filter(({ waiver, used }) => waiver.stack === stack && !used).map(({ number, waiver }) => ({
            kind: "unmatched" as const, entry: number, stack, what: `is for ${waiver.rule} on ${nameOf(waiver)}, which needs no waiver any more`,
        }));
    }

    get all(): readonly Waiver[] {
        return this.entries.map(({ waiver }) => waiver);
    }
}

/** What a person reads, in the form of all messages: what, why, fix. */
export function describeWaiverProblem({ kind, entry, what }: WaiverProblem): string {
    const subject = entry === 0 ? "the file" : `waiver ${entry}`;
    return `${waiverPolicyName}: ${subject} is ${kind}: it ${what}\n  why  ${waiverProblemWhy}\n  fix  ${waiverProblemFix}`;
}

export const waiverProblemWhy = "A waiver that is vague, forgotten or out of date is a hole that nobody watches.";
export const waiverProblemFix = "Correct the entry in policy/waivers.json, or remove it.";

/** The stack in a URN. */
export function stackOf(urn: string): string {
    return urn.startsWith("urn:pulumi:") ? urn.slice("urn:pulumi:".length).split("::", 1)[0]! : "";
}

function listIn(text: string): unknown[] | string {
    let content: unknown;
    try {
        content = JSON.parse(text);
    } catch {
        return "is no JSON";
    }
    const list = isObject(content) ? content.waivers : undefined;
    if (!Array.isArray(list)) return "must be an object with a list `waivers`";
    const others = Object.keys(content as object).filter(key => key !== "waivers" && key !== "$schema");
    return others.length > 0 ? `has fields that are not known: ${others.join(", ")}` : list;
}

type Problem = Omit<WaiverProblem, "entry">;

function problemsOf(given: unknown, rules: readonly Rule[], today: Date): Problem[] {
    if (!isObject(given)) return [{ kind: "malformed", what: "must be an object" }];
    const problems: Problem[] = [];
    const malformed = (what: string) => problems.push({ kind: "malformed", what });
    const unknown = Object.keys(given).filter(key => !fields.includes(key));
    if (unknown.length > 0) malformed(`has fields that are not known: ${unknown.join(", ")}`);
    for (const field of ["rule", "stack", "reason", "owner", "ticket", "expires"]) {
        if (typeof given[field] !== "string" || given[field].trim() === "") malformed(`must say its ${field}`);
    }
    if (problems.length > 0) return [...problems, ...problemsOfResource(given.resource, given.stack)];
    const waiver = given as unknown as Waiver;
    if (waiver.reason.trim().length < 15) malformed("must give a reason that a reviewer can judge, of 15 characters or more");
    if (!/^([A-Z][A-Z0-9_]*-\d+|#\d+|https:\/\/\S+)$/.test(waiver.ticket)) malformed("must name a ticket such as SEC-123, #123 or an https address");
    if (waiver.path !== undefined && (typeof waiver.path !== "string" || waiver.path === "")) malformed("has a path that is no text");
    problems.push(...problemsOfResource(waiver.resource, waiver.stack));
    for (const field of ["rule", "stack", "path"] as const) if (hasWildcard(waiver[field])) problems.push({ kind: "too broad", what: `has a wildcard in its ${field}` });
    const rule = rules.find(({ id }) => id === waiver.rule);
    if (!rule && !hasWildcard(waiver.rule)) malformed(`is for a rule ${waiver.rule} that does not exist`);
    if (rule?.severity === "critical") problems.push({ kind: "not allowed", what: `is for ${rule.id}, a critical rule, from which nobody is exempt` });
    return [...problems, ...problemsOfExpiry(waiver, today)];
}

function problemsOfResource(resource: unknown, stack: unknown): Problem[] {
    const parts = typeof resource === "string" ? [resource] : isObject(resource) ? [resource.type, resource.name] : [];
    const whole = parts.length > 0 && parts.every(part => typeof part === "string" && part !== "") && (typeof resource === "string" || Object.keys(resource as object).length === 2);
    if (!whole) return [{ kind: "malformed", what: "must name its resource: a URN, or a type and a name" }];
    if (parts.some(hasWildcard)) return [{ kind: "too broad", what: "has a wildcard in its resource" }];
    if (typeof resource !== "string") return [];
    if (!/^urn:pulumi:[^:]+::[^:]+::\S+::\S/.test(resource)) return [{ kind: "malformed", what: "has a resource that is no whole URN" }];
    return stackOf(resource) === stack ? [] : [{ kind: "malformed", what: "names another stack than the URN of its resource does" }];
}

function problemsOfExpiry(waiver: Waiver, today: Date): Problem[] {
    const end = Date.parse(`${waiver.expires}T00:00:00Z`);
    if (!/^\d{4}-\d{2}-\d{2}$/.test(waiver.expires) || Number.isNaN(end) || new Date(end).toISOString().slice(0, 10) !== waiver.expires) return [{ kind: "malformed", what: "must say when it expires, as a day such as 2027-01-31" }];
    if (today.getTime() >= end + day) return [{ kind: "expired", what: `ended on ${waiver.expires}`, stack: waiver.stack }];
    return end - today.getTime() > longestDays * day ? [{ kind: "too broad", what: `holds for more than ${longestDays} days` }] : [];
}

function isAbout({ resource }: Waiver, { urn, type, name }: Resource): boolean {
    return typeof resource === "string" ? resource === urn : resource.type === type && resource.name === name;
}

function isBelow(path: string, top: string | undefined): boolean {
    return top === undefined || path === top || path.startsWith(`${top}.`) || path.startsWith(`${top}[`);
}

function nameOf({ resource }: Waiver): string {
    return typeof resource === "string" ? resource : `${resource.type} ${resource.name}`;
}

function hasWildcard(text: unknown): boolean {
    return typeof text === "string" && /[*?]/.test(text);
}

function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
