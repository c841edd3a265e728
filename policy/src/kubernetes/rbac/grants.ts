import type { Findings } from "../../core/findings";
import type { Value } from "../../core/value";

/** A right that is worth a look: any of the verbs on the resource. */
export interface Right {
    readonly group: string;
    readonly resource: string;
    readonly verbs: readonly string[];
    /** Said of the place that grants it. */
    readonly what: string;
}

/** Reports each of the rights that the rules of a Role or ClusterRole grant, wildcards included. */
export function reportRights(role: Value, rights: readonly Right[], findings: Findings, options: { unlessNamed?: boolean } = {}): void {
    for (const rule of role.at("rules").list()) {
        for (const right of rights) {
            const answer = grants(rule, right);
            if (answer === "no") continue;
            const names = rule.at("resourceNames");
            if (options.unlessNamed && names.list().some(name => name.known && name.value !== "")) continue;
            if (answer !== "yes") findings.undetermined(answer);
            else if (options.unlessNamed && names.unknown) findings.undetermined(names);
            else findings.violation(rule.at("resources"), right.what);
        }
    }
}

function grants(rule: Value, right: Right): "yes" | "no" | Value {
    const answers = [
        // The core group is the empty name; a rule without groups is read as meaning it.
        rule.at("apiGroups").absent ? (right.group === "" ? "yes" : "no") : contains(rule.at("apiGroups"), [right.group, "*"]),
        contains(rule.at("resources"), [right.resource, "*", ...wildcardsOf(right.resource)]),
        contains(rule.at("verbs"), [...right.verbs, "*"]),
    ] as const;
    if (answers.includes("no")) return "no";
    return answers.find(answer => answer !== "yes") ?? "yes";
}

/** Whether a list holds one of these: surely, surely not, or the place that is unknown. */
export function contains(list: Value, wanted: readonly string[]): "yes" | "no" | Value {
    const items = list.list();
    if (items.some(item => item.text !== undefined && wanted.includes(item.text))) return "yes";
    return items.find(item => item.unknown) ?? "no";
}

function wildcardsOf(resource: string): string[] {
    const subresource = resource.split("/")[1];
    return subresource === undefined ? [] : [`*/${subresource}`];
}
