/** For tests: the upload and search halves of the application on one port, with a worker, over a test database. */
import { randomBytes } from "node:crypto";
import { authenticate } from "../auth/middleware.js";
import { registerAuth } from "../auth/routes.js";
import { registerDocuments } from "../documents/routes.js";
import { registerUpload } from "../documents/upload.js";
import { appFolder, readEnv } from "../env.js";
import { createParser } from "../ingest/parse/parser.js";
import { startWorker, type IngestWorker } from "../ingest/worker.js";
import { createEmbedder } from "../models/embedder.js";
import { buildModel } from "../models/minilm/build.js";
import { loadTokenizer } from "../models/tokenizer.js";
import { EventHub } from "../queue/events.js";
import type { Job } from "../queue/jobs.js";
import { createPostgresQueue } from "../queue/postgres.js";
import { registerJobs } from "../queue/routes.js";
import { registerSearch } from "../rag/routes.js";
import { openCore } from "../roles/core.js";
import { serve } from "../roles/serve.js";
import { people, stranger, type TestDatabase } from "./databases.js";

export interface TestService {
    url: string;
    /** Signs in and returns a fetch of that person's. */
    as(who: "user" | "admin" | "stranger"): Promise<Client>;
    startWorker(): Promise<void>;
    close(): Promise<void>;
}

export interface Client {
    token: string;
    fetch(path: string, init?: RequestInit): Promise<Response>;
    json<T>(path: string, init?: RequestInit): Promise<{ status: number; body: T }>;
    upload(content: Buffer | string, filename: string): Promise<{ status: number; body: { jobId: string; documentId: string; duplicate: boolean; note: string | null } & { error?: { code: string; message: string } } }>;
    /** Follows a job to its end; the events as they came. */
    follow(jobId: string, lastEventId?: number): Promise<{ id: number; job: Job }[]>;
}

export async function startService(opened: TestDatabase, maxUploadBytes = 2 ** 20): Promise<TestService> {
    const modelFolder = appFolder("models/minilm");
    buildModel(modelFolder);
    const env = readEnv({ ROLE: "all", PORT: "0", JWT_SECRET: randomBytes(48).toString("base64"), LOG_LEVEL: (process.env.TEST_LOG as "info") ?? "silent", MAX_UPLOAD_BYTES: String(maxUploadBytes) });
    const { database } = opened;
    const core = openCore(env, database);
    const { app, sessions, log, metrics } = core;
    const embedder = createEmbedder({ modelFolder, threads: 1 });
    const queue = createPostgresQueue(database, { backoffMs: 10 });
    const parser = createParser();
    const hub = await EventHub.open(database);
    registerAuth(app, sessions);
    app.use("/api/v2/*", authenticate(sessions));
    app.use("/search", authenticate(sessions));
    registerUpload(app, { database, queue, maxBytes: env.MAX_UPLOAD_BYTES });
    registerJobs(app, database, hub);
    registerDocuments(app, database);
    registerSearch(app, { database, embedder });
    const service = await serve(app, 0, "127.0.0.1");
    const url = `http://127.0.0.1:${service.port}`;
    let worker: IngestWorker | undefined;
    return {
        url,
        async as(who) {
            const { email, password } = who === "stranger" ? stranger : people[who];
            const response = await fetch(`${url}/api/login`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ email, password }) });
            return client(url, ((await response.json()) as { token: string }).token);
        },
        async startWorker() {
            worker ??= await startWorker({ database, queue, embedder, parser, tokenizer: loadTokenizer(modelFolder), log, metrics, heartbeatMs: 100, pollMs: 50 });
        },
        async close() {
            await worker?.stop();
            await service.stop();
            await parser.close();
            await hub.close();
            await embedder.close();
        },
    };
}

function client(url: string, token: string): Client {
    const send = (path: string, init: RequestInit = {}) => fetch(url + path, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });
    const json = async <T>(path: string, init?: RequestInit) => {
        const response = await send(path, init);
        const text = await response.text();
        return { status: response.status, body: (text === "" ? undefined : JSON.parse(text)) as T };
    };
    return {
        token,
        fetch: send,
        json,
        upload(content, filename) {
            const form = new FormData();
            form.set("file", new Blob([new Uint8Array(Buffer.from(content as string))]), filename);
            return json("/api/v2/upload", { method: "POST", body: form });
        },
        async follow(jobId, lastEventId) {
            const response = await send(`/api/v2/jobs/${jobId}/events`, { headers: lastEventId === undefined ? {} : { "last-event-id": String(lastEventId) } });
            return [...(await response.text()).matchAll(/event: progress\ndata: (.*)\nid: (\d+)/g)].map((match) => ({ id: Number(match[2]), job: JSON.parse(match[1]!) as Job }));
        },
    };
}
