/** ROLE=parse: reads documents for workers elsewhere. It keeps nothing and needs no database. */
import { randomUUID, timingSafeEqual, createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeStream } from "node:stream/web";
import type { Env } from "../env.js";
import { createApp } from "../http/app.js";
import { ApiError } from "../http/errors.js";
import { createLogger } from "../http/log.js";
import { Metrics } from "../http/metrics.js";
import { describeBytes } from "../ingest/multipart.js";
import { ParseError } from "../ingest/parse/page.js";
import { createParser } from "../ingest/parse/parser.js";
import type { Running } from "./serve.js";

export function startParse(env: Env): { running: Running; drain: () => void } {
    const log = createLogger({ level: env.LOG_LEVEL, service: env.ROLE });
    let draining = false;
    const app = createApp({
        log,
        metrics: new Metrics(),
        unlimitedBodies: ["/parse"],
        ready: async () => {
            if (draining) throw new Error("The service is stopping.");
        },
    });
    const parser = createParser();
    const digest = (text: string) => createHash("sha256").update(text).digest();
    app.post("/parse", async (c) => {
        const key = /^Bearer (\S+)$/.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
        if (!timingSafeEqual(digest(key), digest(env.PARSE_API_KEY!))) throw new ApiError(401, "NOT_SIGNED_IN", "The key is missing or wrong.");
        const path = join(tmpdir(), `parse-${randomUUID()}`);
        let bytes = 0;
        const body = Readable.fromWeb((c.req.raw.body ?? new ReadableStream()) as NodeStream).on("data", (chunk: Buffer) => {
            bytes += chunk.length;
            if (bytes > env.MAX_UPLOAD_BYTES) body.destroy(new ApiError(413, "UPLOAD_TOO_LARGE", `The file is larger than ${describeBytes(env.MAX_UPLOAD_BYTES)}, the most that is taken here.`));
        });
        try {
            await pipeline(body, createWriteStream(path, { mode: 0o600 }));
        } catch (error) {
            await rm(path, { force: true });
            throw error;
        }
        const mediaType = (c.req.header("content-type") ?? "").split(";")[0]!.trim();
        async function* lines(): AsyncGenerator<Uint8Array> {
            const line = (value: unknown) => Buffer.from(`${JSON.stringify(value)}\n`);
            try {
                // A tenant of its own each time: who asks serves many.
                for await (const { pages } of parser.parse({ path, mediaType, filename: "", tenantId: randomUUID() }, c.req.raw.signal)) yield line({ pages });
                yield line({ end: true });
            } catch (error) {
                if (!(error instanceof ParseError)) log.error({ error }, "parsing failed");
                yield line({ error: { code: error instanceof ParseError ? error.code : "INTERNAL", transient: !(error instanceof ParseError) || error.transient } });
            } finally {
                await rm(path, { force: true });
            }
        }
        return c.body(ReadableStream.from(lines()) as ReadableStream<Uint8Array>, 200, { "Content-Type": "application/x-ndjson" });
    });
    return { running: { app, quiesce: async () => undefined, close: () => parser.close() }, drain: () => void (draining = true) };
}
