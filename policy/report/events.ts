/** Makes a report of what the engine told: from our own preview, or from the events that pulumi itself writes. */
import type { Rule } from "../src/core/rule";
import { partsOf } from "./message";
import { sorted, type PolicyReport, type Result } from "./model";

/** A policy event of the engine, as far as reports need it. */
export interface Told {
    policy: string;
    level: string;
    message: string;
    urn?: string;
}

export function reportOf(told: readonly Told[], rules: readonly Rule[], about: Pick<PolicyReport, "subject" | "environment" | "resources">): PolicyReport {
    const severities = new Map(rules.map(({ id, severity }) => [id, severity]));
    // The count of what is undetermined is for people who see nothing but messages; here each has its own result.
    const results = told.filter(({ policy }) => policy !== "undetermined").map(({ policy, level, message, urn }): Result => {
        const { undetermined, path, what, why, fix, waiver, note } = partsOf(message);
        const outcome = level === "mandatory" ? "violation" : waiver !== undefined ? "waived" : undetermined ? "undetermined" : "advice";
        return {
            rule: policy,
            outcome,
            severity: severities.get(policy) ?? "high",
            ...(urn && !urn.includes("::pulumi:pulumi:Stack::") && { resource: resourceOf(urn) }),
            path,
            what: undetermined ? `cannot be decided: it ${what}` : what,
            why,
            fix,
            ...(waiver && { waiver }),
            ...(note && { note }),
        };
    });
    return { kind: "check", ...about, time: new Date().toISOString(), results: sorted(results) };
}

/** The policy events among the lines that `pulumi preview --json` writes with streaming on, or an event log. */
export function eventsIn(text: string): { told: Told[]; resources: number } | undefined {
    const told: Told[] = [];
    let events = 0;
    let resources = 0;
    for (const line of text.split("\n")) {
        const event = parsed(line);
        if (event === undefined) continue;
        events++;
        if (event.resourcePreEvent) resources++;
        const policy = event.policyEvent;
        if (policy) told.push({ policy: policy.policyName, level: policy.enforcementLevel, message: policy.message, urn: policy.resourceUrn });
    }
    return events === 0 ? undefined : { told, resources };
}

interface EngineEvent {
    sequence?: number;
    resourcePreEvent?: unknown;
    policyEvent?: { policyName: string; enforcementLevel: string; message: string; resourceUrn?: string };
}

function parsed(line: string): EngineEvent | undefined {
    if (!line.startsWith("{")) return undefined;
    try {
        const event = JSON.parse(line) as EngineEvent;
        return "sequence" in event || "timestamp" in event ? event : undefined;
    } catch {
        return undefined;
    }
}

function resourceOf(urn: string): Result["resource"] {
    const [, , types = "", ...name] = urn.split("::");
    return { urn, type: types.split("$").at(-1)!, name: name.join("::") };
}
