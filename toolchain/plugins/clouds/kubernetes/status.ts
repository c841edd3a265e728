/** The status that controllers would write in the end: everything starts, and is ready at once. */
import type { KubeObject } from "../../kubernetes/objects";
import type { Props } from "../../sdk/values";
import type { Seed } from "../seed";

export function statusOf(object: KubeObject, seed: Seed): Props | undefined {
    return STATUSES[object.kind]?.(object, seed);
}

type Teller = (object: KubeObject, seed: Seed) => Props;

const condition = (type: string, reason: string): Props => ({ type, status: "True", reason, message: "", lastTransitionTime: "2026-01-01T00:00:00Z" });
const replicas = (object: KubeObject): number => (object.spec as { replicas?: number } | undefined)?.replicas ?? 1;
const observed = (object: KubeObject): Props => ({ observedGeneration: object.metadata.generation ?? 1 });

const STATUSES: Readonly<Record<string, Teller>> = {
    Namespace: () => ({ phase: "Active" }),
    Pod: () => ({ phase: "Running", conditions: [condition("Ready", "")] }),
    Deployment: (object) => ({ ...observed(object), replicas: replicas(object), updatedReplicas: replicas(object), readyReplicas: replicas(object), availableReplicas: replicas(object), conditions: [condition("Available", "MinimumReplicasAvailable"), condition("Progressing", "NewReplicaSetAvailable")] }),
    ReplicaSet: (object) => ({ ...observed(object), replicas: replicas(object), readyReplicas: replicas(object), availableReplicas: replicas(object) }),
    StatefulSet: (object) => ({ ...observed(object), replicas: replicas(object), readyReplicas: replicas(object), availableReplicas: replicas(object), currentReplicas: replicas(object), updatedReplicas: replicas(object), currentRevision: `${object.metadata.name}-1`, updateRevision: `${object.metadata.name}-1` }),
    DaemonSet: (object) => ({ ...observed(object), desiredNumberScheduled: 3, currentNumberScheduled: 3, updatedNumberScheduled: 3, numberReady: 3, numberAvailable: 3, numberMisscheduled: 0 }),
    Job: () => ({ startTime: "2026-01-01T00:00:00Z", completionTime: "2026-01-01T00:00:05Z", succeeded: 1, conditions: [condition("Complete", "CompletionsReached")] }),
    PersistentVolumeClaim: (object) => ({ phase: "Bound", accessModes: (object.spec as { accessModes?: string[] } | undefined)?.accessModes ?? [], capacity: (object.spec as { resources?: { requests?: Props } } | undefined)?.resources?.requests ?? {} }),
    PersistentVolume: () => ({ phase: "Available" }),
    Service: (object, seed) => ({ loadBalancer: isBalanced(object) ? { ingress: [{ ip: seed.publicAddress(), ipMode: "VIP" }] } : {} }) as Props,
    Ingress: (_, seed) => ({ loadBalancer: { ingress: [{ ip: seed.publicAddress() }] } }),
    Gateway: (object, seed) => ({ ...observed(object), addresses: [{ type: "IPAddress", value: seed.publicAddress() }], conditions: [condition("Accepted", "Accepted"), condition("Programmed", "Programmed")] }),
    CustomResourceDefinition: () => ({ conditions: [condition("NamesAccepted", "NoConflicts"), condition("Established", "InitialNamesAccepted")] }),
    APIService: () => ({ conditions: [condition("Available", "Passed")] }),
    Certificate: () => ({ conditions: [condition("Ready", "Ready")] }),
    Issuer: () => ({ conditions: [condition("Ready", "ACMEAccountRegistered")] }),
    ClusterIssuer: () => ({ conditions: [condition("Ready", "ACMEAccountRegistered")] }),
    Cluster: () => ({ phase: "Cluster in healthy state", conditions: [condition("Ready", "ClusterIsReady")] }),
};

function isBalanced(object: KubeObject): boolean {
    return (object.spec as { type?: string } | undefined)?.type === "LoadBalancer";
}
