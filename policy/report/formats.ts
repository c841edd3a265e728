/** The formats in which a report can be had. */
import type { EffectiveRule } from "../src/environments";
import { toJunit } from "./junit";
import { toMarkdown } from "./markdown";
import type { PolicyReport } from "./model";
import { toSarif } from "./sarif";
import { toText } from "./text";

export const formats = ["text", "json", "sarif", "junit", "markdown"] as const;
export type Format = (typeof formats)[number];

export function render(report: PolicyReport, format: Format, rules: readonly EffectiveRule[]): string {
    switch (format) {
        case "text":
            return toText(report);
        case "json":
            return `${JSON.stringify(report, undefined, 2)}\n`;
        case "sarif":
            return `${JSON.stringify(toSarif(report, rules.map(({ rule }) => rule), version, () => (report.kind === "check" ? `Pulumi.${report.subject}.yaml` : report.subject)), undefined, 2)}\n`;
        case "junit":
            return toJunit(report, rules);
        case "markdown":
            return toMarkdown(report);
    }
}

const { version } = require("../package.json") as { version: string };
