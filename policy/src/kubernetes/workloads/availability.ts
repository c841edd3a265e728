import type { Findings } from "../../core/findings";
import { resourceOf, type Resource } from "../../core/resource";
import type { StackRule } from "../../core/rule";
import type { Value } from "../../core/value";
import { merge } from "../../common/merge";
import { objectResource, objects, soundDeployment } from "../examples";
import { kubernetes } from "../frameworks";
import { namespaceOf, objectsOf, type KubernetesObject } from "../objects";

export const availability: StackRule = {
    id: "k8s-availability",
    title: "Workloads survive the loss of a node, and jobs come to an end",
    what: "Deployments and StatefulSets have two replicas (or an autoscaler that keeps two), a PodDisruptionBudget and a spread over nodes. Jobs have a `backoffLimit` and `ttlSecondsAfterFinished`, CronJobs a `concurrencyPolicy` other than Allow and a `startingDeadlineSeconds`. PersistentVolumeClaims name their storage class.",
    why: "One replica means an outage at each upgrade of a node; a job without limits fails for ever or leaves its pods behind; a claim without a class gets whatever the cluster's default is that day.",
    severity: "low",
    strictness: "advisory",
    references: [kubernetes("Disruptions"), kubernetes("Pod Topology Spread Constraints")],
    remediation: ["Set `replicas: 2`, a PodDisruptionBudget and `topologySpreadConstraints`; give jobs limits and claims a storage class."],
    compliant: [
        objects(resourceOf("kubernetes:apps/v1:Deployment", "shop", soundDeployment()), budget(), objectResource("networking.k8s.io/v1", "NetworkPolicy", { metadata: { name: "default-deny" }, spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] } })),
    ],
    violating: [
        objects(resourceOf("kubernetes:apps/v1:Deployment", "shop", merge(soundDeployment(), { spec: { replicas: 1 } })), budget()),
        objects(resourceOf("kubernetes:apps/v1:Deployment", "shop", soundDeployment())),
        objects(objectResource("core/v1", "PersistentVolumeClaim", { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } })),
    ],
    scope: "stack",
    group: "kubernetes-stack",
    check(resources, _settings, findings) {
        const all = resources.flatMap(objectsOf).filter(object => object.builtin && !object.partial);
        for (const object of all) {
            if (object.kind === "Deployment" || object.kind === "StatefulSet") checkWorkload(object, all, findings);
            else if (object.kind === "Job") checkJob(object, object.properties.at("spec"), findings);
            else if (object.kind === "CronJob") checkCronJob(object, findings);
            else if (object.kind === "PersistentVolumeClaim") expect(object, object.properties.at("spec", "storageClassName"), value => typeof value === "string", "is not set", findings);
        }
    },
};

function checkWorkload(object: KubernetesObject, all: readonly KubernetesObject[], findings: Findings): void {
    const spec = object.properties.at("spec");
    if (spec.unknown) return findings.undetermined(spec, object.resource);
    const replicas = spec.at("replicas");
    const autoscaler = all.find(other => other.kind === "HorizontalPodAutoscaler" && sameNamespace(other, object) && scales(other, object));
    const count = autoscaler ? autoscaler.properties.at("spec", "minReplicas") : replicas;
    if (count.unknown) findings.undetermined(count, object.resource);
    else if (typeof count.value !== "number" || count.value < 2) findings.violation(replicas, "leaves the workload with one replica", object.resource);
    const pod = spec.at("template", "spec");
    const spread = [pod.at("topologySpreadConstraints"), pod.at("affinity", "podAntiAffinity")];
    const unclear = spread.find(place => place.unknown);
    if (unclear && spread.every(place => !place.known)) findings.undetermined(unclear, object.resource);
    else if (spread.every(place => place.absent)) findings.violation(spread[0]!, "is not set, so all replicas may be on one node", object.resource);
    const labels = spec.at("template", "metadata", "labels");
    const budgets = all.filter(other => other.kind === "PodDisruptionBudget" && sameNamespace(other, object));
    if (!budgets.some(budget => selects(budget.properties.at("spec", "selector"), labels))) findings.violation("", "has no PodDisruptionBudget", object.resource);
}

function checkJob(object: KubernetesObject, spec: Value, findings: Findings): void {
    for (const field of ["backoffLimit", "ttlSecondsAfterFinished"]) expect(object, spec.at(field), value => typeof value === "number", "is not set", findings);
}

function checkCronJob(object: KubernetesObject, findings: Findings): void {
    const spec = object.properties.at("spec");
    expect(object, spec.at("concurrencyPolicy"), value => value === "Forbid" || value === "Replace", "lets runs pile up", findings);
    expect(object, spec.at("startingDeadlineSeconds"), value => typeof value === "number", "is not set", findings);
    expect(object, spec.at("jobTemplate", "spec", "backoffLimit"), value => typeof value === "number", "is not set", findings);
}

function expect(object: KubernetesObject, place: Value, good: (raw: unknown) => boolean, what: string, findings: Findings): void {
    if (place.unknown) findings.undetermined(place, object.resource);
    else if (!good(place.value)) findings.violation(place, what, object.resource);
}

function sameNamespace(one: KubernetesObject, other: KubernetesObject): boolean {
    const [first, second] = [namespaceOf(one), namespaceOf(other)];
    // Where one is not known yet, it may be the same.
    return "unknown" in first || "unknown" in second || first.name === second.name;
}

function scales(autoscaler: KubernetesObject, workload: KubernetesObject): boolean {
    const target = autoscaler.properties.at("spec", "scaleTargetRef");
    const name = workload.properties.at("metadata", "name");
    return target.at("kind").value === workload.kind && (name.unknown || target.at("name").unknown || target.at("name").value === name.value);
}

/** True unless the selector surely passes by pods of these labels. */
function selects(selector: Value, labels: Value): boolean {
    if (selector.unknown || labels.unknown) return true;
    return selector.at("matchLabels").entries().every(([name, wanted]) => wanted.unknown || labels.at(name).unknown || labels.at(name).value === wanted.value);
}

function budget(): Resource {
    return objectResource("policy/v1", "PodDisruptionBudget", { spec: { minAvailable: 1, selector: { matchLabels: { "app.kubernetes.io/name": "shop" } } } });
}
