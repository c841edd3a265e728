/** Why pods are not running, in words. */
import type { V1ContainerStatus, V1LabelSelector, V1Pod } from "@kubernetes/client-node";
import type { ClusterAccess } from "../cluster";
import { idOf, type KubeObject } from "../objects";
import { because, condition, failed, lines, ready, waiting, type Progress } from "./progress";

export async function checkPod(live: KubeObject): Promise<Progress> {
    const pod = live as unknown as V1Pod;
    if (pod.status?.phase === "Succeeded") return ready;
    if (pod.status?.phase === "Failed") return failed(troubleOf(pod) ?? lines("pod failed", because(pod.status)));
    if (condition(pod.status?.conditions, "Ready")?.status === "True") return ready;
    return waiting(troubleOf(pod) ?? `pod is ${pod.status?.phase ?? "Pending"}`);
}

/** What keeps the pods of a workload from running; nothing while they are merely on their way. */
export async function podTrouble(live: KubeObject, selector: V1LabelSelector | undefined, cluster: ClusterAccess): Promise<string | undefined> {
    const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`);
    if (labels.length === 0) return undefined;
    const pods = (await cluster.list("v1", "Pod", live.metadata.namespace, { labelSelector: labels.join(",") })) as unknown as V1Pod[];
    const troubles = new Set(pods.map(troubleOf).filter((trouble) => trouble !== undefined));
    return troubles.size === 0 ? undefined : [...troubles].join("; ");
}

export function troubleOf(pod: V1Pod): string | undefined {
    const name = idOf({ name: pod.metadata?.name ?? "?", namespace: pod.metadata?.namespace });
    const scheduled = condition(pod.status?.conditions, "PodScheduled");
    if (scheduled?.status === "False") return `[Pod ${name}] cannot be scheduled: ${because(scheduled)}`;
    const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    const troubles = containers.map(containerTrouble).filter((trouble) => trouble !== undefined);
    if (troubles.length > 0) return `[Pod ${name}] ${troubles.join(", ")}`;
    return pod.status?.phase === "Failed" ? `[Pod ${name}] ${because(pod.status) || "failed"}` : undefined;
}

/** States through which every container passes say nothing. */
const ORDINARY = new Set(["ContainerCreating", "PodInitializing", "Completed"]);

function containerTrouble(container: V1ContainerStatus): string | undefined {
    const { waiting: wait, terminated } = container.state ?? {};
    if (wait?.reason !== undefined && !ORDINARY.has(wait.reason)) {
        const last = container.lastState?.terminated;
        return `container ${container.name}: ${because(wait)}${last === undefined ? "" : ` (last exit code ${last.exitCode}${last.message ? `: ${last.message.trim()}` : ""})`}`;
    }
    if (terminated !== undefined && terminated.exitCode !== 0) return `container ${container.name} exited with ${terminated.exitCode}${because(terminated) ? ` (${because(terminated).trim()})` : ""}`;
    return undefined;
}
