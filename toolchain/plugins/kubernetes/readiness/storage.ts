/** When storage is there to be used. */
import type { V1PersistentVolume, V1PersistentVolumeClaim, V1StorageClass } from "@kubernetes/client-node";
import type { ClusterAccess } from "../cluster";
import type { KubeObject } from "../objects";
import { because, failed, lines, ready, waiting, type Progress } from "./progress";

export async function checkClaim(live: KubeObject, cluster: ClusterAccess): Promise<Progress> {
    const claim = live as unknown as V1PersistentVolumeClaim;
    if (claim.status?.phase === "Bound") return ready;
    if (claim.status?.phase === "Lost") return failed("the volume that the claim was bound to is gone");
    const name = claim.spec?.storageClassName;
    if (name) {
        const found = await cluster.find({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass", name });
        // Such a claim is bound when the first pod uses it; waiting here would keep that pod from being created.
        if ((found as unknown as V1StorageClass | undefined)?.volumeBindingMode === "WaitForFirstConsumer") return ready;
        if (found === undefined) return waiting(`there is no StorageClass "${name}"`);
    }
    return waiting(lines("waiting for a volume to be bound", await lastEvent(live, cluster)));
}

export async function checkVolume(live: KubeObject): Promise<Progress> {
    const { status } = live as unknown as V1PersistentVolume;
    if (status?.phase === "Available" || status?.phase === "Bound" || status?.phase === "Released") return ready;
    if (status?.phase === "Failed") return failed(lines("volume failed", because(status)));
    return waiting("waiting for the volume to become available");
}

async function lastEvent(live: KubeObject, cluster: ClusterAccess): Promise<string | undefined> {
    const events = await cluster.list("v1", "Event", live.metadata.namespace, { fieldSelector: `involvedObject.uid=${live.metadata.uid ?? ""}` });
    const last = events.at(-1);
    return typeof last?.message === "string" ? last.message : undefined;
}
