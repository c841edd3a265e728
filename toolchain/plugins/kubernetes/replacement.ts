/** Which changes cannot be made to an existing object, so that a new one has to take its place. */
import { touches, type Changes } from "../sdk/diff";
import { isObject, type Props } from "../sdk/values";
import { groupOf } from "./objects";

/** Property paths per API group and kind; a path covers everything below it. */
const IMMUTABLE: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
    "": {
        PersistentVolumeClaim: ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName", "spec.volumeMode", "spec.dataSource", "spec.dataSourceRef"],
        PersistentVolume: ["spec.claimRef.namespace", "spec.claimRef.name", "spec.volumeMode", "spec.csi", "spec.hostPath", "spec.local", "spec.nfs", "spec.nodeAffinity"],
        ResourceQuota: ["spec.scopes"],
        Service: ["spec.clusterIP", "spec.type"],
    },
    apps: {
        Deployment: ["spec.selector"],
        ReplicaSet: ["spec.selector"],
        DaemonSet: ["spec.selector"],
        StatefulSet: ["spec.podManagementPolicy", "spec.revisionHistoryLimit", "spec.selector", "spec.serviceName", "spec.volumeClaimTemplates"],
    },
    batch: {
        Job: ["spec.selector", "spec.template", "spec.completionMode", "spec.manualSelector", "spec.podFailurePolicy"],
    },
    "rbac.authorization.k8s.io": {
        RoleBinding: ["roleRef"],
        ClusterRoleBinding: ["roleRef"],
    },
    "storage.k8s.io": {
        StorageClass: ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"],
        CSIDriver: ["spec"],
        VolumeAttachment: ["spec"],
    },
    "scheduling.k8s.io": {
        PriorityClass: ["value", "preemptionPolicy"],
    },
    "node.k8s.io": {
        RuntimeClass: ["handler"],
    },
    "networking.k8s.io": {
        IngressClass: ["spec.controller"],
    },
    "apiextensions.k8s.io": {
        CustomResourceDefinition: ["spec.group", "spec.names.kind", "spec.names.plural", "spec.scope"],
    },
    "cert-manager.io": {
        CertificateRequest: ["spec"],
    },
};

/** What may be changed in the specification of a running pod; everything else may not. */
const POD_MUTABLE = [/^spec\.(containers|initContainers)\[\d+\]\.image$/, /^spec\.activeDeadlineSeconds$/, /^spec\.tolerations(\[|$)/, /^spec\.terminationGracePeriodSeconds$/];

export interface Mutability {
    mutableSecrets: boolean;
    mutableConfigMaps: boolean;
}

/** The paths among `changes` that need a replacement, as the shortest prefix that says why. */
export function replacedBy(changes: Changes, before: Props, after: Props, mutability: Mutability): string[] {
    const paths = [...changes.keys()];
    if (before.kind !== after.kind || groupOf(String(before.apiVersion)) !== groupOf(String(after.apiVersion))) {
        return paths.filter((path) => touches(path, "kind") || touches(path, "apiVersion"));
    }
    const candidates = ["metadata.name", "metadata.namespace", ...immutableOf(before, mutability)];
    const found = candidates.filter((candidate) => paths.some((path) => touches(path, candidate) || touches(candidate, path)));
    if (after.kind === "Pod") found.push(...paths.filter((path) => touches(path, "spec") && !POD_MUTABLE.some((pattern) => pattern.test(path))));
    return found;
}

function immutableOf(object: Props, { mutableSecrets, mutableConfigMaps }: Mutability): readonly string[] {
    const group = groupOf(String(object.apiVersion));
    const frozen = object.immutable === true;
    // Replacing by default gives a changed Secret or ConfigMap a new name, so that whatever uses it is rolled out again.
    if (group === "" && object.kind === "Secret") return ["type", ...(frozen || !mutableSecrets ? ["data", "stringData"] : []), ...(frozen ? ["immutable"] : [])];
    if (group === "" && object.kind === "ConfigMap") return [...(frozen || !mutableConfigMaps ? ["data", "binaryData"] : []), ...(frozen ? ["immutable"] : [])];
    return IMMUTABLE[group]?.[String(object.kind)] ?? [];
}

/** Old and new cannot exist side by side when they bear the same name. */
export function sameName(before: Props, after: Props): boolean {
    const [old, now] = [before.metadata, after.metadata];
    return isObject(old) && isObject(now) && old.name === now.name && old.namespace === now.namespace;
}
