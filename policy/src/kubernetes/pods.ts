/** Finds every pod that a resource describes: pods, the templates of all workload kinds, and templates inside custom resources. */
import type { Findings } from "../core/findings";
import type { Resource } from "../core/resource";
import type { ResourceRule } from "../core/rule";
import type { Settings } from "../core/settings";
import type { Value } from "../core/value";
import { kindOf } from "./kinds";
import { objectsOf, type KubernetesObject } from "./objects";
import { search } from "./search";

export interface Container {
    readonly value: Value;
    readonly role: "container" | "init" | "ephemeral";
    /** Shorthand for a path below `securityContext`. */
    security(...path: string[]): Value;
}

export interface Pod {
    readonly object: KubernetesObject;
    readonly metadata: Value;
    readonly spec: Value;
    readonly containers: readonly Container[];
    /** Only a part of the pod: a patch, or what an operator completes. */
    readonly partial: boolean;
    /** Shorthand for a path below `spec.securityContext`. */
    security(...path: string[]): Value;
}

const templates: Readonly<Record<string, readonly string[]>> = {
    Pod: [],
    PodTemplate: ["template"],
    Deployment: ["spec", "template"],
    StatefulSet: ["spec", "template"],
    DaemonSet: ["spec", "template"],
    ReplicaSet: ["spec", "template"],
    ReplicationController: ["spec", "template"],
    Job: ["spec", "template"],
    CronJob: ["spec", "jobTemplate", "spec", "template"],
    // OpenShift's elder sister of Deployment, once without a group of its own.
    DeploymentConfig: ["spec", "template"],
};
const templateGroups = new Set(["core", "apps", "batch", "extensions", "apps.openshift.io"]);

/** True for types that are, make, or may contain pods. */
export function mayHavePods(type: string): boolean {
    const kind = kindOf(type);
    if (!kind) return false;
    return kind.builtin ? templateGroups.has(kind.group) && Object.hasOwn(templates, kind.kind) : true;
}

export interface FoundPods {
    readonly pods: readonly Pod[];
    /** Where a custom resource was too deep or too unknown to search. */
    readonly unsearched: readonly Value[];
}

const found = new WeakMap<Resource, FoundPods>();

/** The pods of a resource; searched for once, because most rules ask. */
export function podsOf(resource: Resource): FoundPods {
    const before = found.get(resource);
    if (before) return before;
    const pods = searchFor(resource);
    found.set(resource, pods);
    return pods;
}

function searchFor(resource: Resource): FoundPods {
    const pods: Pod[] = [];
    const unsearched: Value[] = [];
    for (const object of mayHavePods(resource.type) ? objectsOf(resource) : []) {
        if (object.builtin) pods.push(podAt(object, object.properties.at(...templates[object.kind]!), object.partial));
        else searchCustomResource(object, pods, unsearched);
    }
    return { pods, unsearched };
}

type PodRuleParts = Omit<ResourceRule, "scope" | "applies" | "check"> & {
    checkPod(pod: Pod, settings: Settings, findings: Findings): void;
};

/** A rule about pods, wherever they are described. */
export function podRule(parts: PodRuleParts): ResourceRule {
    const { checkPod, ...rest } = parts;
    return {
        ...rest,
        scope: "resource",
        applies: mayHavePods,
        check(resource, settings, findings) {
            const { pods, unsearched } = podsOf(resource);
            for (const pod of pods) checkPod(pod, settings, pod.partial ? findings.under({ partial: true }) : findings);
            for (const place of unsearched) findings.undetermined(place);
        },
    };
}

function podAt(object: KubernetesObject, template: Value, partial: boolean): Pod {
    return podOf(object, template.at("metadata"), template.at("spec"), partial);
}

function podOf(object: KubernetesObject, metadata: Value, spec: Value, partial: boolean): Pod {
    const containers: Container[] = [];
    for (const [field, role] of [["initContainers", "init"], ["containers", "container"], ["ephemeralContainers", "ephemeral"]] as const) {
        for (const value of spec.at(field).list()) containers.push({ value, role, security: (...path) => value.at("securityContext", ...path) });
    }
    return { object, metadata, spec, containers, partial, security: (...path) => spec.at("securityContext", ...path) };
}

/** Operators that lay the templates of their resources over pods of their own, so that what is left out is set by them. */
const completed = new Set([
    "postgresql.cnpg.io", "elasticsearch.k8s.elastic.co", "kibana.k8s.elastic.co", "logstash.k8s.elastic.co", "beat.k8s.elastic.co", "agent.k8s.elastic.co", "apm.k8s.elastic.co", "enterprisesearch.k8s.elastic.co",
    "rabbitmq.com", "acid.zalan.do", "k8s.keycloak.org", "monitoring.coreos.com", "opensearch.opster.io", "loki.grafana.com", "tempo.grafana.com", "jaegertracing.io", "temporal.io",
]);

/** Keys under which custom resources keep a pod specification itself, without a template around it. */
const specKeys: readonly string[] = ["podSpec", "podSpecification"];

/**
 * Custom resources have no common shape, but what they hand to Kubernetes has: an object with `spec.containers`, or one
 * under a key that says what it is. At the top of a custom resource it is only what an operator merges into its own pod
 * (Prometheus does so).
 */
function searchCustomResource(object: KubernetesObject, pods: Pod[], unsearched: Value[]): void {
    const merged = completed.has(object.group);
    const visit = (value: Value, depth: number): boolean => {
        if (hasContainers(value.at("spec"))) pods.push(podAt(object, value, merged || depth === 0));
        for (const key of specKeys) {
            const spec = value.at(key);
            // What stands under such a key may also be a whole template, which is found when it is visited itself.
            if (hasContainers(spec)) pods.push(podOf(object, value.at("metadata"), spec, merged));
        }
        return true;
    };
    search(object.properties, visit, place => unsearched.push(place));
}

function hasContainers(spec: Value): boolean {
    const containers = spec.at("containers");
    return spec.isObject && (containers.isList || containers.unknown);
}
