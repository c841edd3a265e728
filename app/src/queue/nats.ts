/** NATS JetStream: a work-queue stream, one durable consumer shared by all workers. */
import { AckPolicy, jetstream, jetstreamManager, RetentionPolicy, type Consumer, type JsMsg } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import type { Broker } from "./broker.js";

export interface NatsBrokerOptions {
    url: string;
    /** How long a consumer may be silent. @default 30000 */
    leaseMs?: number;
}

const STREAM = "agent-platform-ingest";
const SUBJECT = "agent-platform.ingest.job";
const PUBLISHED = "agent-platform.ingest.published";
const DURABLE = "workers";
/** The shortest wait for a message that JetStream's client allows. */
const WAIT_MS = 1_000;
/** How often it is asked before its silence is taken for its absence. */
const ATTEMPTS = 5;

export async function connectNats({ url, leaseMs = 30_000 }: NatsBrokerOptions): Promise<Broker> {
    const { servers, ...credentials } = readUrl(url);
    const connection = await connect({ servers, ...credentials, name: "agent-platform", maxReconnectAttempts: -1 });
    const stream = jetstream(connection);
    let consumer: Consumer | undefined;

    /** Made on first use, and again after the server lost its data. */
    async function ready(): Promise<Consumer> {
        if (consumer !== undefined) return consumer;
        const manager = await jetstreamManager(connection);
        await manager.streams.add({ name: STREAM, subjects: [SUBJECT], retention: RetentionPolicy.Workqueue });
        const settings = { durable_name: DURABLE, ack_policy: AckPolicy.Explicit, ack_wait: leaseMs * 1_000_000 };
        await manager.consumers.add(STREAM, settings).catch(() => manager.consumers.update(STREAM, DURABLE, settings));
        return (consumer = await stream.consumers.get(STREAM, DURABLE));
    }

    const forgetting = async <T>(work: () => Promise<T>): Promise<T> => {
        try {
            return await work();
        } catch (error) {
            consumer = undefined;
            throw error;
        }
    };

    return {
        publish: (jobId) =>
            forgetting(async () => {
                await ready();
                await stream.publish(SUBJECT, jobId);
                connection.publish(PUBLISHED);
            }),
        receive: () =>
            forgetting(async () => {
                const message = await next(await ready());
                if (message === null) return undefined;
                return {
                    jobId: message.string(),
                    async ack() {
                        await message.ackAck();
                    },
                    async extend() {
                        message.working();
                    },
                };
            }),
        async onPublish(wake) {
            const subscription = connection.subscribe(PUBLISHED, { callback: () => wake() });
            return async () => subscription.unsubscribe();
        },
        close: () => connection.close(),
    };
}

/** The next message, or null when there is none for a while. A busy server is late with its signs of life now and then. */
async function next(consumer: Consumer): Promise<JsMsg | null> {
    for (let attempt = 1; ; attempt++) {
        try {
            return await consumer.next({ expires: WAIT_MS });
        } catch (error) {
            if (attempt === ATTEMPTS || (error as Error).message !== "heartbeats missed") throw error;
        }
    }
}

/** Credentials as in `nats://user:password@host:4222` or `nats://token@host:4222`. */
function readUrl(url: string): { servers: string; user?: string; pass?: string; token?: string; tls?: Record<string, never> } {
    const { protocol, host, username, password } = new URL(url);
    const servers = host;
    const tls = protocol === "tls:" ? { tls: {} } : {};
    if (username === "") return { servers, ...tls };
    const user = decodeURIComponent(username);
    return password === "" ? { servers, token: user, ...tls } : { servers, user, pass: decodeURIComponent(password), ...tls };
}
