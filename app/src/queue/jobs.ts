/** Jobs as the API shows them. */
import type { Queryable } from "../db/database.js";
import type { JobState, Stage } from "./queue.js";

export interface Job {
    id: string;
    documentId: string;
    filename: string;
    state: JobState;
    attempt: number;
    maxAttempts: number;
    progress: { stage: Stage; pagesDone: number; pagesTotal: number | null; chunksDone: number; chunksTotal: number | null; embedded: number };
    error: { code: string; message: string } | null;
    createdAt: string;
    updatedAt: string;
}

export async function readJob(tx: Queryable, id: string): Promise<Job | undefined> {
    const rows = await tx.query<JobRow>(`${SELECT} where j.id = $1`, [id]);
    return rows[0] && toJob(rows[0]);
}

/** Newest first. */
export async function listJobs(tx: Queryable, limit = 200): Promise<Job[]> {
    return (await tx.query<JobRow>(`${SELECT} order by j.created_at desc limit $1`, [limit])).map(toJob);
}

const SELECT = `select j.id, j.document_id, d.filename, j.state, j.attempt, j.max_attempts, j.stage, j.pages_done, j.pages_total,
    j.chunks_done, j.chunks_total, j.embedded, j.error_code, j.error_message, j.created_at, j.updated_at
    from jobs j join documents d on d.id = j.document_id`;

interface JobRow {
    id: string;
    document_id: string;
    filename: string;
    state: JobState;
    attempt: number;
    max_attempts: number;
    stage: Stage;
    pages_done: number;
    pages_total: number | null;
    chunks_done: number;
    chunks_total: number | null;
    embedded: number;
    error_code: string | null;
    error_message: string | null;
    created_at: Date;
    updated_at: Date;
}

function toJob(row: JobRow): Job {
    return {
        id: row.id,
        documentId: row.document_id,
        filename: row.filename,
        state: row.state,
        attempt: row.attempt,
        maxAttempts: row.max_attempts,
        progress: { stage: row.stage, pagesDone: row.pages_done, pagesTotal: row.pages_total, chunksDone: row.chunks_done, chunksTotal: row.chunks_total, embedded: row.embedded },
        error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? "" },
        createdAt: row.created_at.toISOString(),
        updatedAt: row.updated_at.toISOString(),
    };
}
