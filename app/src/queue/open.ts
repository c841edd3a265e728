/** The queue that the environment names. Only its driver is loaded. */
import type { Database } from "../db/database.js";
import type { Env } from "../env.js";
import type { Logger } from "../http/log.js";
import { createPostgresQueue } from "./postgres.js";
import type { Queue } from "./queue.js";

/** For those who take work. Who only adds it needs no broker: `createPostgresQueue` does. */
export async function openQueue(env: Pick<Env, "QUEUE_DRIVER" | "REDIS_URL" | "NATS_URL" | "WORKER_LEASE_MS" | "QUEUE_TENANT_BYTES">, database: Database, log: Logger): Promise<Queue> {
    const leaseMs = env.WORKER_LEASE_MS;
    const options = { leaseMs, tenantBytes: env.QUEUE_TENANT_BYTES };
    if (env.QUEUE_DRIVER === "postgres") return createPostgresQueue(database, options);
    const { createBrokerQueue } = await import("./broker.js");
    if (env.QUEUE_DRIVER === "redis") {
        const { connectRedis } = await import("./redis.js");
        return createBrokerQueue(database, connectRedis({ url: env.REDIS_URL!, leaseMs, onError: (error) => log.warn({ error }, "redis cannot be reached") }), options);
    }
    const { connectNats } = await import("./nats.js");
    return createBrokerQueue(database, await connectNats({ url: env.NATS_URL!, leaseMs }), options);
}
