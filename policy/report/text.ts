/** The report for a person at a terminal. */
import pc from "picocolors";
import { countOf, isClean, plural, summary, type PolicyReport, type Result } from "./model";

export function toText(report: PolicyReport): string {
    const parts = report.results.map(resultText);
    const verdict = isClean(report) ? pc.green("✔") : pc.red("✗");
    const skipped = report.skipped?.length ? `\n${pc.dim(`${plural(report.skipped.length, "file")} without anything to look at: ${shortened(report.skipped)}`)}` : "";
    return `${[...parts, `${verdict} ${report.subject}: ${summary(report)}${skipped}`].join("\n\n")}\n${hint(report)}`;
}

function shortened(names: readonly string[]): string {
    return names.length > 5 ? `${names.slice(0, 5).join(", ")} and ${names.length - 5} more` : names.join(", ");
}

function resultText(result: Result): string {
    const colour = result.outcome === "violation" ? pc.red : result.outcome === "advice" ? pc.yellow : pc.dim;
    const place = [result.resource && `${result.resource.type.split(":").at(-1)} ${result.resource.name}`, result.location && pc.dim(`${result.location.file}:${result.location.line}`)].filter(Boolean).join("  ");
    const lines = [
        `${colour(result.outcome)}  ${pc.bold(result.rule)}  ${result.severity}  ${place}`,
        `  ${result.path === "" ? "" : `${pc.cyan(result.path)} `}${result.what}`,
        ...([["why", result.why], ["fix", result.fix], ["waived", result.waiver], ["note", result.note]] as const).flatMap(([name, text]) => (text ? [`  ${pc.dim(name)}  ${text}`] : [])),
    ];
    return lines.join("\n");
}

function hint(report: PolicyReport): string {
    const { violation } = countOf(report);
    return violation === 0 ? "" : pc.dim("npm run policy -- explain RULE tells more; docs/policy-operations.md tells how to have a rule waived\n");
}
