/** Things that go wrong in clouds, by configuration. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Journal } from "./journal";

export type Operation = "create" | "update" | "delete" | "read";

export type FaultName =
    /** Refused: too many already. */
    | "quota"
    /** Refused: no permission. */
    | "denied"
    /** The API does not answer in time; what was asked for is done all the same. */
    | "timeout"
    /** The object is made, but the operation fails: it has to be repaired by the next run. */
    | "after"
    /** Others cannot see the object for `milliseconds`. */
    | "eventual"
    /** The API is down for a moment; the plugin tries again, as the real ones do. */
    | "unavailable"
    /** Pulumi is killed before the object is written. */
    | "kill-before"
    /** It is killed after the object is written and before Pulumi knows. */
    | "kill-after";

export interface Rule {
    fault: FaultName;
    /** Type tokens or their ends, e.g. `Subnetwork`; all by default. */
    type?: string;
    /** Names in the program; all by default. */
    name?: string;
    /** @default create */
    operation?: Operation | "any";
    /** How often it happens. @default 1 */
    times?: number;
    /** Passes over so many operations first. @default 0 */
    skip?: number;
    /** For `eventual`. @default 2000 */
    milliseconds?: number;
    /** Tells two rules apart that are alike: how often each has happened is remembered over runs. */
    label?: string;
}

export interface FaultPlan {
    /** Milliseconds that each operation takes, or least and most. @default 0 */
    latency?: number | [number, number];
    /** Most objects of a type. */
    quotas?: Record<string, number>;
    rules?: Rule[];
}

/** With the way to end the run at a moment of the plan's choosing. */
export interface FaultPlanOfRun extends FaultPlan {
    kill(): void;
}

export function readFaultPlan(path: string | undefined): FaultPlan {
    return path === undefined || path === "" ? {} : (JSON.parse(readFileSync(path, "utf8")) as FaultPlan);
}

export class Faults {
    constructor(private readonly plan: FaultPlanOfRun, private readonly journal: Journal) {}

    async delay(): Promise<void> {
        const { latency = 0 } = this.plan;
        const milliseconds = typeof latency === "number" ? latency : latency[0] + Math.random() * (latency[1] - latency[0]);
        if (milliseconds > 0) await sleep(milliseconds);
    }

    /** Ends the run at this very moment. Whatever would be answered has nobody to hear it, so there is no answer. */
    async kill(): Promise<never> {
        this.plan.kill();
        return new Promise(() => undefined);
    }

    quotaOf(type: string): number | undefined {
        return Object.entries(this.plan.quotas ?? {}).find(([name]) => matches(type, name))?.[1];
    }

    /** The fault that this operation meets, if any; each is counted, in the journal, so that it happens as often as it should over all runs. */
    async meet(operation: Operation, type: string, name: string): Promise<Rule | undefined> {
        const candidates = (this.plan.rules ?? []).map((rule, index) => ({ rule, key: `faults|${index}|${JSON.stringify(rule)}` })).filter(({ rule }) =>
            (rule.operation === "any" ? operation !== "read" : (rule.operation ?? "create") === operation) && (rule.type === undefined || matches(type, rule.type)) && (rule.name === undefined || rule.name === name));
        if (candidates.length === 0) return undefined;
        return this.journal.change((change) => {
            for (const { rule, key } of candidates) {
                const met = Number(change.get(key)?.met ?? 0);
                const { skip = 0, times = 1 } = rule;
                if (met >= skip + times) continue;
                change.put(key, { met: met + 1 });
                if (met >= skip) return rule;
            }
            return undefined;
        });
    }
}

function matches(type: string, pattern: string): boolean {
    return type === pattern || type.endsWith(`:${pattern}`) || type.startsWith(`${pattern}:`);
}
