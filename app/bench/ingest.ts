/** From an uploaded PDF to indexed passages in PostgreSQL, through the real worker. */
import { createHash, randomUUID } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeDocument } from "../src/documents/store.js";
import { appFolder } from "../src/env.js";
import { createLogger } from "../src/http/log.js";
import { Metrics } from "../src/http/metrics.js";
import { createParser } from "../src/ingest/parse/parser.js";
import { startWorker } from "../src/ingest/worker.js";
import { createEmbedder } from "../src/models/embedder.js";
import { loadTokenizer } from "../src/models/tokenizer.js";
import { readJob } from "../src/queue/jobs.js";
import { createPostgresQueue } from "../src/queue/postgres.js";
import { pictures, scan } from "../src/testing/pictures.js";
import { residentOfWorker, usage, type Usage } from "./processes.js";
import { Report } from "./report.js";
import { database, report as pdfReport } from "./support.js";

export interface Run {
    seconds: number;
    /** Until the first passages could be found. */
    first: number;
    cpu: Usage;
    chunks: number;
    /** Most memory of worker and parsers, in bytes. */
    peak: number;
}

/** How often the short document is read: the middle one counts. */
const TRIES = 5;

/** A worker and its database, ready. */
export async function openIngestion(): Promise<{ run(content: Buffer): Promise<Run>; close(): Promise<void> }> {
    const opened = await database();
    const modelFolder = appFolder("models/minilm");
    const embedder = createEmbedder({ modelFolder, threads: 2 });
    const parser = createParser();
    const queue = createPostgresQueue(opened.database);
    await embedder.embed(["ready", "ready"]);
    const log = createLogger({ level: "error", service: "bench" });
    const worker = await startWorker({ database: opened.database, queue, embedder, parser, tokenizer: loadTokenizer(modelFolder), log, metrics: new Metrics() });

    async function run(content: Buffer): Promise<Run> {
        const path = join(tmpdir(), `bench-${randomUUID()}`);
        writeFileSync(path, content);
        const before = usage();
        const started = performance.now();
        const { id, jobId } = await opened.database.asPrincipal(opened.user, async (tx) => {
            const document = await storeDocument(tx, opened.user, { filename: `${randomUUID()}.pdf`, mediaType: "application/pdf", note: null, bytes: content.length, sha256: createHash("sha256").update(content).digest("hex"), versioned: false, path });
            return { id: document.id, jobId: await queue.enqueue(tx, opened.user, document.id) };
        });
        rmSync(path);
        let first = 0;
        let peak = 0;
        for (;;) {
            const job = (await opened.database.asPrincipal(opened.user, (tx) => readJob(tx, jobId)))!;
            if (first === 0 && job.progress.embedded > 0) first = (performance.now() - started) / 1000;
            if (job.state === "failed") throw new Error(job.error?.message);
            if (job.state === "done") break;
            peak = Math.max(peak, residentOfWorker());
            await new Promise((resolve) => setTimeout(resolve, first === 0 ? 5 : 250));
        }
        const seconds = (performance.now() - started) / 1000;
        const after = usage();
        const [{ chunks }] = (await opened.database.asPrincipal(opened.user, (tx) => tx.query<{ chunks: number }>("select chunks from documents where id = $1", [id]))) as [{ chunks: number }];
        return { seconds, first, chunks, peak, cpu: { worker: after.worker - before.worker, parsers: after.parsers - before.parsers, database: after.database - before.database } };
    }

    return {
        run,
        async close() {
            await worker.stop();
            await parser.close();
            await embedder.close();
            await opened.close();
        },
    };
}

export async function benchIngest(): Promise<void> {
    const report = new Report("ingest", "Ingestion: from an uploaded PDF to indexed passages in PostgreSQL (one worker, two embedding threads)", "npm run bench -- ingest");
    const { run, close } = await openIngestion();
    await run(pdfReport(10, 99));
    const short: Run[] = [];
    for (let i = 0; i < TRIES; i++) short.push(await run(pdfReport(10, 2 + i)));
    const middle = (read: (each: Run) => number) => short.map(read).sort((a, b) => a - b)[Math.floor(TRIES / 2)]!;
    report.add("10 pages: first passages can be found after", middle(({ first }) => first), "s", { bar: { atMost: 1 }, note: `middle of ${TRIES}` });
    report.add("10 pages: all after", middle(({ seconds }) => seconds), "s", { note: `middle of ${TRIES}` });

    const pages = 200;
    const large = await run(pdfReport(pages, 3));
    const cpu = large.cpu.worker + large.cpu.parsers + large.cpu.database;
    report.add("200 pages of 350 words: pages a second", pages / large.seconds, "pages/s", { bar: { atLeast: 25 }, note: "by the clock, with whatever else ran" });
    report.add("passages a page", large.chunks / pages, "");
    report.add("CPU time a page: worker", (large.cpu.worker / pages) * 1000, "ms");
    report.add("CPU time a page: parser", (large.cpu.parsers / pages) * 1000, "ms");
    report.add("CPU time a page: PostgreSQL", (large.cpu.database / pages) * 1000, "ms");
    report.add("two cores' worth of that CPU time", (2 * pages) / cpu, "pages/s", { note: "2 s of CPU a second over the CPU time a page of all three: what two idle cores would do" });

    const scanned = await run(scan(await pictures(Array.from({ length: 4 }, (_, i) => Array.from({ length: 40 }, (__, line) => `Line ${line} of the scanned page ${i}: the harbour opens at seven in the morning.`)))));
    report.add("scanned: time a page", scanned.seconds / 4, "s", { bar: { atMost: 2 } });
    report.add("scanned: CPU time a page", (scanned.cpu.worker + scanned.cpu.parsers + scanned.cpu.database) / 4, "s");

    const most = 2_000;
    const longest = await run(pdfReport(most, 4));
    report.add("2,000 pages: pages a second", most / longest.seconds, "pages/s", { bar: { atLeast: 25 } });
    report.add("2,000 pages: CPU time a page, all processes", ((longest.cpu.worker + longest.cpu.parsers + longest.cpu.database) / most) * 1000, "ms");
    report.add("2,000 pages: most memory of worker and parsers", longest.peak / 2 ** 20, "MiB", { bar: { atMost: 1024 } });
    report.close();
    await close();
}
