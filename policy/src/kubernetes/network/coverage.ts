import type { Findings } from "../../core/findings";
import { resourceOf, type Resource } from "../../core/resource";
import type { StackRule } from "../../core/rule";
import type { Value } from "../../core/value";
import { objectResource, objects, soundDeployment } from "../examples";
import { cis, nsa } from "../frameworks";
import { kindOf } from "../kinds";
import { namespaceOf, objectsOf, type KubernetesObject } from "../objects";
import { podsOf } from "../pods";

type Direction = "Ingress" | "Egress";
const directions: readonly Direction[] = ["Ingress", "Egress"];

const deployment = resourceOf("kubernetes:apps/v1:Deployment", "shop", soundDeployment());

export const networkPolicyCoverage: StackRule = {
    id: "k8s-netpol-coverage",
    title: "Every namespace with workloads denies traffic by default, in and out",
    what: "In each namespace where the stack puts workloads there is a NetworkPolicy that selects all pods (an empty `podSelector`) for ingress, and one for egress, that does not let everything through again. Further policies then allow what is needed.",
    why: "Without such a policy every pod may talk to every other and to the internet: one compromised container reaches the database, the metadata service and its master's server.",
    severity: "high",
    strictness: "mandatory",
    references: [cis("5.3.2"), nsa("Network separation")],
    remediation: ["Add a NetworkPolicy to the namespace with `podSelector: {}` and `policyTypes: [Ingress, Egress]`, and one policy for each flow that is needed, DNS included."],
    settings: {
        exemptNamespaces: { type: "array", items: { type: "string" }, uniqueItems: true, default: ["kube-system"], description: "Namespaces whose policies are managed elsewhere." },
    },
    compliant: [objects(deployment, policy({ podSelector: {}, policyTypes: ["Ingress", "Egress"] }))],
    violating: [objects(deployment), objects(deployment, policy({ podSelector: {}, policyTypes: ["Ingress"] })), objects(deployment, policy({ podSelector: {}, policyTypes: ["Ingress", "Egress"], egress: [{}] }))],
    scope: "stack",
    group: "kubernetes-stack",
    check(all, settings, findings) {
        // In the preview of a cluster that is yet to be made, the engine shows a stack policy no properties at all.
        const resources = all.filter(resource => !kindOf(resource.type) || resource.properties.entries().length > 0);
        for (const unseen of all.filter(resource => !resources.includes(resource) && podsOf(resource).pods.length > 0)) findings.undetermined(unseen.properties.at("metadata", "namespace"), unseen);
        const policies = resources.filter(resource => kindOf(resource.type)?.kind === "NetworkPolicy" && kindOf(resource.type)?.builtin).flatMap(objectsOf);
        const namespaces = workloadNamespaces(resources, findings);
        for (const [name, workload] of namespaces) {
            if (settings.list("exemptNamespaces").includes(name)) continue;
            const subject = namespaceObject(resources, name) ?? workload;
            for (const direction of directions) {
                const answers = policies.map(candidate => covers(candidate, name, direction));
                if (answers.some(answer => answer === "yes")) continue;
                const doubt = answers.find(answer => typeof answer === "object");
                if (doubt) findings.undetermined(doubt.place, doubt.resource);
                else findings.violation("", `a namespace with workloads has no NetworkPolicy that denies ${direction.toLowerCase()} by default`, subject);
            }
        }
    },
};

/** Namespaces that get workloads, each with one of them. Workloads of an unknown namespace are undetermined. */
function workloadNamespaces(resources: readonly Resource[], findings: Findings): Map<string, Resource> {
    const found = new Map<string, Resource>();
    for (const resource of resources) {
        for (const pod of podsOf(resource).pods) {
            const namespace = namespaceOf(pod.object);
            if ("unknown" in namespace) findings.undetermined(namespace.unknown, resource);
            else if (!found.has(namespace.name)) found.set(namespace.name, resource);
        }
    }
    return found;
}

function namespaceObject(resources: readonly Resource[], name: string): Resource | undefined {
    return resources.find(resource => {
        const kind = kindOf(resource.type);
        return kind?.builtin && kind.kind === "Namespace" && resource.properties.at("metadata", "name").value === name;
    });
}

type Answer = "yes" | "no" | { place: Value; resource: Resource };

/** Whether a policy isolates all pods of a namespace in one direction. */
function covers(candidate: KubernetesObject, namespace: string, direction: Direction): Answer {
    const doubts: Value[] = [];
    const own = namespaceOf(candidate);
    if ("unknown" in own) doubts.push(own.unknown);
    else if (own.name !== namespace) return "no";
    const spec = candidate.properties.at("spec");
    for (const selector of [spec.at("podSelector", "matchLabels"), spec.at("podSelector", "matchExpressions")]) {
        if (selector.unknown) doubts.push(selector);
        else if (selector.isList ? selector.list().length > 0 : selector.entries().length > 0) return "no";
    }
    const isolates = namesDirection(spec, direction);
    if (typeof isolates === "object") doubts.push(isolates);
    else if (!isolates) return "no";
    for (const rule of spec.at(direction.toLowerCase()).list()) {
        const peers = rule.at(direction === "Ingress" ? "from" : "to");
        if (peers.unknown) doubts.push(peers);
        // A rule without peers lets through everyone: with ports, to these ports; without, everything.
        else if (peers.list().length === 0 && rule.at("ports").list().length === 0) return "no";
    }
    return doubts[0] ? { place: doubts[0], resource: candidate.resource } : "yes";
}

/** Ingress is meant unless policyTypes says otherwise; egress only where it is named or has rules. */
function namesDirection(spec: Value, direction: Direction): boolean | Value {
    const types = spec.at("policyTypes");
    if (types.unknown) return types;
    const listed = types.list();
    if (listed.some(type => type.value === direction)) return true;
    const unclear = listed.find(type => type.unknown);
    if (unclear) return unclear;
    if (listed.length > 0) return false;
    if (direction === "Ingress") return true;
    const rules = spec.at("egress");
    return rules.unknown ? rules : rules.list().length > 0;
}

function policy(spec: Record<string, unknown>): Resource {
    return objectResource("networking.k8s.io/v1", "NetworkPolicy", { metadata: { name: "default-deny", namespace: "shop" }, spec });
}
