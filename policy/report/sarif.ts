/** SARIF 2.1.0, which code hosts show beside the code. Fingerprints name rule, resource and place, so a result keeps its identity from run to run. */
import { createHash } from "node:crypto";
import type { Rule } from "../src/core/rule";
import type { PolicyReport, Result } from "./model";

/** @param fileOf the file to show for what stands in none, such as the stack's own */
export function toSarif(report: PolicyReport, rules: readonly Rule[], version: string, fileOf: (result: Result) => string): unknown {
    const used = [...new Set(report.results.map(({ rule }) => rule))].sort();
    const indexes = new Map(used.map((id, index) => [id, index]));
    const prints = numbered(report.results.map(fingerprint));
    return {
        $schema: "https://json.schemastore.org/sarif-2.1.0.json",
        version: "2.1.0",
        runs: [{
            tool: { driver: { name: "agent-platform policy", version, informationUri: "https://www.pulumi.com/docs/using-pulumi/crossguard/", rules: used.map(id => describe(id, rules.find(rule => rule.id === id))) } },
            automationDetails: { id: `policy/${report.kind}/${report.environment}/` },
            columnKind: "utf16CodeUnits",
            invocations: [{ executionSuccessful: true, endTimeUtc: report.time }],
            results: report.results.map((result, index) => resultOf(result, indexes.get(result.rule)!, prints[index]!, fileOf)),
        }],
    };
}

/** The same for the same rule, resource and place, wherever in the file it stands. */
export function fingerprint({ rule, resource, path, location }: Result): string {
    return createHash("sha256").update([rule, resource?.urn ?? "", path, resource ? "" : location?.file ?? ""].join("\0")).digest("hex").slice(0, 32);
}

/** A rule may find several things at one place: `x:1`, `x:2`. */
function numbered(prints: readonly string[]): string[] {
    const seen = new Map<string, number>();
    return prints.map(print => {
        seen.set(print, (seen.get(print) ?? 0) + 1);
        return `${print}:${seen.get(print)}`;
    });
}

function describe(id: string, rule: Rule | undefined): unknown {
    if (!rule) return { id, shortDescription: { text: id === "undetermined" ? "How much could not be decided" : "Waivers are exact, justified, in use and not expired" } };
    return {
        id,
        name: id,
        shortDescription: { text: rule.title },
        fullDescription: { text: rule.what },
        help: { text: `${rule.why}\n${rule.remediation.join("\n")}`, markdown: `**Why** ${rule.why}\n\n**Fix** ${rule.remediation.join(" ")}` },
        defaultConfiguration: { level: rule.strictness === "advisory" ? "warning" : "error" },
        properties: { tags: ["security", ...rule.references.map(({ framework, control }) => `${framework} ${control}`)], "security-severity": { critical: "9.5", high: "8.0", medium: "5.5", low: "2.0" }[rule.severity], precision: "high" },
    };
}

function resultOf(result: Result, ruleIndex: number, print: string, fileOf: (result: Result) => string): unknown {
    const open = result.outcome === "undetermined";
    const urn = result.resource?.urn;
    return {
        ruleId: result.rule,
        ruleIndex,
        // What could not be decided is no failure: SARIF calls that open.
        kind: open ? "open" : "fail",
        level: open ? "none" : result.outcome === "violation" ? "error" : result.outcome === "advice" ? "warning" : "note",
        message: { text: [`${result.path === "" ? "" : `${result.path} `}${result.what}`, result.why, result.fix, result.note].filter(Boolean).join("\n") },
        locations: [{
            physicalLocation: { artifactLocation: { uri: encodeURI(result.location?.file ?? fileOf(result)) }, region: { startLine: result.location?.line ?? 1 } },
            ...(urn !== undefined && { logicalLocations: [{ fullyQualifiedName: result.path === "" ? urn : `${urn}#${result.path}`, name: result.resource!.name, kind: "resource" }] }),
        }],
        partialFingerprints: { "agentPlatformPolicy/v1": print },
        ...(result.waiver && { suppressions: [{ kind: "external", status: "accepted", justification: result.waiver }] }),
    };
}
