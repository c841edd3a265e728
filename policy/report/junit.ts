/** JUnit XML, which every CI shows as tests: one test case a rule. */
import type { EffectiveRule } from "../src/environments";
import type { PolicyReport, Result } from "./model";

export function toJunit(report: PolicyReport, rules: readonly EffectiveRule[]): string {
    const names = [...new Set([...rules.filter(({ level }) => level !== "disabled").map(({ rule }) => rule.id), ...report.results.map(({ rule }) => rule)])];
    const cases = names.map(name => ({ name, results: report.results.filter(({ rule }) => rule === name) }));
    const failed = cases.filter(({ results }) => results.some(({ outcome }) => outcome === "violation"));
    const skipped = cases.filter(({ results }) => !failed.some(other => other.results === results) && results.some(({ outcome }) => outcome === "undetermined"));
    const suite = `name="policy ${report.kind} ${escape(report.subject)}" tests="${cases.length}" failures="${failed.length}" errors="0" skipped="${skipped.length}" timestamp="${report.time.replace(/\.\d+Z$/, "")}" time="0"`;
    const lines = cases.map(({ name, results }) => testCase(name, results, report.environment));
    return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n<testsuite ${suite}>\n${lines.join("\n")}\n</testsuite>\n</testsuites>\n`;
}

function testCase(name: string, results: readonly Result[], environment: string): string {
    const of = (outcome: Result["outcome"]) => results.filter(result => result.outcome === outcome);
    const [violations, undetermined, others] = [of("violation"), of("undetermined"), [...of("advice"), ...of("waived")]];
    const parts = [
        ...(violations.length > 0 ? [`<failure type="${escape(violations[0]!.severity)}" message="${escape(inLine(violations[0]!))}">${escape(violations.map(inFull).join("\n\n"))}</failure>`] : []),
        ...(violations.length === 0 && undetermined.length > 0 ? [`<skipped message="${escape(`undetermined: ${inLine(undetermined[0]!)}`)}"/>`] : []),
        ...(others.length > 0 ? [`<system-out>${escape(others.map(inFull).join("\n\n"))}</system-out>`] : []),
    ];
    return `<testcase classname="policy.${escape(environment)}" name="${escape(name)}" time="0"${parts.length === 0 ? "/>" : `>${parts.join("")}</testcase>`}`;
}

function inLine({ resource, path, what }: Result): string {
    return [resource && `${resource.type} ${resource.name}`, `${path} ${what}`.trim()].filter(Boolean).join(": ");
}

function inFull(result: Result): string {
    const at = result.location ? `\n  at   ${result.location.file}:${result.location.line}` : "";
    return `${result.outcome}: ${inLine(result)}${at}\n  why  ${result.why}\n  fix  ${result.fix}${result.waiver ? `\n  waived  ${result.waiver}` : ""}`;
}

/** Characters that XML 1.0 cannot hold at all are left out. */
function escape(text: string): string {
    const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;" };
    return text.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "").replace(/[&<>"']/g, character => entities[character]!);
}
