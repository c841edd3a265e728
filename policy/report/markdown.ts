/** Markdown for a comment on a change, or for a page that is kept. */
import { summary, type PolicyReport, type Result } from "./model";

const marks = { violation: "❌", advice: "⚠️", undetermined: "❔", waived: "➖" };

export function toMarkdown(report: PolicyReport): string {
    const verdict = report.results.some(({ outcome }) => outcome === "violation") ? "not allowed" : "allowed";
    const head = [`# Policy: ${escape(report.subject)} is ${verdict}`, "", `${summary(report)}. ${report.time}.`];
    if (report.results.length === 0) return `${head.join("\n")}\n`;
    const rows = report.results.map(result => `| ${marks[result.outcome]} ${result.outcome} | ${result.severity} | ${result.rule} | ${escape(placeOf(result))} | ${escape(`${result.path === "" ? "" : `\`${result.path}\` `}${result.what}`)} | ${escape(result.waiver ? `waived ${result.waiver}` : result.fix)} |`);
    return `${[...head, "", "| | severity | rule | resource | what | fix |", "|---|---|---|---|---|---|", ...rows].join("\n")}\n`;
}

function placeOf({ resource, location }: Result): string {
    return [resource && `${resource.type} ${resource.name}`, location && `${location.file}:${location.line}`].filter(Boolean).join(", ") || "as a whole";
}

function escape(text: string): string {
    return text.replace(/\\/g, "\\\\").replace(/\|/g, "\\|").replace(/</g, "&lt;").replace(/\s*\n\s*/g, " ");
}
