import { object } from "../examples";
import { cis } from "../frameworks";
import { namespaceOf, objectRule } from "../objects";

export const namespace = objectRule({
    id: "k8s-namespace",
    title: "Objects say which namespace they belong to",
    what: "Every namespaced object has a `metadata.namespace` (or its provider has a namespace) that is neither `default` nor one of the cluster's own (`kube-…`).",
    why: "What has no namespace lands in `default`, or wherever the kubeconfig of the day points, beside things with other owners, quotas and policies.",
    severity: "low",
    strictness: "mandatory",
    references: [cis("5.6.4")],
    remediation: ["Set `metadata.namespace` to the namespace of the application."],
    settings: {
        exemptNamespaces: { type: "array", items: { type: "string" }, uniqueItems: true, default: [], description: "Namespaces that are allowed although they are reserved." },
    },
    compliant: [object("core/v1", "ConfigMap", { data: { "log-level": "info" } })],
    violating: [
        object("core/v1", "ConfigMap", { metadata: { namespace: null }, data: { "log-level": "info" } }),
        object("core/v1", "ConfigMap", { metadata: { namespace: "default" }, data: { "log-level": "info" } }),
        object("core/v1", "ConfigMap", { metadata: { namespace: "kube-system" }, data: { "log-level": "info" } }),
    ],
    kinds: [
        "ConfigMap", "ControllerRevision", "CronJob", "CSIStorageCapacity", "DaemonSet", "Deployment", "Endpoints", "EndpointSlice", "Event", "HorizontalPodAutoscaler", "Ingress", "Job", "Lease", "LimitRange",
        "NetworkPolicy", "PersistentVolumeClaim", "Pod", "PodDisruptionBudget", "PodTemplate", "ReplicaSet", "ReplicationController", "ResourceClaim", "ResourceClaimTemplate", "ResourceQuota", "Role", "RoleBinding",
        "Secret", "Service", "ServiceAccount", "StatefulSet",
    ],
    checkObject(object, settings, findings) {
        const place = object.properties.at("metadata", "namespace");
        const found = namespaceOf(object);
        if ("unknown" in found) findings.undetermined(found.unknown);
        else if (settings.list("exemptNamespaces").includes(found.name)) return;
        else if (found.name === "default") findings.violation(place, place.absent ? "is not set" : "is the namespace of everything without an owner");
        else if (found.name.startsWith("kube-")) findings.violation(place, "belongs to the cluster itself");
    },
});
