import assert from "node:assert/strict";
import { ApiError } from "./errors.js";
import { createApp } from "./app.js";
import { createLogger } from "./log.js";
import { Metrics } from "./metrics.js";
import { eventStream } from "./sse.js";

describe("the HTTP ground", () => {
    function build(ready: () => Promise<void> = async () => undefined) {
        const lines: string[] = [];
        const log = createLogger({ level: "debug", service: "test", stream: { write: (line: string) => void lines.push(line) } });
        const app = createApp({ log, metrics: new Metrics(), ready, maxBodyBytes: 100 });
        app.get("/known", () => {
            throw new ApiError(409, "SOME_CODE", "Plain words.", { retryAfter: 7 });
        });
        app.get("/unknown", (c) => {
            c.get("log").info({ password: "hunter2", nested: { token: "abc", authorization: "Bearer x" } }, "with secrets");
            throw new Error("select * from users where secret = 'hunter2'");
        });
        app.get("/full", () => {
            throw Object.assign(new Error("could not extend file"), { code: "53100" });
        });
        app.get("/away", () => {
            throw Object.assign(new Error("terminating"), { code: "57P01" });
        });
        app.post("/echo", async (c) => c.text(await c.req.text()));
        app.get("/stream", (c) =>
            eventStream(c, async ({ send, lastEventId }) => {
                await send("hello", { after: lastEventId ?? null }, 5);
                throw new ApiError(410, "GONE_AWAY", "It ended.");
            }),
        );
        return { app, lines };
    }
    const read = async (response: Response | Promise<Response>) => ({ status: (await response).status, body: (await (await response).json()) as { error: { code: string; message: string; requestId: string } } });

    it("has one shape for all errors, with the request's id", async () => {
        const { app } = build();
        const response = await app.request("/known", { headers: { "x-request-id": "from-the-front-1" } });
        assert.deepEqual(await read(response), { status: 409, body: { error: { code: "SOME_CODE", message: "Plain words.", requestId: "from-the-front-1" } } });
        assert.equal(response.headers.get("x-request-id"), "from-the-front-1");
        assert.equal(response.headers.get("retry-after"), "7");
        assert.equal((await read(app.request("/nowhere"))).body.error.code, "NOT_FOUND");
        const forged = await app.request("/known", { headers: { "x-request-id": "a b<script>" } });
        assert.match(forged.headers.get("x-request-id")!, /^[0-9a-f-]{36}$/);
    });

    it("tells nothing of errors it does not know, and logs them without secrets", async () => {
        const { app, lines } = build();
        const { status, body } = await read(app.request("/unknown"));
        assert.equal(status, 500);
        assert.equal(body.error.code, "INTERNAL");
        assert(!JSON.stringify(body).includes("hunter2"));
        const log = lines.join("");
        assert(log.includes(body.error.requestId) && log.includes("select * from users"), log);
        assert(!/"hunter2"|"abc"|Bearer x/.test(log), log);
    });

    it("has plain words for a full and for an absent database", async () => {
        const { app } = build();
        assert.deepEqual([(await read(app.request("/full"))).body.error.code, (await app.request("/full")).status], ["STORAGE_FULL", 507]);
        assert.deepEqual([(await read(app.request("/away"))).body.error.code, (await app.request("/away")).status], ["DATABASE_UNAVAILABLE", 503]);
    });

    it("sets security headers on everything", async () => {
        const { app } = build();
        for (const path of ["/known", "/nowhere", "/health", "/unknown"]) {
            const { headers } = await app.request(path);
            assert.equal(headers.get("x-content-type-options"), "nosniff", path);
            assert.equal(headers.get("x-frame-options"), "DENY", path);
            assert.match(headers.get("content-security-policy")!, /default-src 'none'/, path);
            assert.match(headers.get("permissions-policy")!, /camera=\(\)/, path);
            assert.equal(headers.get("strict-transport-security"), null, path);
            assert.match((await app.request(path, { headers: { "x-forwarded-proto": "https" } })).headers.get("strict-transport-security")!, /max-age=31536000/, path);
        }
    });

    it("limits bodies, by their declared and by their real length", async () => {
        const { app } = build();
        assert.equal(await (await app.request("/echo", { method: "POST", body: "x".repeat(100) })).text(), "x".repeat(100));
        assert.equal((await read(app.request("/echo", { method: "POST", body: "x", headers: { "content-length": "101" } }))).body.error.code, "REQUEST_TOO_LARGE");
        const endless = new ReadableStream({ pull: (controller) => controller.enqueue(new TextEncoder().encode("xxxxxxxxxx")) });
        assert.equal((await read(app.request("/echo", { method: "POST", body: endless, duplex: "half" } as RequestInit))).body.error.code, "REQUEST_TOO_LARGE");
    });

    it("knows alive from ready, and counts", async () => {
        const { app } = build(() => Promise.reject(new Error("no schema")));
        assert.equal((await app.request("/health")).status, 200);
        assert.deepEqual([(await app.request("/ready")).status, (await read(app.request("/ready"))).body.error.code], [503, "NOT_READY"]);
        assert.equal((await build().app.request("/ready")).status, 200);
        const metrics = await (await app.request("/metrics")).text();
        assert.match(metrics, /^http_request_duration_seconds_count\{method="GET",route="\/health",status="200"\} 1$/m);
        assert.match(metrics, /^process_resident_memory_bytes \d+$/m);
        const { paths } = (await (await app.request("/openapi.json")).json()) as { paths: object };
        assert(paths);
    });

    it("streams events with ids, and tells an error in the stream", async () => {
        const { app } = build();
        const text = await (await app.request("/stream", { headers: { "last-event-id": "4" } })).text();
        assert.match(text, /^event: hello\ndata: \{"after":"4"\}\nid: 5\n\nevent: error\ndata: \{"code":"GONE_AWAY","message":"It ended\.","requestId":"[^"]+"\}\n\n$/);
    });
});
