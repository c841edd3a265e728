/** How KEDA sees what waits for the workers, whatever carries it. It asks from a namespace of its own. */
import type { QueueGauge } from "../parts/scaling";

/**
 * Jobs of all tenants that wait or are in work; its connection is the secret `queue/url`. It is the truth for the drivers
 * `redis` and `nats` too: workers hand those a few jobs at a time, so a stream tells neither how many wait nor that the first
 * one does.
 */
export const jobsInPostgres: QueueGauge = {
    type: "postgresql",
    metadata: (perReplica) => ({ query: "select count(*) from jobs where state in ('queued', 'running')", targetQueryValue: String(perReplica) }),
    secrets: { connection: { bundle: "queue", key: "url" } },
};
