/**
 * A queue whose work a broker carries. The rows in PostgreSQL stay the truth: what people see, what is due, and who
 * holds the lease. A relay hands due jobs to the broker, fairly and a few at a time; a worker that gets one from the
 * broker claims its row. So a message that comes twice, late or not at all does no harm, and a broker that lost
 * everything is filled again.
 */
import type { Database } from "../db/database.js";
import { createPostgresQueue, DUE, take, WORK_CHANNEL, type PostgresQueueOptions } from "./postgres.js";
import { buryLost, pick } from "./pick.js";
import type { Claim, Queue } from "./queue.js";

/** What a broker has to be able to do. */
export interface Broker {
    publish(jobId: string): Promise<void>;
    /** The next message, also one whose consumer went silent; undefined when there is none now. */
    receive(): Promise<Delivery | undefined>;
    /** Calls back when something was published, by whomever. */
    onPublish(wake: () => void): Promise<() => Promise<void>>;
    close(): Promise<void>;
}

export interface Delivery {
    jobId: string;
    /** It is done with, whatever came of it. */
    ack(): Promise<void>;
    /** It is being worked on: nobody else shall get it. */
    extend(): Promise<void>;
}

export interface BrokerQueueOptions extends PostgresQueueOptions {
    /** Jobs given to the broker and not yet begun: few, because the broker knows no fairness. @default 8 */
    window?: number;
    /** After so long a job that was given to the broker and not begun is given to it again. @default 60000 */
    redeliverMs?: number;
}

export function createBrokerQueue(database: Database, broker: Broker, options: BrokerQueueOptions = {}): Queue {
    const { leaseMs = 30_000, window = 8, redeliverMs = 60_000 } = options;
    const rows = createPostgresQueue(database, options);
    const deliveries = new Map<string, Delivery>();

    /** Ends the row's part first: a message that is left behind finds a row that is not due. */
    const settle = async <T>(claim: Claim, work: () => Promise<T>): Promise<T> => {
        const result = await work();
        const delivery = deliveries.get(claim.lease);
        deliveries.delete(claim.lease);
        // Not acknowledged, it comes again to one who finds the row done.
        await delivery?.ack().catch(() => undefined);
        return result;
    };

    /** Hands due jobs to the broker until its window is full. */
    async function relay(): Promise<void> {
        const lately = `dispatched_at > now() - interval '${redeliverMs} milliseconds'`;
        for (;;) {
            const handed = await database.asSystem(async (tx) => {
                await buryLost(tx);
                const waiting = await tx.query<{ n: number }>(`select count(*)::int as n from jobs where state = 'queued' and ${lately}`);
                if (waiting[0]!.n >= window) return undefined;
                const id = await pick(tx, `(${DUE}) and (j.dispatched_at is null or not j.${lately})`, `(b.state = 'running' and b.lease_until > now()) or (b.state = 'queued' and b.${lately})`, options);
                if (id === undefined) return undefined;
                await tx.query("update jobs set dispatched_at = now() where id = $1", [id]);
                // Before the commit: published twice does no harm, not at all would wait for the redelivery.
                await broker.publish(id);
                return id;
            });
            if (handed === undefined) return;
        }
    }

    /** The claim, or whether the message is of no use any more. */
    const claimRow = (jobId: string): Promise<Claim | "stale" | "busy"> =>
        database.asSystem(async (tx) => {
            const [row] = await tx.query<{ due: boolean; running: boolean }>(`select (${DUE}) as due, state = 'running' as running from jobs j where id = $1 for update`, [jobId]);
            if (row === undefined || (!row.due && !row.running)) return "stale";
            return row.due ? take(tx, jobId, leaseMs) : "busy";
        });

    return {
        enqueue: rows.enqueue,
        async claim() {
            await relay();
            for (let delivery; (delivery = await broker.receive()) !== undefined; ) {
                const claimed = await claimRow(delivery.jobId);
                if (claimed === "busy") continue;
                if (claimed !== "stale") {
                    deliveries.set(claimed.lease, delivery);
                    return claimed;
                }
                await delivery.ack();
            }
            return undefined;
        },
        async heartbeat(claim) {
            await deliveries.get(claim.lease)?.extend();
            return rows.heartbeat(claim);
        },
        progress: rows.progress,
        complete: (claim, progress, store) => settle(claim, () => rows.complete(claim, progress, store)),
        fail: (claim, failure, giveUp) => settle(claim, () => rows.fail(claim, failure, giveUp)),
        cancelled: (claim, store) => settle(claim, () => rows.cancelled(claim, store)),
        release: (claim) => settle(claim, () => rows.release(claim)),
        async onWork(wake) {
            const stops = [await database.listen(WORK_CHANNEL, wake), await broker.onPublish(wake)];
            return async () => {
                for (const stop of stops) await stop();
            };
        },
        close: () => broker.close(),
    };
}
