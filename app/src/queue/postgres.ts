/** The queue in PostgreSQL: SKIP LOCKED to claim, NOTIFY to wake, a lease to survive the death of a worker. */
import { randomUUID } from "node:crypto";
import type { Database, Queryable } from "../db/database.js";
import { recordEvent } from "./events.js";
import { buryLost, pick, type PickRules } from "./pick.js";
import { LeaseLost, type Claim, type Progress, type Queue } from "./queue.js";

export interface PostgresQueueOptions extends PickRules {
    /** How long a silent worker keeps its job. @default 30000 */
    leaseMs?: number;
    /** First wait between attempts; doubles with each. @default 2000 */
    backoffMs?: number;
}

export const WORK_CHANNEL = "ingest_work";

export function createPostgresQueue(database: Database, { leaseMs = 30_000, backoffMs = 2_000, ...rules }: PostgresQueueOptions = {}): Queue {
    /** Changes the claimed job, tells about it, and stores what belongs to it, or nothing of the three. */
    const fenced = (claim: Claim, set: string, values: readonly unknown[], store?: (tx: Queryable) => Promise<void>) =>
        database.asPrincipal(claim.principal, async (tx) => {
            const rows = await tx.query(`update jobs set ${set}, updated_at = now() where id = $1 and lease = $2 and state = 'running' returning id`, [claim.jobId, claim.lease, ...values]);
            if (rows.length === 0) throw new LeaseLost();
            await store?.(tx);
            await recordEvent(tx, claim.jobId);
        });

    return {
        async enqueue(tx, principal, documentId, { requestId, priority = 0 } = {}) {
            const jobId = randomUUID();
            await tx.query("insert into jobs (id, tenant_id, document_id, user_id, request_id, priority) values ($1, $2, $3, $4, $5, $6)", [jobId, principal.tenantId, documentId, principal.userId, requestId ?? null, priority]);
            await recordEvent(tx, jobId);
            await notifyWork(tx);
            return jobId;
        },
        claim: () =>
            database.asSystem(async (tx) => {
                await buryLost(tx);
                const id = await pick(tx, DUE, "b.state = 'running' and b.lease_until > now()", rules);
                return id === undefined ? undefined : take(tx, id, leaseMs);
            }),
        async heartbeat(claim) {
            const rows = await database.asPrincipal(claim.principal, (tx) =>
                tx.query<{ cancel_requested: boolean }>(
                    "update jobs set lease_until = now() + make_interval(secs => $3) where id = $1 and lease = $2 and state = 'running' returning cancel_requested",
                    [claim.jobId, claim.lease, leaseMs / 1000],
                ),
            );
            if (rows[0] === undefined) return "lost";
            return rows[0].cancel_requested ? "cancel" : "go on";
        },
        progress: (claim, progress, store) => fenced(claim, PROGRESS, [...progressValues(progress), leaseMs / 1000], store),
        complete: (claim, progress, store) => fenced(claim, `${PROGRESS}, state = 'done', lease = null`, [...progressValues({ ...progress, stage: "done" }), leaseMs / 1000], store),
        async fail(claim, failure, giveUp) {
            const again = failure.transient && claim.attempt < claim.maxAttempts;
            const waitMs = Math.min(backoffMs * 2 ** (claim.attempt - 1), 300_000) * (0.75 + Math.random() / 2);
            await fenced(
                claim,
                "state = $3, dispatched_at = null, error_code = $4, error_message = $5, run_after = now() + make_interval(secs => $6), lease = null, lease_until = null",
                [again ? "queued" : "failed", failure.code, failure.message, waitMs / 1000],
                again ? undefined : giveUp,
            );
            return again ? "retrying" : "failed";
        },
        cancelled: (claim, store) => fenced(claim, "state = 'cancelled', lease = null, lease_until = null", [], store),
        async release(claim) {
            await fenced(claim, "state = 'queued', dispatched_at = null, attempt = greatest(attempt - 1, 0), run_after = now(), lease = null, lease_until = null", [], notifyWork);
        },
        onWork: (wake) => database.listen(WORK_CHANNEL, wake),
        close: async () => undefined,
    };
}

/** Wakes the workers when the transaction commits. */
export async function notifyWork(tx: Queryable): Promise<void> {
    await tx.query("select pg_notify($1, '')", [WORK_CHANNEL]);
}

/** Gives a locked job that is due to the caller. */
export async function take(tx: Queryable, id: string, leaseMs: number): Promise<Claim> {
    const [row] = await tx.query<ClaimRow>(
        `update jobs set state = 'running', attempt = attempt + 1, lease = gen_random_uuid(), dispatched_at = null,
             lease_until = now() + make_interval(secs => $2), updated_at = now(), error_code = null, error_message = null
         where id = $1 returning id, document_id, tenant_id, user_id, lease, attempt, max_attempts, request_id`,
        [id, leaseMs / 1000],
    );
    await recordEvent(tx, id);
    const { document_id: documentId, lease, attempt, max_attempts: maxAttempts, request_id: requestId } = row!;
    return { jobId: id, documentId, lease, attempt, maxAttempts, requestId, principal: { userId: row!.user_id, tenantId: row!.tenant_id, role: "user" } };
}

/** Jobs that someone may start on, in terms of `j`. */
export const DUE = "(j.state = 'queued' and j.run_after <= now()) or (j.state = 'running' and j.lease_until < now())";

const PROGRESS = `stage = coalesce($3, stage), pages_done = coalesce($4, pages_done), pages_total = coalesce($5, pages_total),
    chunks_done = coalesce($6, chunks_done), chunks_total = coalesce($7, chunks_total), embedded = coalesce($8, embedded),
    lease_until = now() + make_interval(secs => $9)`;

function progressValues(progress: Progress): unknown[] {
    return [progress.stage, progress.pagesDone, progress.pagesTotal, progress.chunksDone, progress.chunksTotal, progress.embedded].map((value) => value ?? null);
}

interface ClaimRow {
    id: string;
    document_id: string;
    tenant_id: string;
    user_id: string;
    lease: string;
    attempt: number;
    max_attempts: number;
    request_id: string | null;
}
