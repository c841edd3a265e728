/** What a job tells: numbered snapshots, stored for replay and announced as they are committed. */
import type { Database, Queryable } from "../db/database.js";
import { readJob, type Job } from "./jobs.js";

export interface JobEvent {
    tenantId: string;
    jobId: string;
    seq: number;
    position: number;
    job: Job;
}

const CHANNEL = "job_events";

/** Stores the job's present state as its next event and announces it when the transaction commits. */
export async function recordEvent(tx: Queryable, jobId: string): Promise<void> {
    const numbered = await tx.query<{ seq: number; tenant_id: string }>("update jobs set last_event = last_event + 1 where id = $1 returning last_event as seq, tenant_id", [jobId]);
    const { seq, tenant_id: tenantId } = numbered[0]!;
    const job = await readJob(tx, jobId);
    await tx.query("insert into job_events (job_id, seq, tenant_id, data) values ($1, $2, $3, $4::jsonb)", [jobId, seq, tenantId, JSON.stringify(job)]);
    await tx.query("select pg_notify($1, $2)", [CHANNEL, JSON.stringify({ tenantId, jobId, seq })]);
}

/** The events of one job after `after`, in order and without gaps. */
export async function eventsOfJob(tx: Queryable, jobId: string, after: number): Promise<JobEvent[]> {
    const rows = await tx.query<EventRow>("select job_id, seq, position, tenant_id, data from job_events where job_id = $1 and seq > $2 order by seq", [jobId, after]);
    return rows.map(toEvent);
}

/**
 * The latest event of every job of the tenant that has one after `position`. Positions are given out before
 * transactions commit, so a little is repeated rather than anything missed; events are whole states, repeating is harmless.
 */
export async function latestEvents(tx: Queryable, position: number): Promise<JobEvent[]> {
    const rows = await tx.query<EventRow>(
        `select * from (
             select distinct on (job_id) job_id, seq, position, tenant_id, data from job_events where position > $1 order by job_id, seq desc
         ) latest order by position`,
        [position - 100],
    );
    return rows.map(toEvent);
}

export interface Announcement {
    tenantId: string;
    jobId: string;
    seq: number;
}

/** One LISTEN connection for any number of readers. */
export class EventHub {
    private readonly readers = new Set<(announcement: Announcement) => void>();
    private stop: (() => Promise<void>) | undefined;

    private constructor() {}

    static async open(database: Database): Promise<EventHub> {
        const hub = new EventHub();
        hub.stop = await database.listen(CHANNEL, (payload) => {
            const announcement = JSON.parse(payload) as Announcement;
            for (const reader of hub.readers) reader(announcement);
        });
        return hub;
    }

    subscribe(reader: (announcement: Announcement) => void): () => void {
        this.readers.add(reader);
        return () => this.readers.delete(reader);
    }

    async close(): Promise<void> {
        this.readers.clear();
        await this.stop?.();
    }
}

interface EventRow {
    job_id: string;
    seq: number;
    position: number;
    tenant_id: string;
    data: Job;
}

function toEvent(row: EventRow): JobEvent {
    return { jobId: row.job_id, tenantId: row.tenant_id, seq: Number(row.seq), position: Number(row.position), job: row.data };
}
