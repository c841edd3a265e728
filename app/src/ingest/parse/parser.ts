/**
 * Parses in child processes under limits of time and memory: a document can fail, the worker goes on. A fresh child
 * always stands ready, because starting one takes longer than most documents; a used one serves its tenant again and
 * nobody else, so that a document which takes its parser over can reach no other tenant's.
 */
import { mkdtempSync, rmSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { packageFolder } from "../../process.js";
import { ParserProcess } from "./parserProcess.js";
import { ParseError, type PageBatch } from "./page.js";

export interface ParseLimits {
    /** For each batch of pages. @default 60000 */
    batchMs?: number;
    /** For the document. @default 900000 */
    totalMs?: number;
    /** Resident memory of the child. @default 1 GiB */
    memoryBytes?: number;
}

export interface ParseJob {
    path: string;
    mediaType: string;
    filename: string;
    /** Whose document it is. */
    tenantId: string;
}

export interface Parser {
    /** The pages in order, in batches. */
    parse(job: ParseJob, signal?: AbortSignal): AsyncGenerator<PageBatch>;
    /** Whether it reads a document the same each time, so that work can be taken up where it was left. */
    readonly repeatable: boolean;
    close(): Promise<void>;
}

/** Documents that one child reads before it makes way for a fresh one: whatever leaks, leaks no further. */
const MOST_DOCUMENTS = 100;
/** After this the first child is made ready, document or not. */
const PREPARE_AFTER_MS = 1_000;
/** A child that has grown beyond this is not kept. */
const KEEP_BELOW = 320 * 2 ** 20;

export function createParser({ batchMs = 60_000, totalMs = 900_000, memoryBytes = 2 ** 30 }: ParseLimits = {}): Parser {
    const start = () => new ParserProcess(memoryBytes);
    const tessdata = tessdataFolder();
    let closed = false;
    let spare: ParserProcess | undefined;
    // Not while everything else is starting too.
    const early = setTimeout(() => (spare ??= start()), PREPARE_AFTER_MS).unref();
    const idle = new Map<string, ParserProcess>();
    const busy = new Set<ParserProcess>();

    function take(tenantId: string): ParserProcess {
        let child = idle.get(tenantId);
        // One tenant's child is kept; another tenant's is not worth its memory.
        for (const [owner, other] of idle) if (owner !== tenantId) other.kill();
        idle.clear();
        if (child === undefined || !child.alive) {
            child = spare?.alive ? spare : start();
            spare = undefined;
        }
        spare ??= start();
        busy.add(child);
        return child;
    }

    function giveBack(tenantId: string, child: ParserProcess, reusable: boolean): void {
        busy.delete(child);
        if (!reusable || closed || !child.alive || child.documents >= MOST_DOCUMENTS || child.residentBytes() > KEEP_BELOW || idle.has(tenantId)) child.kill();
        else idle.set(tenantId, child);
    }

    return {
        repeatable: true,
        async *parse({ path, mediaType, tenantId }, signal) {
            if (closed) throw new ParseError("CANCELLED", "The work was cancelled.");
            const child = take(tenantId);
            const abort = () => child.kill(new ParseError("CANCELLED", "The work was cancelled."));
            signal?.addEventListener("abort", abort, { once: true });
            if (signal?.aborted) abort();
            const deadline = Date.now() + totalMs;
            // Only a child that has said its last word on a document takes another.
            let done = false;
            try {
                let reply = await child.ask({ kind: "start", path, mediaType, tessdata: tessdata.path() }, Math.min(batchMs, totalMs));
                for (; reply.kind === "batch"; reply = await child.ask({ kind: "next" }, Math.min(batchMs, deadline - Date.now()))) yield reply.batch;
                done = true;
                if (reply.kind === "error") throw new ParseError(reply.code, reply.message, reply.transient);
            } finally {
                signal?.removeEventListener("abort", abort);
                giveBack(tenantId, child, done);
            }
        },
        async close() {
            closed = true;
            clearTimeout(early);
            for (const child of [spare, ...idle.values(), ...busy]) child?.kill();
            tessdata.remove();
        },
    };
}

/** The language data as files, unpacked on first use: the library reads no packed ones and would otherwise download them. */
function tessdataFolder(): { path(): string; remove(): void } {
    let folder: string | undefined;
    return {
        path() {
            if (folder === undefined) {
                folder = mkdtempSync(join(tmpdir(), "tessdata-"));
                writeFileSync(join(folder, "eng.traineddata"), gunzipSync(readFileSync(join(packageFolder("@tesseract.js-data/eng"), "4.0.0_best_int/eng.traineddata.gz"))));
            }
            return folder;
        },
        remove() {
            if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
            folder = undefined;
        },
    };
}
