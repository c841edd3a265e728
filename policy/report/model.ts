/** What a check or a scan has come to, in the form that all reports are made from. Holds no value of any resource. */
import type { Severity } from "../src/core/rule";

export interface Result {
    /** Id of a rule, `waivers`, or `undetermined`. */
    rule: string;
    /** `violation` only of what blocks; a broken rule of the level advisory is `advice`. */
    outcome: "violation" | "advice" | "undetermined" | "waived";
    severity: Severity;
    /** What it is about; absent for the stack or the files as a whole. */
    resource?: { urn: string; type: string; name: string };
    /** Where in the resource, e.g. `spec.containers[0].image`. */
    path: string;
    what: string;
    why: string;
    fix: string;
    /** Only of what was waived: until when, by whom, which ticket, why. */
    waiver?: string;
    note?: string;
    /** Only of what stands in a file. */
    location?: { file: string; line: number };
}

export interface PolicyReport {
    kind: "check" | "scan";
    /** The stack, or the paths. */
    subject: string;
    environment: string;
    /** ISO 8601. */
    time: string;
    resources: number;
    results: Result[];
    /** Files that hold nothing to look at. */
    skipped?: string[];
}

/** How many results of each outcome. */
export function countOf({ results }: PolicyReport): Record<Result["outcome"], number> {
    const counts = { violation: 0, advice: 0, undetermined: 0, waived: 0 };
    for (const { outcome } of results) counts[outcome]++;
    return counts;
}

/** True if nothing stops the deployment. */
export function isClean(report: PolicyReport): boolean {
    return countOf(report).violation === 0;
}

const order = { critical: 0, high: 1, medium: 2, low: 3 };
const outcomes = { violation: 0, advice: 1, undetermined: 2, waived: 3 };

/** What matters most first; the same results in the same order, however they came. */
export function sorted(results: readonly Result[]): Result[] {
    const key = (result: Result) => [outcomes[result.outcome], order[result.severity], result.rule, result.location?.file ?? "", result.resource?.urn ?? "", result.path, result.what] as const;
    return [...results].sort((one, other) => {
        const [left, right] = [key(one), key(other)];
        const differing = left.findIndex((part, index) => part !== right[index]);
        return differing < 0 ? 0 : left[differing]! < right[differing]! ? -1 : 1;
    });
}

/** `3 violations, 1 advice`; nothing in particular when there is none. */
export function summary(report: PolicyReport): string {
    const { violation, advice, undetermined, waived } = countOf(report);
    const parts = [plural(violation, "violation"), ...(advice ? [plural(advice, "advice", "pieces of advice")] : []), ...(undetermined ? [`${undetermined} undetermined`] : []), ...(waived ? [`${waived} waived`] : [])];
    return `${parts.join(", ")} in ${plural(report.resources, "resource")} at the level of ${report.environment}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
    return `${count === 0 ? "no" : count} ${count === 1 ? one : many}`;
}
