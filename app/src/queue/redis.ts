/** Redis Streams: a consumer group, messages of silent consumers reclaimed. */
import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import type { Broker } from "./broker.js";

export interface RedisBrokerOptions {
    url: string;
    /** How long a consumer may be silent. @default 30000 */
    leaseMs?: number;
    onError?: (error: Error) => void;
}

const STREAM = "agent-platform:ingest";
const GROUP = "workers";
const CHANNEL = "agent-platform:ingest:published";

export function connectRedis({ url, leaseMs = 30_000, onError = () => undefined }: RedisBrokerOptions): Broker {
    const connect = () => new Redis(url, { maxRetriesPerRequest: 2, retryStrategy: (times) => Math.min(times * 100, 2_000), connectionName: "agent-platform" }).on("error", onError);
    const redis = connect();
    const listener = connect();
    const consumer = randomUUID();
    let reclaimed = 0;

    /** The group is made on first use, and again after the server lost its data. */
    async function inGroup<T>(work: () => Promise<T>): Promise<T> {
        try {
            return await work();
        } catch (error) {
            if (!/^NOGROUP/.test((error as Error).message)) throw error;
            await redis.xgroup("CREATE", STREAM, GROUP, "0", "MKSTREAM").catch((failed: Error) => {
                if (!failed.message.startsWith("BUSYGROUP")) throw failed;
            });
            return work();
        }
    }

    async function abandoned(): Promise<Entry | undefined> {
        if (Date.now() - reclaimed < leaseMs / 4) return undefined;
        const [, entries] = (await inGroup(() => redis.xautoclaim(STREAM, GROUP, consumer, leaseMs, "0", "COUNT", 1))) as [string, Entry[]];
        const found = entries.find((entry) => entry?.[1] !== null);
        // As long as there are some, the next look is for the next one.
        reclaimed = found === undefined ? Date.now() : 0;
        return found;
    }

    async function fresh(): Promise<Entry | undefined> {
        const answer = (await inGroup(() => redis.xreadgroup("GROUP", GROUP, consumer, "COUNT", 1, "STREAMS", STREAM, ">"))) as [string, Entry[]][] | null;
        return answer?.[0]?.[1][0];
    }

    return {
        async publish(jobId) {
            await redis.xadd(STREAM, "*", "job", jobId);
            await redis.publish(CHANNEL, "");
        },
        async receive() {
            const entry = (await abandoned()) ?? (await fresh());
            if (entry === undefined) return undefined;
            const [id, fields] = entry;
            return {
                jobId: fields[1]!,
                async ack() {
                    await redis.multi().xack(STREAM, GROUP, id).xdel(STREAM, id).exec();
                },
                async extend() {
                    await redis.xclaim(STREAM, GROUP, consumer, 0, id, "JUSTID");
                },
            };
        },
        async onPublish(wake) {
            const onMessage = () => wake();
            listener.on("message", onMessage);
            await listener.subscribe(CHANNEL);
            return async () => void listener.off("message", onMessage);
        },
        async close() {
            // Its messages, if any, are reclaimed as those of a silent consumer.
            redis.disconnect();
            listener.disconnect();
        },
    };
}

type Entry = [id: string, fields: string[]];
