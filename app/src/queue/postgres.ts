/** The queue in PostgreSQL: SKIP LOCKED to claim, NOTIFY to wake, a lease to survive the death of a worker. */
import { randomUUID } from "node:crypto";
import type { Database, Principal, Queryable } from "../db/database.js";
import { recordEvent } from "./events.js";
import { LeaseLost, type Claim, type Progress, type Queue } from "./queue.js";

export interface PostgresQueueOptions {
    /** How long a silent worker keeps its job. @default 30000 */
    leaseMs?: number;
    /** First wait between attempts; doubles with each. @default 2000 */
    backoffMs?: number;
}

const WORK_CHANNEL = "ingest_work";

export function createPostgresQueue(database: Database, { leaseMs = 30_000, backoffMs = 2_000 }: PostgresQueueOptions = {}): Queue {
    /** Changes the claimed job, tells about it, and stores what belongs to it, or nothing of the three. */
    const fenced = (claim: Claim, set: string, values: readonly unknown[], store?: (tx: Queryable) => Promise<void>) =>
        database.asPrincipal(claim.principal, async (tx) => {
            const rows = await tx.query(`update jobs set ${set}, updated_at = now() where id = $1 and lease = $2 and state = 'running' returning id`, [claim.jobId, claim.lease, ...values]);
            if (rows.length === 0) throw new LeaseLost();
            await store?.(tx);
            await recordEvent(tx, claim.jobId);
        });

    return {
        async enqueue(tx, principal, documentId, requestId) {
            const jobId = randomUUID();
            await tx.query("insert into jobs (id, tenant_id, document_id, user_id, request_id) values ($1, $2, $3, $4, $5)", [jobId, principal.tenantId, documentId, principal.userId, requestId ?? null]);
            await recordEvent(tx, jobId);
            await notifyWork(tx);
            return jobId;
        },
        claim: () =>
            database.asSystem(async (tx) => {
                await buryLost(tx);
                const rows = await tx.query<ClaimRow>(
                    `update jobs set state = 'running', attempt = attempt + 1, lease = gen_random_uuid(),
                         lease_until = now() + make_interval(secs => $1), updated_at = now(), error_code = null, error_message = null
                     where id = (
                         select id from jobs
                         where (state = 'queued' and run_after <= now()) or (state = 'running' and lease_until < now())
                         -- The tenant with the least work running goes first, so that one bulk upload does not hold up everyone.
                         order by (select count(*) from jobs busy where busy.tenant_id = jobs.tenant_id and busy.state = 'running' and busy.lease_until > now()), run_after
                         for update skip locked limit 1)
                     returning id, document_id, tenant_id, user_id, lease, attempt, max_attempts, request_id`,
                    [leaseMs / 1000],
                );
                const row = rows[0];
                if (row === undefined) return undefined;
                await recordEvent(tx, row.id);
                const principal: Principal = { userId: row.user_id, tenantId: row.tenant_id, role: "user" };
                return { jobId: row.id, documentId: row.document_id, lease: row.lease, attempt: row.attempt, maxAttempts: row.max_attempts, requestId: row.request_id, principal };
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
                "state = $3, error_code = $4, error_message = $5, run_after = now() + make_interval(secs => $6), lease = null, lease_until = null",
                [again ? "queued" : "failed", failure.code, failure.message, waitMs / 1000],
                again ? undefined : giveUp,
            );
            return again ? "retrying" : "failed";
        },
        cancelled: (claim, store) => fenced(claim, "state = 'cancelled', lease = null, lease_until = null", [], store),
        async release(claim) {
            await fenced(claim, "state = 'queued', attempt = greatest(attempt - 1, 0), run_after = now(), lease = null, lease_until = null", [], notifyWork);
        },
        onWork: (wake) => database.listen(WORK_CHANNEL, wake),
    };
}

/** Wakes the workers when the transaction commits. */
export async function notifyWork(tx: Queryable): Promise<void> {
    await tx.query("select pg_notify($1, '')", [WORK_CHANNEL]);
}

/** A job whose worker died at its last attempt is given up, so that a document that kills workers cannot do so for ever. */
async function buryLost(tx: Queryable): Promise<void> {
    const dead = await tx.query<{ id: string; document_id: string }>(
        `update jobs set state = 'failed', lease = null, lease_until = null, updated_at = now(), error_code = 'WORKER_LOST',
             error_message = 'The worker stopped answering at every attempt. The document may be too demanding; try it split in parts, or retry.'
         where state = 'running' and lease_until < now() and attempt >= max_attempts returning id, document_id`,
    );
    for (const job of dead) {
        await tx.query("update documents set state = 'failed', updated_at = now() where id = $1", [job.document_id]);
        await recordEvent(tx, job.id);
    }
}

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
