/** ROLE=all: everything in one process on one port with the embedded database, for development. */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { registerAgent } from "../agent/register.js";
import { authenticate } from "../auth/middleware.js";
import { registerAuth } from "../auth/routes.js";
import { openEmbedded } from "../db/embedded.js";
import { registerDocuments } from "../documents/routes.js";
import { configuredScanner } from "../documents/scan.js";
import { registerUpload } from "../documents/upload.js";
import { appFolder, EnvError, type Env } from "../env.js";
import { createParser } from "../ingest/parse/parser.js";
import { startWorker } from "../ingest/worker.js";
import { registerMcp } from "../mcp/server.js";
import { registerPeople } from "../people/register.js";
import { createAnswerer } from "../models/extractive.js";
import { buildModel } from "../models/minilm/build.js";
import { configuredEmbedder } from "../models/remoteEmbedder.js";
import { loadTokenizer } from "../models/tokenizer.js";
import { retentionSchema, startHousekeeping } from "../people/retention.js";
import { EventHub } from "../queue/events.js";
import { createPostgresQueue } from "../queue/postgres.js";
import { registerJobs } from "../queue/routes.js";
import { localRetriever } from "../rag/client.js";
import { configuredReranker } from "../rag/reranker.js";
import { registerSearch } from "../rag/routes.js";
import { openCore } from "./core.js";
import { prepareDatabase, type People } from "./migrate.js";
import type { Running } from "./serve.js";
import { serveFront } from "./front.js";

export interface Embedded extends Running {
    people: People;
    drain(): void;
}

const MEMORY = "memory";

export async function startAll(given: Env): Promise<Embedded> {
    const folder = given.DATA_DIR ?? appFolder("../.agent-platform/dev");
    if (folder !== MEMORY) mkdirSync(folder, { recursive: true, mode: 0o700 });
    const unlock = folder === MEMORY ? () => undefined : lock(join(folder, "lock"));
    const { jwtSecret, people } = secrets(folder);
    const env: Env = { ...given, JWT_SECRET: given.JWT_SECRET ?? jwtSecret, RAG_SERVICE_URL: `http://127.0.0.1:${given.PORT}`, MCP_URL: `http://127.0.0.1:${given.PORT}/mcp` };
    const database = await openEmbedded(folder === MEMORY ? undefined : join(folder, "pglite"));
    await database.asOwner((owner) => prepareDatabase(owner, people));
    buildModel(env.MODEL_DIR);

    const core = openCore(env, database);
    const { app, sessions, log, metrics } = core;
    const embedder = configuredEmbedder(env, log, metrics);
    const queue = createPostgresQueue(database);
    const hub = await EventHub.open(database);
    registerAuth(app, sessions);
    registerPeople(app, core);
    app.use("/api/v2/*", authenticate(sessions));
    app.use("/search", authenticate(sessions));
    registerUpload(app, { database, queue, maxBytes: env.MAX_UPLOAD_BYTES, scanner: configuredScanner(env, log) });
    registerJobs(app, database, hub);
    registerDocuments(app, database);
    const searching = { database, embedder, reranker: configuredReranker(env), log };
    registerSearch(app, searching);
    registerMcp(app, core);
    const agent = await registerAgent(app, { ...core, retriever: localRetriever(searching), embedder, answerer: createAnswerer(embedder), mcpUrl: env.MCP_URL });
    const parser = createParser();
    const worker = await startWorker({ database, queue, embedder, parser, tokenizer: loadTokenizer(env.MODEL_DIR), log, metrics });
    const housekeeping = startHousekeeping(database, env.RETENTION_DAYS ?? retentionSchema.parse({}), log);
    serveFront(app, appFolder("web/dist"));
    return {
        app,
        people,
        drain: core.drain,
        async quiesce() {
            await Promise.all([agent.close(), worker.stop(), housekeeping.stop()]);
        },
        async close() {
            await parser.close();
            await hub.close();
            await embedder.close();
            await database.close();
            unlock();
        },
    };
}

/** Generated once and kept, so that sign-ins survive a restart. */
function secrets(folder: string): { jwtSecret: string; people: People } {
    const file = join(folder, "secrets.json");
    if (folder !== MEMORY && existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as ReturnType<typeof secrets>;
    const password = () => randomBytes(12).toString("base64url");
    const made = {
        jwtSecret: randomBytes(48).toString("base64"),
        people: { admin: { email: "admin@agent-platform.local", password: password() }, user: { email: "user@agent-platform.local", password: password() } },
    };
    if (folder !== MEMORY) writeFileSync(file, JSON.stringify(made, undefined, 4), { mode: 0o600 });
    return made;
}

/** The embedded database has no guard of its own against two processes, which would destroy it. */
function lock(path: string): () => void {
    const holder = existsSync(path) ? Number(readFileSync(path, "utf8")) : 0;
    if (holder > 0 && holder !== process.pid && isAlive(holder)) {
        throw new EnvError(`The development database is in use by process ${holder}. Stop that one first (kill ${holder}), or set DATA_DIR=memory for a second one.`);
    }
    writeFileSync(path, String(process.pid));
    return () => writeFileSync(path, "0");
}

function isAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
}
