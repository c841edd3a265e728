/** What becomes of a finding: whether it may block, and what a person reads. The engine and scans decide alike. */
import { messageOf } from "./evaluate";
import type { Finding } from "./findings";
import type { Resource } from "./resource";
import type { Rule } from "./rule";
import type { Waiver, Waivers } from "./waivers";

/** The annotation by which the author of a Kubernetes object asks for waivers: names of rules. It grants nothing. */
export const requestAnnotation = "policy.agent-platform/waiver-request";

export interface Decision {
    /** A violation blocks where the rule's level is mandatory; the others never do. */
    readonly outcome: "violation" | "advice" | "undetermined" | "waived";
    readonly message: string;
    readonly waiver?: Waiver;
}

/**
 * @param resource the one it is about
 * @param undetermined the rule's setting of this name
 */
export function decide(rule: Rule, finding: Finding, resource: Resource | undefined, undetermined: unknown, waivers: Waivers): Decision {
    const message = messageOf(rule, finding);
    if (finding.kind === "advice") return { outcome: "advice", message };
    if (finding.kind === "undetermined" && undetermined !== "mandatory") return { outcome: "undetermined", message };
    const waiver = resource && waivers.find(rule, finding, resource);
    if (waiver) return { outcome: "waived", waiver, message: `${message}\n  waived  until ${waiver.expires} by ${waiver.owner}, ${waiver.ticket}: ${waiver.reason}` };
    const asked = resource && asksFor(rule, resource) ? "\n  note  The resource asks for a waiver; only an entry in policy/waivers.json grants one." : "";
    return { outcome: "violation", message: `${message}${asked}` };
}

function asksFor(rule: Rule, resource: Resource): boolean {
    const request = resource.properties.at("metadata", "annotations", requestAnnotation).text;
    return request !== undefined && request.split(/[\s,]+/).includes(rule.id);
}
