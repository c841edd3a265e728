/** Takes jobs from the queue, one after the other, and makes passages of their documents. */
import { randomUUID } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { giveUpReading } from "../documents/draft.js";
import { readBlobs } from "../documents/store.js";
import type { Database, Queryable } from "../db/database.js";
import { ApiError, isDatabaseAway } from "../http/errors.js";
import type { Logger } from "../http/log.js";
import type { Metrics } from "../http/metrics.js";
import type { Embedder } from "../models/embedder.js";
import type { Tokenizer } from "../models/tokenizer.js";
import { LeaseLost, type Claim, type Queue } from "../queue/queue.js";
import { ingest } from "./ingest.js";
import { ParseError } from "./parse/page.js";
import type { Parser } from "./parse/parser.js";

export interface WorkerDeps {
    database: Database;
    queue: Queue;
    embedder: Embedder;
    tokenizer: Tokenizer;
    log: Logger;
    metrics: Metrics;
    parser: Parser;
    /** Between heartbeats; well under the lease. @default 5000 */
    heartbeatMs?: number;
    /** Between looks at the queue when nobody calls. @default 2000 */
    pollMs?: number;
}

export interface IngestWorker {
    /** Finishes nothing more: hands the current job back and returns when that is done. */
    stop(): Promise<void>;
}

export async function startWorker(deps: WorkerDeps): Promise<IngestWorker> {
    const stopping = new AbortController();
    let wake: () => void = () => undefined;
    const unlisten = await deps.queue.onWork(() => wake());
    const rest = (ms: number) =>
        new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, ms);
            wake = () => (clearTimeout(timer), resolve());
        });
    const loop = (async () => {
        while (!stopping.signal.aborted) {
            let claim: Claim | undefined;
            try {
                claim = await deps.queue.claim();
                if (claim !== undefined) await work(deps, claim, stopping.signal);
            } catch (error) {
                deps.log[isDatabaseAway(error) ? "warn" : "error"]({ error }, "the worker could not go on; trying again");
            }
            if (claim === undefined && !stopping.signal.aborted) await rest(deps.pollMs ?? 2_000);
        }
    })();
    return {
        async stop() {
            stopping.abort();
            wake();
            await loop;
            await unlisten();
        },
    };
}

type Interruption = "stopping" | "cancelled" | "lost";

async function work(deps: WorkerDeps, claim: Claim, stopping: AbortSignal): Promise<void> {
    const log = deps.log.child({ requestId: claim.requestId ?? undefined, job: claim.jobId, document: claim.documentId, attempt: claim.attempt });
    const abort = new AbortController();
    let interruption: Interruption | undefined;
    const interrupt = (why: Interruption) => {
        interruption ??= why;
        abort.abort();
    };
    const onStop = () => interrupt("stopping");
    stopping.addEventListener("abort", onStop, { once: true });
    if (stopping.aborted) onStop();
    const heart = setInterval(() => {
        deps.queue.heartbeat(claim).then(
            (answer) => answer !== "go on" && interrupt(answer === "cancel" ? "cancelled" : "lost"),
            (error: unknown) => log.warn({ error }, "heartbeat failed"),
        );
    }, deps.heartbeatMs ?? 5_000);
    const path = join(tmpdir(), `ingest-${randomUUID()}`);
    const started = performance.now();
    try {
        await download(deps.database, claim, path);
        await ingest(deps, claim, path, abort.signal);
        log.info({ ms: Math.round(performance.now() - started) }, "document ready");
        deps.metrics.count("ingest_jobs_total", "Ingestion jobs that ended.", { outcome: "done" });
    } catch (error) {
        if (isDatabaseAway(error)) log.warn({ error }, "the database is away; the work goes on when it is back");
        const tell = () => settle(deps, claim, interruption, error, log);
        await untilHeard(stopping, tell).catch((refusal: unknown) => {
            if (!(refusal instanceof LeaseLost)) throw refusal;
            log.warn(taken);
        });
    } finally {
        clearInterval(heart);
        stopping.removeEventListener("abort", onStop);
        await rm(path, { force: true });
    }
}

/**
 * Tells again while the database is away; it is soon back where a pod of it was replaced. Untold, the job would wait until
 * its lease has run out. The heart beats meanwhile, so that nobody else takes it.
 */
async function untilHeard(stopping: AbortSignal, tell: () => Promise<void>): Promise<void> {
    for (;;) {
        try {
            return await tell();
        } catch (error) {
            if (!isDatabaseAway(error) || stopping.aborted) throw error;
            await sleep(500, undefined, { signal: stopping }).catch(() => undefined);
        }
    }
}

const taken = "the lease was lost; another worker has the job";

/** Records how an attempt ended that did not succeed. */
async function settle(deps: WorkerDeps, claim: Claim, interruption: Interruption | undefined, error: unknown, log: Logger): Promise<void> {
    if (error instanceof LeaseLost || interruption === "lost") return log.warn(taken);
    if (interruption === "stopping") {
        log.info("stopping; handing the job back");
        return deps.queue.release(claim);
    }
    const end = (state: "failed" | "cancelled") => (tx: Queryable) => giveUpReading(tx, claim.documentId, state);
    if (interruption === "cancelled") {
        deps.metrics.count("ingest_jobs_total", "Ingestion jobs that ended.", { outcome: "cancelled" });
        return deps.queue.cancelled(claim, end("cancelled"));
    }
    const failure =
        error instanceof ParseError
            ? { code: error.code, message: error.message, transient: error.transient && claim.attempt < 2 }
            : error instanceof ApiError
              ? { code: error.code, message: error.message, transient: error.status >= 500 }
            : isDatabaseAway(error)
              ? { code: "DATABASE_UNAVAILABLE", message: "The database could not be reached; the work goes on when it is back.", transient: true }
              : (error as { code?: string }).code === "ENOSPC" || (error as { code?: string }).code === "53100"
                ? { code: "STORAGE_FULL", message: "The storage is full. Ask an administrator to free or add space, then retry.", transient: true }
                : { code: "INTERNAL", message: "Something went wrong on our side while reading this document. It was logged.", transient: true };
    if (failure.code !== "DATABASE_UNAVAILABLE" && (!(error instanceof ParseError) || error.code === "PARSER_FAILED")) log.error({ error }, "ingestion failed");
    const outcome = await deps.queue.fail(claim, failure, end("failed"));
    log.info({ code: failure.code, outcome }, "document not read");
    deps.metrics.count("ingest_jobs_total", "Ingestion jobs that ended.", { outcome });
}

async function download(database: Database, claim: Claim, path: string): Promise<void> {
    const file = await open(path, "wx", 0o600);
    try {
        for await (const bytes of readBlobs((run) => database.asPrincipal(claim.principal, run), claim.documentId)) await file.write(bytes);
    } finally {
        await file.close();
    }
}
