/** Rules of the portable blueprint: what it must do without, so that it runs on any Kubernetes. */
import type { Findings } from "../core/findings";
import { resourceOf, type Resource } from "../core/resource";
import type { Example, Reference, ResourceRule } from "../core/rule";
import type { SettingsSchema } from "../core/settings";
import { kindOf } from "../kubernetes/kinds";
import { imagesOf } from "../kubernetes/images/places";
import { parseImage } from "../kubernetes/images/reference";

/** Switches a rule on. Where it is off, the rule says nothing. */
export const activeSetting: SettingsSchema = {
    active: { type: "boolean", default: false, description: "Whether the rule is in force; policy/config/blueprints/portable.json switches it on." },
};

type Parts = Pick<ResourceRule, "id" | "title" | "what" | "why" | "remediation" | "compliant" | "violating"> & {
    readonly section: string;
    /** Types, besides Kubernetes objects, that the rule looks at. */
    applies(type: string): boolean;
    checkResource(resource: Resource, findings: Findings): void;
};

export function portableRule({ section, applies, checkResource, ...parts }: Parts): ResourceRule {
    const reference: Reference = { framework: "Requirements of the portable blueprint", version: "004", control: section };
    return {
        ...parts,
        severity: "medium",
        strictness: "mandatory",
        references: [reference],
        settings: activeSetting,
        scope: "resource",
        applies: type => kindOf(type) !== undefined || applies(type),
        check(resource, settings, findings) {
            if (settings.flag("active")) checkResource(resource, findings);
        },
    };
}

/** Finds a resource of a type that must not be. */
export function forbidType({ type }: Resource, forbidden: RegExp, what: string, findings: Findings): void {
    if (forbidden.test(type)) findings.violation("", what);
}

/** Finds custom resources of forbidden groups, such as those of an operator. */
export function forbidGroups({ type }: Resource, forbidden: RegExp, what: string, findings: Findings): void {
    const group = kindOf(type)?.group;
    if (group !== undefined && forbidden.test(group)) findings.violation("", what);
}

/** Finds containers of forbidden software, by the last part of their image's name. */
export function forbidImages(resource: Resource, forbidden: RegExp, what: string, findings: Findings): void {
    if (!kindOf(resource.type)) return;
    const { places, unsearched } = imagesOf(resource);
    for (const place of unsearched) findings.undetermined(place);
    for (const { value } of places) {
        if (value.unknown) findings.undetermined(value);
        const image = value.text === undefined ? undefined : parseImage(value.text);
        if (image && forbidden.test(image.repository.split("/").at(-1)!)) findings.violation(value, what);
    }
}

/** Finds charts of forbidden software. */
export function forbidCharts({ type, properties }: Resource, forbidden: RegExp, what: string, findings: Findings): void {
    const chart = properties.at("chart");
    if (/^kubernetes:helm\.sh\//.test(type) && chart.text !== undefined && forbidden.test(chart.text.split("/").at(-1)!)) findings.violation(chart, what);
}

/** An example of one resource of any type. */
export function one(type: string, content: Record<string, unknown>): Example {
    return { resources: [resourceOf(type, "shop", content)], shown: { place: type.slice(type.lastIndexOf(":") + 1), content } };
}
