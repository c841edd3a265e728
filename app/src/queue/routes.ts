/** Jobs over HTTP: list, show, follow, retry, cancel. */
import { createRoute, z } from "@hono/zod-openapi";
import { audit } from "../audit/audit.js";
import type { Database, Principal, Queryable } from "../db/database.js";
import { beginDraft, giveUpReading } from "../documents/draft.js";
import { readDocument } from "../documents/store.js";
import type { App } from "../http/app.js";
import { ApiError } from "../http/errors.js";
import { eventStream, type EventStream } from "../http/sse.js";
import { eventsOfJob, latestEvents, recordEvent, type Announcement, type EventHub } from "./events.js";
import { listJobs, readJob, type Job } from "./jobs.js";
import { notifyWork } from "./postgres.js";
import type { JobState } from "./queue.js";

const jobSchema = z
    .object({
        id: z.uuid(),
        documentId: z.uuid(),
        filename: z.string(),
        state: z.enum(["queued", "running", "done", "failed", "cancelled"]),
        attempt: z.number(),
        maxAttempts: z.number(),
        progress: z.object({
            stage: z.enum(["queued", "parsing", "chunking", "embedding", "done"]),
            pagesDone: z.number(),
            pagesTotal: z.number().nullable(),
            chunksDone: z.number(),
            chunksTotal: z.number().nullable(),
            embedded: z.number(),
        }),
        error: z.object({ code: z.string(), message: z.string() }).nullable(),
        createdAt: z.iso.datetime(),
        updatedAt: z.iso.datetime(),
    })
    .openapi("Job");
const params = z.object({ id: z.uuid() });
const json = <T extends z.ZodType>(schema: T, description: string) => ({ content: { "application/json": { schema } }, description });
const events = { content: { "text/event-stream": { schema: z.string() } }, description: "Events `progress` with a Job; replayed after Last-Event-ID" };

const list = createRoute({ method: "get", path: "/api/v2/jobs", summary: "All jobs, newest first", responses: { 200: json(z.object({ jobs: z.array(jobSchema) }), "The jobs") } });
const followAll = createRoute({ method: "get", path: "/api/v2/jobs/events", summary: "Progress of all jobs as it happens", responses: { 200: events } });
const show = createRoute({ method: "get", path: "/api/v2/jobs/{id}", summary: "One job", request: { params }, responses: { 200: json(jobSchema, "The job") } });
const follow = createRoute({ method: "get", path: "/api/v2/jobs/{id}/events", summary: "Progress of one job until it ends", request: { params }, responses: { 200: events } });
const retry = createRoute({ method: "post", path: "/api/v2/jobs/{id}/retry", summary: "Try a failed or cancelled job again", request: { params }, responses: { 200: json(jobSchema, "The job, queued") } });
const reindex = createRoute({
    method: "post", path: "/api/v2/documents/{id}/reindex", summary: "Read a document again", request: { params },
    description: "Makes all passages anew. A document that is ready goes on answering with what it has until the new passages are complete and take their place at once; should the reading fail or be cancelled, it stays as it was.",
    responses: { 200: json(jobSchema, "The job, queued") },
});
const cancel = createRoute({ method: "post", path: "/api/v2/jobs/{id}/cancel", summary: "Cancel a job", request: { params }, responses: { 200: json(jobSchema, "The job; a running one stops within seconds") } });

/** Behind `authenticate`. */
export function registerJobs(app: App, database: Database, hub: EventHub): void {
    app.openapi(list, async (c) => c.json({ jobs: await database.asPrincipal(c.get("principal"), (tx) => listJobs(tx)) }, 200));
    app.openapi(followAll, (c) => eventStream(c, (stream) => tellAll(database, hub, c.get("principal"), stream)) as never);
    app.openapi(show, async (c) => c.json(await requireJob(database, c.get("principal"), c.req.valid("param").id), 200));
    app.openapi(follow, async (c) => {
        const { id } = c.req.valid("param");
        await requireJob(database, c.get("principal"), id);
        return eventStream(c, (stream) => tellOne(database, hub, c.get("principal"), id, stream)) as never;
    });
    app.openapi(retry, async (c) => {
        const { id } = c.req.valid("param");
        const principal = c.get("principal");
        await database.asPrincipal(principal, async (tx) => {
            if (!(await again(tx, id, ["failed", "cancelled"]))) throw await conflict(tx, id, "JOB_NOT_RETRYABLE", "Only a failed or cancelled job can be tried again.");
            await audit(tx, principal, "job.retry", id, {}, c.get("requestId"));
        });
        return c.json(await requireJob(database, principal, id), 200);
    });
    app.openapi(reindex, async (c) => {
        const { id } = c.req.valid("param");
        const principal = c.get("principal");
        const jobId = await database.asPrincipal(principal, async (tx) => {
            const document = await readDocument(tx, id);
            if (document?.jobId == null) throw new ApiError(404, "DOCUMENT_NOT_FOUND", "There is no such document. It may have been deleted.");
            if (!(await again(tx, document.jobId, ["done", "failed", "cancelled"]))) throw new ApiError(409, "JOB_NOT_RETRYABLE", "The document is being read already.");
            await audit(tx, principal, "document.reindex", id, { filename: document.filename }, c.get("requestId"));
            return document.jobId;
        });
        return c.json(await requireJob(database, principal, jobId), 200);
    });
    app.openapi(cancel, async (c) => {
        const { id } = c.req.valid("param");
        const principal = c.get("principal");
        await database.asPrincipal(principal, async (tx) => {
            // A waiting job ends here; a running one is told by its worker's next heartbeat.
            const waiting = await tx.query<{ document_id: string }>("update jobs set state = 'cancelled', updated_at = now() where id = $1 and state = 'queued' returning document_id", [id]);
            if (waiting[0] !== undefined) {
                await giveUpReading(tx, waiting[0].document_id, "cancelled");
                await recordEvent(tx, id);
            } else {
                const running = await tx.query("update jobs set cancel_requested = true, updated_at = now() where id = $1 and state = 'running' returning id", [id]);
                if (running.length === 0) throw await conflict(tx, id, "JOB_NOT_CANCELLABLE", "The job has ended already.");
            }
            await audit(tx, principal, "job.cancel", id, {}, c.get("requestId"));
        });
        return c.json(await requireJob(database, principal, id), 200);
    });
}

/** Queues a job anew if it has ended in one of these states. A document that is ready stays so, and is read into a draft. */
async function again(tx: Queryable, id: string, ended: readonly JobState[]): Promise<boolean> {
    const [job] = await tx.query<{ document_id: string }>(
        `update jobs set state = 'queued', stage = 'queued', attempt = 0, run_after = now(), dispatched_at = null, cancel_requested = false, error_code = null, error_message = null,
             pages_done = 0, chunks_done = 0, chunks_total = null, embedded = 0, updated_at = now()
         where id = $1 and state = any($2::text[]) returning document_id`,
        [id, ended],
    );
    if (job === undefined) return false;
    await beginDraft(tx, job.document_id);
    await tx.query("update documents set state = 'queued', updated_at = now() where id = $1 and state <> 'ready'", [job.document_id]);
    await recordEvent(tx, id);
    await notifyWork(tx);
    return true;
}

/** Everything missed, then everything new, until the job ends. */
async function tellOne(database: Database, hub: EventHub, principal: Principal, jobId: string, stream: EventStream): Promise<void> {
    let seen = Number(stream.lastEventId ?? 0) || 0;
    await onAnnouncements(hub, stream, (announcement) => announcement.jobId === jobId, async () => {
        // The state first: when it is an end, the events read after it include the last one.
        const { current, events } = await database.asPrincipal(principal, async (tx) => ({ current: await readJob(tx, jobId), events: await eventsOfJob(tx, jobId, seen) }));
        for (const event of events) {
            await stream.send("progress", event.job, event.seq);
            seen = event.seq;
        }
        return current === undefined || ended(current);
    });
}

/** The latest state of every job of the tenant, then each change; the ids are positions across jobs. */
async function tellAll(database: Database, hub: EventHub, principal: Principal, stream: EventStream): Promise<void> {
    let seen = Number(stream.lastEventId ?? 0) || 0;
    const sent = new Map<string, number>();
    await onAnnouncements(hub, stream, (announcement) => announcement.tenantId === principal.tenantId, async () => {
        const events = await database.asPrincipal(principal, (tx) => latestEvents(tx, seen));
        for (const event of events) {
            seen = Math.max(seen, event.position);
            if ((sent.get(event.jobId) ?? 0) >= event.seq) continue;
            sent.set(event.jobId, event.seq);
            await stream.send("progress", event.job, event.position);
        }
        return false;
    });
}

/** Runs `read` at once and after announcements, which may be many for one read, until it says that all is told. */
async function onAnnouncements(hub: EventHub, stream: EventStream, concerns: (announcement: Announcement) => boolean, read: () => Promise<boolean>): Promise<void> {
    let pending = true;
    let wake: () => void = () => undefined;
    const unsubscribe = hub.subscribe((announcement) => {
        if (!concerns(announcement)) return;
        pending = true;
        wake();
    });
    const onGone = () => wake();
    stream.signal.addEventListener("abort", onGone);
    // An announcement can be lost while the database restarts: look by ourselves now and then.
    const look = setInterval(() => ((pending = true), wake()), 10_000);
    try {
        while (!stream.signal.aborted) {
            if (pending) {
                pending = false;
                if (await read()) return;
            } else {
                await new Promise<void>((resolve) => (wake = resolve));
            }
        }
    } finally {
        clearInterval(look);
        unsubscribe();
        stream.signal.removeEventListener("abort", onGone);
    }
}

async function requireJob(database: Database, principal: Principal, id: string): Promise<Job> {
    const job = await database.asPrincipal(principal, (tx) => readJob(tx, id));
    if (job === undefined) throw notFound();
    return job;
}

async function conflict(tx: Parameters<typeof readJob>[0], id: string, code: string, message: string): Promise<ApiError> {
    return (await readJob(tx, id)) === undefined ? notFound() : new ApiError(409, code, message);
}

function ended(job: Job): boolean {
    return job.state === "done" || job.state === "failed" || job.state === "cancelled";
}

function notFound(): ApiError {
    return new ApiError(404, "JOB_NOT_FOUND", "There is no such job. Its document may have been deleted.");
}
