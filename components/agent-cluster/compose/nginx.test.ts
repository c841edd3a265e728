/** The NGINX of a machine that runs compose, for real: the generated file, Debian's nginx, and servers in place of the containers. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type IncomingHttpHeaders, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drawn } from "../../../blueprints/page";
import { tryRun } from "../../../toolchain/core/run";
import { freePort } from "../../../toolchain/core/port";
import { nginxConfiguration } from "./nginx";
import { needProgram } from "./testing/debian";
import { serveNames, type Names } from "./testing/names";

const topology = drawn["managed-gcp"]!;

describe("the nginx of a machine that runs compose", function () {
    this.timeout(300_000);
    let folder: string;
    let names: Names;
    let port: number;
    let nginx: ChildProcess;
    const servers: Server[] = [];

    before(async function () {
        const missing = await needProgram("nginx", "nginx-light");
        if (missing !== undefined) {
            console.log(`      skipped: ${missing}`);
            return this.skip();
        }
        folder = mkdtempSync(join(tmpdir(), "agent-platform-nginx-"));
        // Each container has an address of its own, so that all can have their own ports.
        const addresses: Record<string, string> = {};
        for (const [index, service] of topology.services.filter((one) => one.port !== undefined && one.name !== "nginx").entries()) {
            addresses[service.name] = `127.71.0.${index + 1}`;
            const server = createServer((asked, answer) => {
                answer.setHeader("content-type", "application/json");
                if (asked.url?.endsWith("/stream")) {
                    // The second half is only sent when the first has arrived.
                    answer.write("data: first\n\n");
                    setTimeout(() => answer.end("data: second\n\n"), 1_000);
                    return;
                }
                answer.end(JSON.stringify({ service: service.name, path: asked.url, headers: asked.headers }));
            });
            await new Promise<void>((resolve) => server.listen(service.port, addresses[service.name], resolve));
            servers.push(server);
        }
        names = await serveNames(addresses);
        port = await freePort();
        const text = nginxConfiguration({ topology, edge: topology.edges[0]!, port, health: "api", caller: "google" })
            .replace("resolver 127.0.0.11", `resolver 127.0.0.1:${names.port}`)
            .replaceAll("/tmp/", `${folder}/`)
            .replace("/dev/stdout", `${folder}/access.log`);
        assert.ok(text.includes(String(names.port)));
        writeFileSync(join(folder, "nginx.conf"), text);
        const checked = await tryRun("nginx", ["-t", "-c", join(folder, "nginx.conf")]);
        assert.equal(checked.code, 0, checked.stderr);
        nginx = spawn("nginx", ["-c", join(folder, "nginx.conf"), "-g", "daemon off;"], { stdio: "ignore" });
        for (let tries = 0; tries < 100; tries++) {
            if ((await ask("/health").catch(() => undefined))?.status === 200) break;
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
    });

    after(async () => {
        if (nginx?.exitCode === null) {
            nginx.kill("SIGTERM");
            await new Promise((resolve) => nginx.once("exit", resolve));
        }
        names?.close();
        for (const server of servers) server.close();
        if (folder) rmSync(folder, { recursive: true, force: true });
    });

    interface Answer {
        readonly status: number;
        readonly body: { readonly service: string; readonly path: string; readonly headers: IncomingHttpHeaders };
    }

    function ask(path: string, headers: Record<string, string> = {}): Promise<Answer> {
        return new Promise((resolve, reject) => {
            const asked = request({ host: "127.0.0.1", port, path, headers, agent: false }, (answer) => {
                let text = "";
                answer.setEncoding("utf8").on("data", (part: string) => (text += part)).on("end", () => resolve({ status: answer.statusCode!, body: (text.startsWith("{") ? JSON.parse(text) : { service: "", path: "", headers: {} }) as Answer["body"] }));
            });
            asked.on("error", reject);
            asked.end();
        });
    }

    it("sends each path where the topology says", async () => {
        const routes = { "/": "web", "/conversations/7": "web", "/assets/a.js": "web", "/api/login": "api", "/api/threads": "api", "/chat": "api", "/chatter": "web", "/webhooks/shop": "api", "/api/v2/upload": "upload-pipeline", "/api/v2/jobs/1/events": "upload-pipeline", "/health": "api" };
        for (const [path, service] of Object.entries(routes)) {
            const { status, body } = await ask(path);
            assert.deepEqual([status, body.service, body.path], [200, service, path], path);
        }
    });

    it("names the caller that Google's load balancer saw, and no other", async () => {
        const forged = { "x-forwarded-for": "6.6.6.6, 198.51.100.7, 34.1.2.3", "x-real-ip": "6.6.6.6", "cf-connecting-ip": "6.6.6.6", "x-forwarded-proto": "https" };
        const { headers } = (await ask("/api/me", forged)).body;
        assert.deepEqual([headers["x-real-ip"], headers["x-forwarded-for"], headers["cf-connecting-ip"], headers["x-forwarded-proto"]], ["198.51.100.7", "198.51.100.7", "198.51.100.7", "https"]);
        assert.equal((await ask("/api/me")).body.headers["x-real-ip"], "127.0.0.1");
    });

    it("keeps a harmless request id, and makes one otherwise", async () => {
        assert.equal((await ask("/api/me", { "x-request-id": "abcdef-12345" })).body.headers["x-request-id"], "abcdef-12345");
        assert.match(String((await ask("/api/me", { "x-request-id": "a b<script>" })).body.headers["x-request-id"]), /^[0-9a-f]{32}$/);
    });

    it("passes events on as they happen", async () => {
        const first = await new Promise<string>((resolve, reject) => {
            const asked = request({ host: "127.0.0.1", port, path: "/api/stream", agent: false }, (answer) => answer.once("data", (part: Buffer) => (resolve(part.toString()), asked.destroy())));
            asked.on("error", (error) => reject(error));
            asked.end();
        });
        assert.equal(first, "data: first\n\n");
    });

    it("is not well when the api is not", async () => {
        const api = servers[topology.services.filter((one) => one.port !== undefined && one.name !== "nginx").findIndex((one) => one.name === "api")]!;
        api.closeAllConnections();
        await new Promise((resolve) => api.close(resolve));
        assert.equal((await ask("/health")).status, 502);
        assert.equal((await ask("/")).status, 200);
    });
});
