/** What holds in an environment, and what a single rule is about, for a person at a terminal. */
import { stringify } from "yaml";
import type { Example, Rule } from "../src/core/rule";
import { commonSettings } from "../src/core/settings";
import { effectiveRules, type Configuration, type EffectiveRule } from "../src/environments";

/** The effective table: every rule with its level, and the settings that are not the rule's own defaults. */
export function explainEnvironment(name: string, rules: readonly EffectiveRule[]): string {
    const rows = rules.map(({ rule, level, settings }) => [rule.id, rule.severity, level, settings.undetermined === "mandatory" ? "blocks" : "advises", changedSettings(rule, settings)]);
    const head = ["rule", "severity", "level", "undetermined", "settings"];
    const widths = head.map((title, column) => Math.max(title.length, ...rows.map(row => (column === head.length - 1 ? 0 : row[column]!.length))));
    const line = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd();
    const counts = ["mandatory", "remediate", "advisory", "disabled"].map(level => [rules.filter(rule => rule.level === level).length, level] as const).filter(([count]) => count > 0);
    return `${[head, ...rows].map(line).join("\n")}\n\n${rules.length} rules in ${name}: ${counts.map(([count, level]) => `${count} ${level}`).join(", ")}\n`;
}

/** The same for programs. */
export function environmentAsData(rules: readonly EffectiveRule[]): unknown[] {
    return rules.map(({ rule, level, settings }) => ({ rule: rule.id, title: rule.title, severity: rule.severity, level, waivable: rule.severity !== "critical", settings }));
}

/** Everything about one rule. */
export function explainRule(rule: Rule, environments: ReadonlyMap<string, Configuration>): string {
    const levels = [...environments].map(([name, configuration]) => `${name} ${effectiveRules([rule], configuration)[0]!.level}`);
    const settings = Object.entries({ ...commonSettings, ...rule.settings }).map(([name, schema]) => `  ${name}${schema.enum ? ` (${schema.enum.join(", ")})` : ""}: ${schema.description ?? ""} Default ${JSON.stringify(schema.default)}.`);
    return [
        `${rule.id}  ${rule.severity}`,
        `${rule.title}.`,
        `What     ${rule.what}`,
        `Why      ${rule.why}`,
        `Fix      ${rule.remediation.join("\n         ")}`,
        `Levels   ${levels.join(", ")}`,
        `Waivers  ${rule.severity === "critical" ? "none: the rule is critical" : "in policy/waivers.json, for one resource of one stack and for a time"}`,
        `Sources  ${rule.references.map(({ framework, version, control }) => `${framework} ${version}, ${control}`).join("\n         ")}`,
        `Settings\n${settings.join("\n")}`,
        example("Allowed", rule.compliant[0]),
        example(rule.strictness === "advisory" ? "Not advised" : "Refused", rule.violating[0]),
    ].join("\n\n").concat("\n");
}

function changedSettings(rule: Rule, settings: Readonly<Record<string, unknown>>): string {
    const own = Object.entries(rule.settings ?? {}).filter(([name, schema]) => JSON.stringify(settings[name]) !== JSON.stringify(schema.default));
    return own.map(([name]) => `${name}: ${Array.isArray(settings[name]) ? settings[name].join(" ") : String(settings[name])}`).join("; ");
}

function example(title: string, { shown }: Example): string {
    const documents = (Array.isArray(shown.content) ? shown.content : [shown.content]) as unknown[];
    const yaml = documents.map(document => stringify(document, { lineWidth: 0 }).trim()).join("\n---\n").replaceAll(/: null$/gm, ": # not set");
    return `${title} (${shown.place})\n${yaml.replace(/^/gm, "    ")}`;
}
