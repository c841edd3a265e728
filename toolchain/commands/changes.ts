/** What a preview found, for a person. */
import pc from "picocolors";
import type { Change, Outcome, Violation } from "../pulumi";
import { Problem } from "../core/problem";
import { forecastLines, readForecast } from "./forecast";

/** Changes of one kind that are listed by name; the rest is counted. */
const listed = 12;

export function showChanges(outcome: Outcome): void {
    const groups = new Map<string, Change[]>();
    for (const change of outcome.changes) groups.set(change.op, [...(groups.get(change.op) ?? []), change]);
    for (const [op, changes] of groups) {
        process.stdout.write(`\n${colour(op)(`${verb(op)} ${changes.length}`)}\n`);
        for (const change of changes.slice(0, listed)) {
            const properties = change.properties.length > 0 ? pc.dim(` ${change.properties.slice(0, 6).join(", ")}`) : "";
            process.stdout.write(`  ${change.type.padEnd(34)} ${change.name}${properties}\n`);
        }
        if (changes.length > listed) process.stdout.write(pc.dim(`  … and ${changes.length - listed} more\n`));
    }
    for (const { text } of outcome.policyNotes) process.stdout.write(`\n${pc.yellow("note")} ${text}\n`);
    showAdvice(outcome.violations.filter(({ level }) => level !== "mandatory"));
    const now = readForecast(outcome.outputs?.now.forecast);
    if (now !== undefined) process.stdout.write(`\n${forecastLines(now, readForecast(outcome.outputs?.before.forecast)).join("\n")}\n`);
}

/** What could not be decided is told by the pack in one sum; each of it is in `npm run policy -- check`. */
function showAdvice(findings: readonly Violation[]): void {
    const sum = findings.find(({ message }) => message.startsWith("undetermined:"));
    const advice = findings.filter(finding => finding !== sum && !/^[a-z0-9-]+: undetermined, /.test(finding.message));
    const byMessage = new Map<string, Violation[]>();
    for (const finding of advice) byMessage.set(finding.message, [...(byMessage.get(finding.message) ?? []), finding]);
    for (const [message, same] of [...byMessage].slice(0, listed)) process.stdout.write(`\n${pc.yellow("advice")} ${[...same.map(resourceOf), ...message.trim().split("\n")].join("\n  ")}\n`);
    if (byMessage.size > listed) process.stdout.write(pc.dim(`\n… and ${byMessage.size - listed} more; npm run policy -- check lists all\n`));
    if (sum !== undefined) process.stdout.write(`\n${pc.dim(sum.message.trim())}\n`);
}

/** @throws Problem AP-POLICY-VIOLATION when a mandatory rule is broken */
export function requireAllowed(outcome: Outcome): void {
    if (outcome.blocked.length === 0) return;
    throw new Problem("AP-POLICY-VIOLATION", {
        what: `the policy pack stops this deployment; nothing was changed:\n\n${outcome.blocked.map(onResource).join("\n\n")}\n`,
        why: "each of these rules is mandatory for this stack",
        fix: "change what the messages name, then run the same command again; docs/policy.md explains each rule",
    });
}

function onResource(violation: Violation): string {
    return [resourceOf(violation), ...violation.message.trim().split("\n")].filter(Boolean).join("\n  ");
}

/** Its type and name; nothing for the stack as a whole. */
function resourceOf({ urn }: Violation): string {
    return urn?.split("::").slice(2).map((part, index) => (index === 0 ? part.split("$").at(-1) : part)).join(" ") ?? "";
}

function verb(op: string): string {
    if (op.includes("replace")) return "replace";
    return op;
}

function colour(op: string): (text: string) => string {
    if (op === "create") return pc.green;
    if (op === "delete") return pc.red;
    return pc.yellow;
}
