/** From an uploaded PDF to indexed passages in PostgreSQL, through the real worker. */
import { createHash, randomUUID } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
import { database, print, report } from "./support.js";

export async function benchIngest(): Promise<void> {
    const opened = await database();
    const modelFolder = appFolder("models/minilm");
    const embedder = createEmbedder({ modelFolder, threads: 2 });
    const parser = createParser();
    const queue = createPostgresQueue(opened.database);
    await embedder.embed(["ready", "ready"]);
    const log = createLogger({ level: "error", service: "bench" });
    const worker = await startWorker({ database: opened.database, queue, embedder, parser, tokenizer: loadTokenizer(modelFolder), log, metrics: new Metrics() });

    async function run(content: Buffer): Promise<{ seconds: number; first: number; cpu: number; chunks: number; peak: number }> {
        const path = join(tmpdir(), `bench-${randomUUID()}`);
        writeFileSync(path, content);
        const started = performance.now();
        const cpu = cpuSeconds();
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
            peak = Math.max(peak, treeMemory());
            if (job.state === "failed") throw new Error(job.error?.message);
            if (job.state === "done") break;
            await new Promise((resolve) => setTimeout(resolve, first === 0 ? 5 : 200));
        }
        const seconds = (performance.now() - started) / 1000;
        const [{ chunks }] = (await opened.database.asPrincipal(opened.user, (tx) => tx.query<{ chunks: number }>("select chunks from documents where id = $1", [id]))) as [{ chunks: number }];
        return { seconds, first, cpu: cpuSeconds() - cpu, chunks, peak };
    }

    await run(report(3, 99));
    console.log("Ingestion (one worker, two embedding threads)");
    const small = await run(report(10, 2));
    print({ "10 pages: first passages visible, s": small.first, "10 pages: all, s": small.seconds });
    const large = await run(report(200, 3));
    print({ "200 pages: pages/s": 200 / large.seconds, "200 pages: passages a page": large.chunks / 200, "200 pages: worker CPU, ms a page": (large.cpu / 200) * 1000 });
    const scanned = await run(scan(await pictures(Array.from({ length: 4 }, (_, i) => Array.from({ length: 40 }, (__, line) => `Line ${line} of the scanned page ${i}: the harbour opens at seven in the morning.`)))));
    print({ "scanned: s a page": scanned.seconds / 4 });
    const longest = await run(report(2_000, 4));
    print({ "2,000 pages: pages/s": 2_000 / longest.seconds, "2,000 pages: peak memory of worker and parsers, MiB": longest.peak / 2 ** 20 });
    await worker.stop();
    await parser.close();
    await embedder.close();
    await opened.close();
}

function cpuSeconds(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
}

/** Of this process and its parsers: what a container is charged for. */
function treeMemory(): number {
    const children = readdirSync("/proc/self/task").flatMap((thread) => {
        try {
            return readFileSync(`/proc/self/task/${thread}/children`, "utf8").trim().split(" ");
        } catch {
            return [];
        }
    });
    return ["self", ...children].reduce((sum, pid) => {
        try {
            // The database of the benchmark is no part of the worker.
            if (pid !== "self" && !readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("parse/child")) return sum;
            return sum + Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
        } catch {
            return sum;
        }
    }, 0);
}
