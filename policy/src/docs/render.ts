/** Writes docs/policy.md from the rules, so that the page cannot say anything else than the pack does. */
import { stringify } from "yaml";
import { configSchemas } from "../core/levels";
import type { Example, Rule, Strictness } from "../core/rule";
import { effectiveRules, type Configuration } from "../environments";

const meaning: Readonly<Record<Strictness, string>> = {
    mandatory: "always",
    production: "in production",
    advisory: "never, it only advises",
};

/** The whole page. */
export function renderPage(rules: readonly Rule[], environments: ReadonlyMap<string, Configuration>): string {
    return `${[introduction(rules), table(rules, environments), ...rules.map(rule => section(rule)), groups(rules)].join("\n\n")}\n`;
}

function introduction(rules: readonly Rule[]): string {
    return [
        "# Policy",
        "",
        "This page is generated from the rules (`npm run docs -w policy`); a test fails when it is out of date.",
        "",
        `The policy pack looks at every resource before it exists and at the stack as a whole. It has ${rules.length} rules. A *mandatory* rule that is broken stops \`preview\` and \`up\`; an *advisory* one only says so. A rule that cannot decide because a value is not known yet reports *undetermined*: as an advice, or as a violation where the rule's setting \`undetermined\` is \`mandatory\`. It never lets the resource pass in silence.`,
        "",
        "`npm run up`, `npm run preview` and `npm run policy -- check` attach the pack; [policy-operations.md](policy-operations.md) tells how plain `pulumi` gets it, how rules are waived, and how reports are made. `npm run policy -- scan` holds files to the same rules.",
        "",
        "Messages name the rule, the place in the resource, why it matters and how to fix it. They never contain a value of the resource, because any value may be a secret.",
        "",
        "Levels and parameters of an environment stand in `policy/config/<environment>.json`. A rule of severity critical cannot be waived.",
        "",
        "The Pod Security rules follow `k8s.io/pod-security-admission`, the code that the API server enforces, in the profile and version that their settings name. `policy/reference` compares them with it.",
    ].join("\n");
}

function table(rules: readonly Rule[], environments: ReadonlyMap<string, Configuration>): string {
    const names = [...environments.keys()];
    const effective = names.map(name => new Map(effectiveRules(rules, environments.get(name)!).map(({ rule, level }) => [rule.id, level])));
    const rows = rules.map(rule => `| [${rule.id}](#${rule.id}) | ${rule.title} | ${rule.severity} | ${effective.map(levels => levels.get(rule.id)).join(" | ")} |`);
    return ["## All rules", "", `| rule | what holds | severity | ${names.join(" | ")} |`, `|---|---|---|${names.map(() => "---").join("|")}|`, ...rows].join("\n");
}

function section(rule: Rule): string {
    const parts = [
        `## ${rule.id}`,
        `**${rule.title}.** ${rule.what}`,
        `*Why.* ${rule.why}`,
        `*Fix.* ${rule.remediation.join(" ")}`,
        `Severity ${rule.severity}. Meant to stop a deployment: ${meaning[rule.strictness]}. ${rule.references.map(({ framework, version, control }) => `${framework} ${version}, ${control}`).join("; ")}.`,
        settings(rule),
        examples("Allowed", rule.compliant),
        examples(rule.strictness === "advisory" ? "Not advised" : "Refused", rule.violating),
    ];
    return parts.filter(part => part !== "").join("\n\n");
}

function settings(rule: Rule): string {
    const own = Object.entries(rule.settings ?? {});
    if (own.length === 0) return "";
    return ["Settings:", "", ...own.map(([name, schema]) => `- \`${name}\`${schema.enum ? ` (${schema.enum.join(", ")})` : ""}, by default \`${JSON.stringify(schema.default)}\`: ${schema.description ?? ""}`)].join("\n");
}

function examples(title: string, list: readonly Example[]): string {
    return list.map(({ shown }) => [`${title} (${shown.place}):`, "", "```yaml", yaml(shown.content), "```"].join("\n")).join("\n\n");
}

/** An example as YAML; several objects as several documents, and what the example removes as a remark. */
function yaml(content: unknown): string {
    const documents = Array.isArray(content) ? content : [content];
    return documents.map(document => stringify(document, { lineWidth: 0 }).trim()).join("\n---\n").replaceAll(/: null$/gm, ": # not set");
}

function groups(rules: readonly Rule[]): string {
    const schemas = configSchemas(rules);
    const stack = rules.filter(rule => rule.scope === "stack");
    const lines = [...new Set(stack.map(rule => rule.group))].map(group => `- \`${group}\`: ${Object.keys(schemas.get(group)!).map(id => `\`${id}\``).join(", ")}`);
    return ["## Rules that need the whole stack", "", "They share one policy a group, because each stack policy costs the engine a copy of the stack. Their settings, and their `level`, stand under the rule's name in the configuration of the group:", "", ...lines, "", "They run at the end, over what the resources came to: always preview before `up`."].join("\n");
}
