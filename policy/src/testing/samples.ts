/** What tests of several rooms of the pack share. Not part of the pack. */
import { evaluateResource, evaluateStack } from "../core/evaluate";
import type { Finding } from "../core/findings";
import { resourceOf, type Resource } from "../core/resource";
import type { Example, Rule } from "../core/rule";

/** Settings under which a rule is in force: rules of a blueprint are off where they are not asked for. */
export function inForce(rule: Rule): Readonly<Record<string, unknown>> {
    return rule.settings?.active ? { active: true } : {};
}

/** What a rule finds in an example, resource by resource or in the whole; each finding with the resource that it is about. */
export function findingsIn(rule: Rule, resources: readonly Resource[], settings: Readonly<Record<string, unknown>> = {}): readonly Finding[] {
    return rule.scope === "stack" ? evaluateStack(rule, resources, settings) : resources.flatMap(resource => evaluateResource(rule, resource, settings).map(finding => ({ ...finding, resource })));
}

/** The rules that object to an example, by id; of those of a blueprint only the one it is about. */
export function objecting(rules: readonly Rule[], example: Example, about: Rule): string[] {
    return rules.filter(rule => findingsIn(rule, example.resources, rule === about ? inForce(rule) : {}).some(finding => finding.kind === "violation" || finding.kind === "failure")).map(rule => rule.id);
}

/** A pod as a resource. */
export function pod(spec: unknown, metadata: unknown = { name: "p", namespace: "n" }): Resource {
    return resourceOf("kubernetes:core/v1:Pod", "p", { apiVersion: "v1", kind: "Pod", metadata, spec });
}

/** The kinds of what was found, in short. */
export function kinds(findings: readonly Finding[]): string[] {
    return findings.map(finding => finding.kind);
}
