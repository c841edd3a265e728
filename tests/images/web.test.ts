import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureImage } from "../../toolchain/images";
import { freePort } from "../../toolchain/core/port";
import { canRunContainers, eventually, runImage, unpackImage, type Running, type UnpackedImage } from "../support/container";

describe("the web image, run as the cluster runs it", function () {
    this.timeout(300_000);
    let image: UnpackedImage | undefined;
    let container: Running | undefined;
    let agent: Server;
    let upload: Server;
    let base: string;
    let seen: { service: string; request: IncomingMessage; body: string }[] = [];
    /** Released by a test that has read the first event. */
    let release: () => void = () => undefined;

    before(async function () {
        this.timeout(900_000);
        if (!(await canRunContainers())) return this.skip();
        image = await unpackImage(await ensureImage("web", () => undefined));
        agent = await service("agent");
        upload = await service("upload");
        ({ base, container } = await started({}));
    });
    after(async () => {
        await container?.remove();
        agent?.closeAllConnections();
        agent?.close();
        upload?.closeAllConnections();
        upload?.close();
        image?.remove();
    });
    beforeEach(() => {
        seen = [];
    });

    async function started(env: Record<string, string>): Promise<{ base: string; container: Running }> {
        const port = await freePort();
        const running = runImage(image!, { env: { PORT: String(port), AGENT_URL: origin(agent), UPLOAD_URL: origin(upload), ...env } });
        const address = `http://127.0.0.1:${port}`;
        await eventually(async () => ((await fetch(`${address}/health`)).ok ? true : undefined), () => running.output());
        return { base: address, container: running };
    }

    const service = (name: string) =>
        new Promise<Server>((resolve) => {
            const server = createServer((request, response) => {
                let body = "";
                request.setEncoding("utf8").on("data", (text: string) => (body += text.length > 1000 ? "" : text)).on("end", () => {
                    seen.push({ service: name, request, body });
                    if (request.url === "/api/stream") {
                        response.writeHead(200, { "content-type": "text/event-stream" }).write("data: one\n\n");
                        release = () => response.end("data: two\n\n");
                    } else response.writeHead(200, { "content-type": "application/json", "cache-control": "private, no-store" }).end("{}");
                });
            });
            server.listen(0, "127.0.0.1", () => resolve(server));
        });
    const origin = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

    it("serves the page for every address of the application, under a strict policy", async () => {
        for (const path of ["/", "/chat/some-thread", "/documents"]) {
            const response = await fetch(base + path);
            assert.equal(response.status, 200, path);
            assert.match(await response.text(), /<div id="root">/);
            assert.equal(response.headers.get("cache-control"), "no-cache");
            assert.equal(response.headers.get("x-content-type-options"), "nosniff");
            assert.equal(response.headers.get("x-frame-options"), "DENY");
            assert.equal(response.headers.get("referrer-policy"), "same-origin");
            const policy = response.headers.get("content-security-policy") ?? "";
            for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]) assert.ok(policy.includes(rule), rule);
            assert.ok(!policy.includes("unsafe"));
            assert.doesNotMatch(response.headers.get("server") ?? "", /\d/);
        }
    });

    it("has no inline script or style, which the policy would block", () => {
        const html = readFileSync(join(image!.rootfs, "srv/site/index.html"), "utf8");
        assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=/i);
    });

    it("lets built files be kept for ever and answers missing ones with 404", async () => {
        const [asset] = readdirSync(join(image!.rootfs, "srv/site/assets"));
        const found = await fetch(`${base}/assets/${asset}`);
        assert.equal(found.headers.get("cache-control"), "public, max-age=31536000, immutable");
        const missing = await fetch(`${base}/assets/index-gone.js`);
        assert.equal(missing.status, 404);
    });

    it("tells the services the caller's true address, whatever the caller claims", async () => {
        await fetch(`${base}/api/me`, { headers: { "x-real-ip": "203.0.113.9" } });
        assert.equal(seen.at(-1)!.request.headers["x-real-ip"], "127.0.0.1");
        await fetch(`${base}/api/me`, { headers: { "x-real-ip": "203.0.113.9", "cf-connecting-ip": "198.51.100.7" } });
        assert.equal(seen.at(-1)!.request.headers["x-real-ip"], "198.51.100.7");
    });

    it("sends each API to its service, with a request id and without touching its cache rule", async () => {
        const expected = { "/api/me": "agent", "/chat": "agent", "/api/chat": "agent", "/api/v2/jobs?x=1": "upload" };
        for (const [path, name] of Object.entries(expected)) {
            const response = await fetch(base + path, { headers: { "x-request-id": "caller-id-12345" } });
            assert.equal(response.headers.get("cache-control"), "private, no-store");
            assert.equal(response.headers.get("x-request-id"), "caller-id-12345");
            const last = seen.at(-1)!;
            assert.equal(last.service, name, path);
            assert.equal(last.request.url, path);
            assert.equal(last.request.headers["x-request-id"], "caller-id-12345");
            assert.equal(last.request.headers.host, new URL(base).host);
        }
        await fetch(`${base}/api/me`, { headers: { "x-request-id": "bad id with spaces\tand more" } });
        assert.match(String(seen.at(-1)!.request.headers["x-request-id"]), /^[0-9a-f]{32}$/);
    });

    it("passes events on as they happen", async () => {
        const response = await fetch(`${base}/api/stream`);
        const reader = response.body!.getReader();
        // The service sends the second event only after this read: a buffering proxy would never get here.
        assert.equal(new TextDecoder().decode((await reader.read()).value), "data: one\n\n");
        release();
        assert.equal(new TextDecoder().decode((await reader.read()).value), "data: two\n\n");
    });

    it("takes a large upload and refuses a huge one with a reason a program can read", async () => {
        assert.equal((await fetch(`${base}/api/v2/upload`, { method: "POST", body: Buffer.alloc(52 * 2 ** 20) })).status, 200);
        const refused = await fetch(`${base}/api/login`, { method: "POST", body: Buffer.alloc(2 * 2 ** 20) });
        assert.equal(refused.status, 413);
        assert.equal(((await refused.json()) as { error: { code: string } }).error.code, "REQUEST_TOO_LARGE");
        assert.equal(refused.headers.get("x-content-type-options"), "nosniff");
    });

    it("writes one line of JSON per request, without query strings", async () => {
        await fetch(`${base}/api/me?secret=hunter2`);
        const line = await eventually(async () => container!.output().split("\n").findLast((text) => text.includes('"/api/me"')), () => container!.output());
        assert.equal((JSON.parse(line) as { status: number }).status, 200);
        assert.ok(!container!.output().includes("hunter2"));
    });

    it("answers the 101st request of a caller in one minute with 429, and those of others as before", async () => {
        const limited = await started({ CALLER: "gateway", RATE_LIMIT_PER_MINUTE: "100" });
        try {
            // What a caller claims stands before what the gateway has seen, and changes nothing.
            const ask = (caller: string, path: string, number: number) => fetch(`${limited.base}${path}`, { headers: { "x-forwarded-for": `203.0.113.${number}, ${caller}`, "cf-connecting-ip": `203.0.113.${number}` } });
            const minute = () => Math.floor(Date.now() / 60_000);
            for (let before = -1; before !== minute(); ) {
                // All in the same minute of the clock: across its end there are two.
                before = minute();
                const caller = `198.51.100.${before % 200}`;
                const answers: number[] = [];
                for (let number = 1; number <= 100; number++) answers.push((await ask(caller, ["/api/me", "/chat", "/api/v2/jobs"][number % 3]!, number)).status);
                const over = await ask(caller, "/api/me", 101);
                if (before !== minute()) continue;
                assert.deepEqual(answers, Array(100).fill(200));
                assert.equal(over.status, 429);
                assert.equal(over.headers.get("retry-after"), "60");
                assert.equal(((await over.json()) as { error: { code: string } }).error.code, "TOO_MANY_REQUESTS");
                assert.equal((await ask("198.51.100.250", "/api/me", 1)).status, 200);
                assert.equal((await ask(caller, "/health", 1)).status, 200, "whoever asks how it is gets an answer");
            }
            assert.equal(seen.at(-1)!.request.headers["x-real-ip"], "198.51.100.250");
        } finally {
            await limited.container.remove();
        }
    });

    it("takes the caller's address from before Google's own", async () => {
        const google = await started({ CALLER: "google" });
        try {
            await fetch(`${google.base}/api/me`, { headers: { "x-forwarded-for": "203.0.113.1, 198.51.100.9, 34.1.2.3" } });
            assert.equal(seen.at(-1)!.request.headers["x-real-ip"], "198.51.100.9");
        } finally {
            await google.container.remove();
        }
    });

    it("says that a service is away instead of hanging, and ends in peace", async () => {
        agent.closeAllConnections();
        await new Promise((resolve) => agent.close(resolve));
        const response = await fetch(`${base}/api/me`);
        assert.equal(response.status, 503);
        assert.equal(((await response.json()) as { error: { code: string } }).error.code, "SERVICE_UNAVAILABLE");
        await container!.signal("QUIT");
        assert.equal(await container!.ended, 0);
    });

    it("refuses an address that could carry configuration", async () => {
        const attempts: Record<string, string>[] = [{ AGENT_URL: "http://x:1;} server { listen 1" }, { UPLOAD_URL: "http://x\n;" }, { UPLOAD_URL: "file:///etc/passwd" }, { PORT: "1; return 200" }, { RATE_LIMIT_PER_MINUTE: "1r/s; x" }, { CALLER: "$remote_addr" }];
        for (const env of attempts) {
            const hostile = runImage(image!, { env });
            try {
                assert.equal(await hostile.ended, 64);
                assert.match(hostile.output(), /must be (an origin|a number|cloudflare)/);
            } finally {
                await hostile.remove();
            }
        }
    });
});
