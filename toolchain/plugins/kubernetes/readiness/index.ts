/** When an object counts as ready, for every kind where that is not at once. */
import { setTimeout as sleep } from "node:timers/promises";
import { groupOf, idOf, type KubeObject } from "../objects";
import type { ClusterAccess } from "../cluster";
import { checkIngress, checkService } from "./networking";
import { checkPod } from "./pods";
import { because, condition, failed, ready, waiting, type Check, type Condition, type Progress } from "./progress";
import { checkClaim, checkVolume } from "./storage";
import { checkDaemonSet, checkDeployment, checkJob, checkReplicaSet, checkStatefulSet } from "./workloads";

/** As long as the official plugin waits when the program does not say. */
export const DEFAULT_TIMEOUT = 10 * 60 * 1000;
const PATIENCE = 15_000;

const CHECKS: Readonly<Record<string, Check>> = {
    "/Namespace": phase("Active"),
    "/Pod": checkPod,
    "/Service": checkService,
    "/PersistentVolumeClaim": checkClaim,
    "/PersistentVolume": checkVolume,
    "apps/Deployment": checkDeployment,
    "apps/StatefulSet": checkStatefulSet,
    "apps/DaemonSet": checkDaemonSet,
    "apps/ReplicaSet": checkReplicaSet,
    "batch/Job": checkJob,
    "networking.k8s.io/Ingress": checkIngress,
    "apiextensions.k8s.io/CustomResourceDefinition": conditionTrue("Established"),
    "apiregistration.k8s.io/APIService": conditionTrue("Available"),
};

/** Looks once. Kinds without a notion of readiness are ready. */
export async function checkReadiness(live: KubeObject, cluster: ClusterAccess): Promise<Progress> {
    if (live.metadata.annotations?.["pulumi.com/skipAwait"] === "true") return ready;
    return (await CHECKS[`${groupOf(live.apiVersion)}/${live.kind}`]?.(live, cluster)) ?? ready;
}

/** How long to wait: by the program's resource option, else by the object's annotation, else by default. */
export function timeoutOf(option: number, annotations: Record<string, string> | undefined): number {
    if (option > 0) return option;
    const seconds = Number(annotations?.["pulumi.com/timeoutSeconds"] ?? 0);
    return seconds > 0 ? seconds * 1000 : DEFAULT_TIMEOUT;
}

export interface Waiting {
    timeout: number;
    stopped(): boolean;
    tell(message: string): void;
}

/** Waits until the object is ready, and returns it as it then is, with the reason if it never was. */
export async function awaitReady(applied: KubeObject, cluster: ClusterAccess, options: Waiting): Promise<{ live: KubeObject; failure?: string }> {
    const id = idOf(applied.metadata);
    const until = Date.now() + options.timeout;
    let live = applied;
    let told = "";
    for (let pause = 150; ; pause = Math.min(pause * 1.5, 1500)) {
        const progress = await checkReadiness(live, cluster);
        if (progress.state === "ready") {
            // What was waited for is over; it must not stay beside the finished resource.
            if (told !== "") options.tell("");
            return { live };
        }
        if (progress.state === "failed") return { live, failure: `"${id}": ${progress.message}` };
        if (progress.message !== told) options.tell((told = progress.message));
        if (options.stopped()) return { live, failure: `"${id}": stopped while waiting: ${progress.message}` };
        if (Date.now() > until) return { live, failure: `"${id}" timed out waiting to be Ready after ${Math.round(options.timeout / 1000)} s: ${progress.message}` };
        await sleep(pause);
        const next = await cluster.find({ apiVersion: applied.apiVersion, kind: applied.kind, name: applied.metadata.name, namespace: applied.metadata.namespace }, PATIENCE);
        if (next === undefined) {
            // A finished Job may be cleaned away before it is looked at again.
            return live.kind === "Job" ? { live } : { live, failure: `"${id}" was deleted by someone else while it was awaited` };
        }
        live = next;
    }
}

function phase(wanted: string): Check {
    return async (live) => {
        const status = live.status as { phase?: string } | undefined;
        return status?.phase === wanted ? ready : waiting(`${live.kind} is ${status?.phase ?? "not yet observed"}`);
    };
}

function conditionTrue(type: string): Check {
    return async (live) => {
        const conditions = (live.status as { conditions?: Condition[] } | undefined)?.conditions;
        if (condition(conditions, type)?.status === "True") return ready;
        const refused = condition(conditions, "NamesAccepted");
        if (refused?.status === "False") return failed(because(refused));
        return waiting(`waiting for condition ${type}${because(condition(conditions, type)) ? `: ${because(condition(conditions, type))}` : ""}`);
    };
}
