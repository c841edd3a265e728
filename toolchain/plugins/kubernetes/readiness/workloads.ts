/** When the things that run pods have done what they were asked to. */
import type { V1DaemonSet, V1Deployment, V1Job, V1ReplicaSet, V1StatefulSet } from "@kubernetes/client-node";
import type { ClusterAccess } from "../cluster";
import type { KubeObject } from "../objects";
import { podTrouble } from "./pods";
import { because, condition, failed, lines, ready, waiting, type Progress } from "./progress";

export async function checkDeployment(live: KubeObject, cluster: ClusterAccess): Promise<Progress> {
    const { spec, status } = live as unknown as V1Deployment;
    if (spec?.paused) return ready;
    if (!observed(live, status)) return waiting("waiting for the Deployment to be observed");
    const wanted = spec?.replicas ?? 1;
    const [updated, total, available] = [status?.updatedReplicas ?? 0, status?.replicas ?? 0, status?.availableReplicas ?? 0];
    if (updated === wanted && total === wanted && available === wanted) return ready;
    const progressing = condition(status?.conditions, "Progressing");
    const failure = condition(status?.conditions, "ReplicaFailure");
    const message = lines(
        updated < wanted ? `${updated} of ${wanted} replicas updated` : total > wanted ? `${total - wanted} old replicas still running` : `${available} of ${wanted} replicas available`,
        failure?.status === "True" ? because(failure) : undefined,
        await podTrouble(live, spec?.selector, cluster),
    );
    return progressing?.reason === "ProgressDeadlineExceeded" ? failed(lines(because(progressing), message)) : waiting(message);
}

export async function checkReplicaSet(live: KubeObject, cluster: ClusterAccess): Promise<Progress> {
    const { spec, status } = live as unknown as V1ReplicaSet;
    const wanted = spec?.replicas ?? 1;
    if (observed(live, status) && (status?.availableReplicas ?? 0) === wanted) return ready;
    return waiting(lines(`${status?.availableReplicas ?? 0} of ${wanted} replicas available`, await podTrouble(live, spec?.selector, cluster)));
}

export async function checkStatefulSet(live: KubeObject, cluster: ClusterAccess): Promise<Progress> {
    const { spec, status } = live as unknown as V1StatefulSet;
    if (!observed(live, status)) return waiting("waiting for the StatefulSet to be observed");
    const wanted = spec?.replicas ?? 1;
    const partition = spec?.updateStrategy?.rollingUpdate?.partition ?? 0;
    const rolls = spec?.updateStrategy?.type !== "OnDelete";
    const updated = status?.updatedReplicas ?? 0;
    const rolledOut = !rolls || status?.currentRevision === status?.updateRevision || updated >= wanted - partition;
    if ((status?.readyReplicas ?? 0) === wanted && rolledOut) return ready;
    return waiting(lines(`${status?.readyReplicas ?? 0} of ${wanted} replicas ready`, rolledOut ? undefined : `${updated} updated`, await podTrouble(live, spec?.selector, cluster)));
}

export async function checkDaemonSet(live: KubeObject, cluster: ClusterAccess): Promise<Progress> {
    const { spec, status } = live as unknown as V1DaemonSet;
    if (!observed(live, status)) return waiting("waiting for the DaemonSet to be observed");
    const wanted = status?.desiredNumberScheduled ?? 0;
    const rolls = spec?.updateStrategy?.type !== "OnDelete";
    const [updated, available] = [status?.updatedNumberScheduled ?? 0, status?.numberAvailable ?? 0];
    if ((updated === wanted || !rolls) && available === wanted) return ready;
    return waiting(lines(`${available} of ${wanted} pods available`, updated === wanted ? undefined : `${updated} updated`, await podTrouble(live, spec?.selector, cluster)));
}

export async function checkJob(live: KubeObject, cluster: ClusterAccess): Promise<Progress> {
    const { spec, status } = live as unknown as V1Job;
    if (condition(status?.conditions, "Complete")?.status === "True" || spec?.suspend) return ready;
    const failure = condition(status?.conditions, "Failed");
    const trouble = await podTrouble(live, spec?.selector, cluster);
    if (failure?.status === "True") return failed(lines(`Job failed: ${because(failure)}`, trouble));
    if (status?.startTime === undefined) return waiting("waiting for the Job to start");
    return waiting(lines(`waiting for the Job to finish (${status.active ?? 0} active, ${status.succeeded ?? 0} succeeded, ${status.failed ?? 0} failed)`, trouble));
}

/** The controller has seen the object as it is now; before that its status describes an earlier one. */
function observed(live: KubeObject, status: { observedGeneration?: number } | undefined): boolean {
    return (status?.observedGeneration ?? 0) >= (live.metadata.generation ?? 0);
}
