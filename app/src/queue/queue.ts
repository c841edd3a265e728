/**
 * The queue of ingestion work. A job is claimed under a lease; only the holder of the current lease may write,
 * so a worker that was presumed dead and comes back can do no harm.
 */
import type { Principal, Queryable } from "../db/database.js";

export type JobState = "queued" | "running" | "done" | "failed" | "cancelled";
export type Stage = "queued" | "parsing" | "chunking" | "embedding" | "done";

/** A claimed job. */
export interface Claim {
    jobId: string;
    documentId: string;
    lease: string;
    attempt: number;
    maxAttempts: number;
    requestId: string | null;
    /** On whose behalf the work is done. */
    principal: Principal;
}

export interface Progress {
    stage?: Stage;
    pagesDone?: number;
    pagesTotal?: number;
    chunksDone?: number;
    chunksTotal?: number;
    embedded?: number;
}

export interface Failure {
    code: string;
    message: string;
    /** Whether another attempt could succeed. */
    transient: boolean;
}

export interface EnqueueOptions {
    requestId?: string;
    /** Higher goes first, from -10 to 10. @default 0 */
    priority?: number;
}

export interface Queue {
    /** Adds a job in the caller's transaction, so that it exists exactly when the document does. */
    enqueue(tx: Queryable, principal: Principal, documentId: string, options?: EnqueueOptions): Promise<string>;
    /** The next job that is due, or undefined. Takes over jobs whose lease ran out. */
    claim(): Promise<Claim | undefined>;
    /** Extends the lease. */
    heartbeat(claim: Claim): Promise<"go on" | "cancel" | "lost">;
    /** Records progress and whatever `store` writes in one transaction; throws LeaseLost when the job is another's by now. */
    progress(claim: Claim, progress: Progress, store?: (tx: Queryable) => Promise<void>): Promise<void>;
    complete(claim: Claim, progress: Progress, store?: (tx: Queryable) => Promise<void>): Promise<void>;
    /** Schedules another attempt, or gives up with the reason; `giveUp` runs in the same transaction when it does. */
    fail(claim: Claim, failure: Failure, giveUp: (tx: Queryable) => Promise<void>): Promise<"retrying" | "failed">;
    cancelled(claim: Claim, store: (tx: Queryable) => Promise<void>): Promise<void>;
    /** Hands a job back unfinished, for a worker that is stopping: not counted as an attempt. */
    release(claim: Claim): Promise<void>;
    /** Calls back when there may be something to claim. */
    onWork(wake: () => void): Promise<() => Promise<void>>;
    /** Lets go of the broker, if there is one. */
    close(): Promise<void>;
}

/** The work was given to another worker meanwhile: stop, write nothing. */
export class LeaseLost extends Error {
    constructor() {
        super("The lease on this job is held by another worker now.");
    }
}
