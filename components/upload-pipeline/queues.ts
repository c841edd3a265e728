/** How KEDA sees what waits for the workers, for each driver of the queue. It asks from a namespace of its own. */
import * as pulumi from "@pulumi/pulumi";
import type { Nats } from "../../topology/types";
import type { Home } from "../parts/home";
import type { QueueGauge } from "../parts/scaling";

/**
 * Jobs of all tenants that wait or are in work; its connection is the secret `queue/url`. It is the truth for the driver
 * `redis` too: workers hand that a few jobs at a time, so a stream tells neither how many wait nor that the first one does.
 */
export const jobsInPostgres: QueueGauge = {
    type: "postgresql",
    metadata: (perReplica) => ({ query: "select count(*) from jobs where state in ('queued', 'running')", targetQueryValue: String(perReplica) }),
    secrets: { connection: { bundle: "queue", key: "url" } },
};

/** The driver `nats`: what the workers' consumer has not taken yet. KEDA asks the port that tells, which needs no password. */
export function streamInNats(home: Home, store: Nats): QueueGauge {
    return {
        type: "nats-jetstream",
        metadata: (perReplica) => ({ natsServerMonitoringEndpoint: pulumi.interpolate`${store.name}.${home.namespace}.svc:${store.monitor}`, account: "$G", stream: "agent-platform-ingest", consumer: "workers", lagThreshold: String(perReplica), activationLagThreshold: "0" }),
        secrets: {},
    };
}
