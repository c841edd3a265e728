/** Which job is next, the same whatever carries the work: by priority, then fair between tenants, then by age. */
import type { Queryable } from "../db/database.js";
import { giveUpReading } from "../documents/draft.js";
import { recordEvent } from "./events.js";

export interface PickRules {
    /** Bytes of documents that one tenant may have in work at a time; a larger document goes alone. @default 256 MiB */
    tenantBytes?: number;
}

const TENANT_BYTES = 256 * 2 ** 20;

/**
 * The next job, locked, or undefined.
 * @param ready which jobs may be picked, in terms of `j`
 * @param busy which jobs count as their tenant's work, in terms of `b`
 */
export async function pick(tx: Queryable, ready: string, busy: string, { tenantBytes = TENANT_BYTES }: PickRules): Promise<string | undefined> {
    const rows = await tx.query<{ id: string }>(
        `with busy as (
             select b.tenant_id, count(*) as jobs, sum(d.bytes) as bytes from jobs b join documents d on d.id = b.document_id where ${busy} group by b.tenant_id
         )
         select j.id from jobs j join documents d on d.id = j.document_id left join busy on busy.tenant_id = j.tenant_id
         where (${ready}) and (busy.jobs is null or busy.bytes + d.bytes <= $1)
         -- The tenant with the least in work goes first, so that one bulk upload does not hold up everyone.
         order by j.priority desc, coalesce(busy.jobs, 0), j.run_after, j.created_at
         for update of j skip locked limit 1`,
        [tenantBytes],
    );
    return rows[0]?.id;
}

/** A job whose worker died at its last attempt is given up, so that a document that kills workers cannot do so for ever. */
export async function buryLost(tx: Queryable): Promise<void> {
    const dead = await tx.query<{ id: string; document_id: string }>(
        `update jobs set state = 'failed', lease = null, lease_until = null, updated_at = now(), error_code = 'WORKER_LOST',
             error_message = 'The worker stopped answering at every attempt. The document may be too demanding; try it split in parts, or retry.'
         where state = 'running' and lease_until < now() and attempt >= max_attempts returning id, document_id`,
    );
    for (const job of dead) {
        await giveUpReading(tx, job.document_id, "failed");
        await recordEvent(tx, job.id);
    }
}
