/**
 * Volumes for claims, as folders of the machine. A claim of one of our storage classes gets a local volume;
 * when the volume is released, its class decides whether the folder goes or stays for the next claim of that name.
 */
import { chmodSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ApiError, Informer, type KubeClient, type KubeObject } from "./api";
import { coalesce } from "./coalesce";
import { nodeName } from "./installation";

export const provisioner = "agent-platform.local/folder";
/** The default class: the data go when the claim is deleted. */
export const defaultClass = "local";
/** Data stay when the claim is deleted, and the next claim of the same name has them again. */
export const retainingClass = "local-retain";

export interface Claim extends KubeObject {
    spec: { storageClassName?: string; volumeName?: string; accessModes: string[]; volumeMode?: string; resources: { requests?: { storage?: string } } };
    status?: { phase?: string };
}

export interface Volume extends KubeObject {
    spec: { storageClassName?: string; persistentVolumeReclaimPolicy: "Retain" | "Delete"; claimRef?: { name: string; namespace: string; uid?: string }; local?: { path: string } };
    status?: { phase?: string };
}

export type VolumeAction =
    | { do: "create"; claim: Claim; retain: boolean }
    | { do: "rebind"; volume: Volume; claim: Claim }
    | { do: "delete"; volume: Volume };

/** Pure: what there is to do for these claims and volumes. */
export function planVolumes(claims: readonly Claim[], volumes: readonly Volume[]): VolumeAction[] {
    const actions: VolumeAction[] = [];
    const ours = volumes.filter(volume => volume.metadata.annotations?.["pv.kubernetes.io/provisioned-by"] === provisioner && !volume.metadata.deletionTimestamp);
    for (const claim of claims) {
        const pending = claim.status?.phase !== "Bound" && !claim.spec.volumeName && !claim.metadata.deletionTimestamp;
        if (!pending || !isOurClass(claim.spec.storageClassName) || claim.spec.volumeMode === "Block") continue;
        const former = ours.find(volume => refersTo(volume, claim));
        if (!former) actions.push({ do: "create", claim, retain: claim.spec.storageClassName === retainingClass });
        else if (former.status?.phase === "Released" && former.spec.persistentVolumeReclaimPolicy === "Retain" && former.spec.claimRef?.uid) actions.push({ do: "rebind", volume: former, claim });
    }
    for (const volume of ours) {
        if (volume.status?.phase === "Released" && volume.spec.persistentVolumeReclaimPolicy === "Delete") actions.push({ do: "delete", volume });
    }
    return actions;
}

/** A volume that is to be deleted is nobody's any more; one that is kept waits for its claim's next life. */
function refersTo({ spec, status }: Volume, claim: Claim): boolean {
    if (spec.claimRef?.namespace !== claim.metadata.namespace || spec.claimRef?.name !== claim.metadata.name || spec.storageClassName !== claim.spec.storageClassName) return false;
    return spec.claimRef.uid === claim.metadata.uid || (spec.persistentVolumeReclaimPolicy === "Retain" && status?.phase !== "Bound") || spec.claimRef.uid === undefined;
}

function isOurClass(name: string | undefined): boolean {
    return name === defaultClass || name === retainingClass;
}

/** Runs until aborted. Every action can be repeated: what a killed run left half done is simply done again. */
export async function provisionVolumes(folder: string, client: KubeClient, signal: AbortSignal, log: (line: string) => void): Promise<void> {
    const failed = (error: unknown) => log(`volumes: ${error instanceof Error ? error.message : String(error)}`);
    const changed = coalesce(act, failed);
    const claims = new Informer<Claim>(client, "/api/v1/persistentvolumeclaims", changed, failed);
    const volumes = new Informer<Volume>(client, "/api/v1/persistentvolumes", changed, failed);

    async function act(): Promise<void> {
        if (!claims.synced || !volumes.synced) return;
        for (const action of planVolumes(claims.objects, volumes.objects)) {
            try {
                await perform(action, folder, client);
                log(`volumes: ${action.do} ${"claim" in action ? `${action.claim.metadata.namespace}/${action.claim.metadata.name}` : action.volume.metadata.name}`);
            } catch (error) {
                // Planned from what was seen a moment ago: the other party has been quicker.
                if (!(error instanceof ApiError && (error.status === 409 || error.status === 404))) throw error;
            }
        }
    }

    await Promise.all([claims.run(signal), volumes.run(signal)]);
    changed.stop();
}

async function perform(action: VolumeAction, folder: string, client: KubeClient): Promise<void> {
    if (action.do === "create") {
        const { metadata, spec } = action.claim;
        const path = join(folder, `${metadata.namespace}_${metadata.name}_${metadata.uid!.slice(0, 8)}`);
        mkdirSync(path, { recursive: true });
        // Which user a container runs as is not known here; only root can reach the folder from outside.
        chmodSync(path, 0o777);
        await client.create("/api/v1/persistentvolumes", {
            apiVersion: "v1", kind: "PersistentVolume",
            metadata: { name: `pvc-${metadata.uid}`, annotations: { "pv.kubernetes.io/provisioned-by": provisioner } },
            spec: {
                capacity: { storage: spec.resources.requests?.storage ?? "1Gi" }, accessModes: spec.accessModes, storageClassName: spec.storageClassName,
                persistentVolumeReclaimPolicy: action.retain ? "Retain" : "Delete",
                claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", name: metadata.name, namespace: metadata.namespace, uid: metadata.uid },
                local: { path },
                nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: [nodeName] }] }] } },
            },
        } as KubeObject);
    } else if (action.do === "rebind") {
        await client.mergePatch(`/api/v1/persistentvolumes/${action.volume.metadata.name}`, { metadata: { resourceVersion: action.volume.metadata.resourceVersion }, spec: { claimRef: { uid: action.claim.metadata.uid, resourceVersion: null } } });
    } else {
        const path = action.volume.spec.local?.path;
        // Renamed first, so that a killed deletion cannot be taken for data.
        if (path?.startsWith(`${folder}/`)) {
            const doomed = `${path}.deleted`;
            try {
                renameSync(path, doomed);
            } catch (error) {
                if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
            }
            rmSync(doomed, { recursive: true, force: true });
        }
        await client.remove(`/api/v1/persistentvolumes/${action.volume.metadata.name}`);
    }
}
