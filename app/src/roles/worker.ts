/** ROLE=worker: makes passages of documents. Serves only its health and metrics. */
import { createParser } from "../ingest/parse/parser.js";
import { configuredParser } from "../ingest/parse/remote/config.js";
import { startWorker } from "../ingest/worker.js";
import { configuredEmbedder } from "../models/remoteEmbedder.js";
import { loadTokenizer } from "../models/tokenizer.js";
import { retentionSchema, startHousekeeping } from "../people/retention.js";
import { openQueue } from "../queue/open.js";
import type { Core } from "./core.js";
import type { Running } from "./serve.js";

export async function startIngestion(core: Core): Promise<Running> {
    const { env, database, log, metrics } = core;
    const embedder = configuredEmbedder(env, log, metrics);
    const local = createParser();
    const parser = env.PARSERS === undefined ? local : configuredParser(local, env.PARSERS, log, metrics);
    // The first document waits for no model.
    void embedder.embed(Array.from({ length: env.EMBEDDING_THREADS }, () => "ready")).catch((error: unknown) => log.error({ error }, "the embedding model does not load"));
    const leaseMs = env.WORKER_LEASE_MS;
    const queue = await openQueue(env, database, log);
    const worker = await startWorker({
        database,
        queue,
        embedder,
        parser,
        tokenizer: loadTokenizer(env.MODEL_DIR),
        log,
        metrics,
        heartbeatMs: leaseMs / 6,
        pollMs: Math.min(2_000, leaseMs / 2),
    });
    const housekeeping = startHousekeeping(database, env.RETENTION_DAYS ?? retentionSchema.parse({}), log);
    return {
        app: core.app,
        async quiesce() {
            await Promise.all([worker.stop(), housekeeping.stop()]);
        },
        async close() {
            await queue.close();
            await parser.close();
            await embedder.close();
            await database.close();
        },
    };
}
