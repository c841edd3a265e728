import { object } from "../examples";
import { cis } from "../frameworks";
import type { Findings } from "../../core/findings";
import type { ResourceRule } from "../../core/rule";
import type { Settings } from "../../core/settings";
import { isKind, kindOf } from "../kinds";
import { namespaceOf, objectsOf, type KubernetesObject } from "../objects";

const namespaced = isKind(
    "ConfigMap", "ControllerRevision", "CronJob", "CSIStorageCapacity", "DaemonSet", "Deployment", "DeploymentConfig", "Endpoints", "EndpointSlice", "Event", "HorizontalPodAutoscaler", "Ingress", "Job", "Lease",
    "LimitRange", "NetworkPolicy", "PersistentVolumeClaim", "Pod", "PodDisruptionBudget", "PodTemplate", "ReplicaSet", "ReplicationController", "ResourceClaim", "ResourceClaimTemplate", "ResourceQuota", "Role",
    "RoleBinding", "Secret", "Service", "ServiceAccount", "StatefulSet",
);

// What the cluster makes in namespaces by itself; it stands in exports, and hardening it is no new resident.
const ofTheCluster = new Set(["Service/kubernetes", "Endpoints/kubernetes", "EndpointSlice/kubernetes", "ServiceAccount/default", "ConfigMap/kube-root-ca.crt"]);

export const namespace: ResourceRule = {
    id: "k8s-namespace",
    title: "Objects say which namespace they belong to",
    what: "Every namespaced object has a `metadata.namespace` (or its provider has a namespace) that is neither `default` nor one of the cluster's own (`kube-…`). Custom resources may have none, but not one of these. What the cluster itself makes in `default`, such as its account `default`, is exempt.",
    why: "What has no namespace lands in `default`, or wherever the kubeconfig of the day points, beside things with other owners, quotas and policies.",
    severity: "low",
    strictness: "mandatory",
    references: [cis("5.6.4")],
    remediation: ["Set `metadata.namespace` to the namespace of the application."],
    settings: {
        exemptNamespaces: { type: "array", items: { type: "string" }, uniqueItems: true, default: [], description: "Namespaces that are allowed although they are reserved." },
    },
    compliant: [
        object("core/v1", "ConfigMap", { data: { "log-level": "info" } }),
        object("core/v1", "ServiceAccount", { metadata: { namespace: "default", name: "default" }, automountServiceAccountToken: false }),
        object("serving.knative.dev/v1", "Configuration", { metadata: { namespace: null }, spec: {} }),
    ],
    violating: [
        object("core/v1", "ConfigMap", { metadata: { namespace: null }, data: { "log-level": "info" } }),
        object("core/v1", "ConfigMap", { metadata: { namespace: "default" }, data: { "log-level": "info" } }),
        object("core/v1", "ConfigMap", { metadata: { namespace: "kube-system" }, data: { "log-level": "info" } }),
        object("serving.knative.dev/v1", "Configuration", { metadata: { namespace: "default" }, spec: {} }),
    ],
    scope: "resource",
    // Whether a custom resource has a namespace at all stands in its definition, which is elsewhere.
    applies: type => namespaced(type) || kindOf(type)?.builtin === false,
    check(resource, settings, findings) {
        for (const object of objectsOf(resource)) checkObject(object, settings, object.partial ? findings.under({ partial: true }) : findings);
    },
};

function checkObject(object: KubernetesObject, settings: Settings, findings: Findings): void {
    const place = object.properties.at("metadata", "namespace");
    if (!object.builtin && place.absent) return;
    const found = namespaceOf(object);
    if ("unknown" in found) findings.undetermined(found.unknown);
    else if (settings.list("exemptNamespaces").includes(found.name)) return;
    else if (found.name === "default") {
        if (!ofTheCluster.has(`${object.kind}/${object.properties.at("metadata", "name").text}`)) findings.violation(place, place.absent ? "is not set" : "is the namespace of everything without an owner");
    } else if (found.name.startsWith("kube-")) findings.violation(place, "belongs to the cluster itself");
}
