/** What makes a service grow, in the words of KEDA's ScaledObject. */
import { messagesPerReplica } from "./objectives";
import type { Service, Store, Topology, Trigger } from "./types";

export interface KedaTrigger {
    readonly type: "cpu" | "memory" | "cron" | "redis-streams" | "nats-jetstream" | "postgresql";
    readonly metricType?: "Utilization" | "AverageValue";
    /** KEDA takes texts alone. */
    readonly metadata: Readonly<Record<string, string>>;
}

export interface KedaScaling {
    readonly minReplicaCount: number;
    readonly maxReplicaCount: number;
    /** Seconds between two looks at a queue. */
    readonly pollingInterval: number;
    /** Seconds without work before the last replica goes. */
    readonly cooldownPeriod: number;
    readonly triggers: readonly KedaTrigger[];
}

/** Where the application's queue is found in each broker; the same names as in app/src/queue. */
const queue = { stream: "agent-platform:ingest", group: "workers", jetstream: "agent-platform-ingest", consumer: "workers", query: "select count(*) from jobs where state in ('queued', 'running')" } as const;

/** Undefined for a service without triggers. Addresses are those of the store's Service in this namespace. */
export function kedaScalingOf(topology: Topology, service: Service): KedaScaling | undefined {
    const triggers = (service.scaling ?? []).map((trigger) => triggerOf(topology, service, trigger));
    if (triggers.length === 0 || service.replicas.min === service.replicas.max) return undefined;
    // A pod that is stopped in the middle of its work costs more than a minute of an idle one.
    return { minReplicaCount: service.replicas.min, maxReplicaCount: service.replicas.max, pollingInterval: 5, cooldownPeriod: Math.max(60, service.graceSeconds), triggers };
}

function triggerOf(topology: Topology, service: Service, trigger: Trigger): KedaTrigger {
    switch (trigger.kind) {
        case "cpu":
        case "memory":
            return { type: trigger.kind, metricType: "Utilization", metadata: { value: String(trigger.percent) } };
        case "cron":
            return { type: "cron", metadata: { timezone: trigger.timezone, start: trigger.start, end: trigger.end, desiredReplicas: String(trigger.replicas) } };
        case "queue": {
            const store = topology.stores.find((one) => one.name === trigger.queue);
            if (store === undefined) throw new Error(`${service.name} waits for "${trigger.queue}", which is no store`);
            return waiting(topology, store, String(trigger.perReplica ?? messagesPerReplica(topology, service.name) ?? 5));
        }
    }
}

function waiting(topology: Topology, store: Store, perReplica: string): KedaTrigger {
    const host = `${store.name}.${topology.namespace}.svc`;
    switch (store.engine) {
        case "redis":
            return { type: "redis-streams", metadata: { address: `${host}:${store.port}`, stream: queue.stream, consumerGroup: queue.group, lagCount: perReplica, activationLagCount: "0" } };
        case "queue":
            return { type: "nats-jetstream", metadata: { natsServerMonitoringEndpoint: `${host}:8222`, account: "$G", stream: queue.jetstream, consumer: queue.consumer, lagThreshold: perReplica } };
        case "postgres":
            return { type: "postgresql", metricType: "AverageValue", metadata: { host, port: String(store.port), dbName: store.database, userName: store.user, sslmode: "prefer", query: queue.query, targetQueryValue: perReplica } };
        case "objects":
            throw new Error(`"${store.name}" keeps files and is no queue`);
    }
}
