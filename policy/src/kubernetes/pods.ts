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
};
const templateGroups = new Set(["core", "apps", "batch", "extensions"]);

/** True for types that are, make, or may contain pods. */
export function mayHavePods(type: string): boolean {
    const kind = kindOf(type);
    if (!kind) return false;
    return kind.builtin ? templateGroups.has(kind.group) && Object.hasOwn(templates, kind.kind) : true;
}

/** The pods of a resource, and the places where a custom resource was too deep or too unknown to search. */
export function podsOf(resource: Resource): { pods: readonly Pod[]; unsearched: readonly Value[] } {
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
    const spec = template.at("spec");
    const containers: Container[] = [];
    for (const [field, role] of [["initContainers", "init"], ["containers", "container"], ["ephemeralContainers", "ephemeral"]] as const) {
        for (const value of spec.at(field).list()) containers.push({ value, role, security: (...path) => value.at("securityContext", ...path) });
    }
    return { object, metadata: template.at("metadata"), spec, containers, partial, security: (...path) => spec.at("securityContext", ...path) };
}

/**
 * Custom resources have no common shape, but what they hand to Kubernetes has: an object with `spec.containers`.
 * At the top of a custom resource it is only what an operator merges into its own pod (Prometheus does so).
 */
function searchCustomResource(object: KubernetesObject, pods: Pod[], unsearched: Value[]): void {
    const visit = (value: Value, depth: number): boolean => {
        const spec = value.at("spec");
        const containers = spec.at("containers");
        if (spec.isObject && (containers.isList || containers.unknown)) pods.push(podAt(object, value, depth === 0));
        return true;
    };
    search(object.properties, visit, place => unsearched.push(place));
}
