import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ApiError } from "../http/errors.js";
import { createLogger } from "../http/log.js";
import { createScanner } from "./scan.js";

describe("scanning uploads", () => {
    const log = createLogger({ level: "silent", service: "test" });
    const folder = mkdtempSync(join(tmpdir(), "scan-"));
    let server: Server;
    let url: string;
    let answer: { status: number; body: string } = { status: 200, body: "" };
    const seen: { name: string; sha256: string; body: string }[] = [];
    before(async () => {
        server = createServer((request, response) => {
            const parts: Buffer[] = [];
            request.on("data", (part: Buffer) => parts.push(part)).on("end", () => {
                const body = Buffer.concat(parts).toString();
                seen.push({ name: decodeURIComponent(String(request.headers["x-filename"])), sha256: String(request.headers["x-sha256"]), body });
                response.writeHead(answer.status, { "content-type": "application/json", location: "/elsewhere" }).end(answer.body === "" ? JSON.stringify(body.includes("EICAR") ? { clean: false, reason: "EICAR test file" } : { clean: true }) : answer.body);
            });
        }).listen(0, "127.0.0.1");
        await once(server, "listening");
        url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/scan`;
    });
    after(() => {
        server.closeAllConnections();
        server.close();
        rmSync(folder, { recursive: true });
    });
    const file = (content: string) => {
        const path = join(folder, "file");
        writeFileSync(path, content);
        return { path, filename: "größe.txt", bytes: Buffer.byteLength(content), sha256: "abc" };
    };
    const refused = (code: string) => (error: ApiError) => error.code === code;

    it("lets pass what is clean, and refuses the rest with the reason", async () => {
        const scanner = createScanner({ url }, log);
        await scanner.scan(file("harmless"));
        assert.deepEqual(seen.at(-1), { name: "größe.txt", sha256: "abc", body: "harmless" });
        await assert.rejects(scanner.scan(file("x EICAR x")), (error: ApiError) => error.code === "UPLOAD_REFUSED" && error.message.includes("EICAR test file"));
    });

    it("takes nothing unseen while the scanner is away, fails, redirects or makes no sense, unless told to", async () => {
        for (const broken of [{ status: 500, body: "x" }, { status: 302, body: "x" }, { status: 200, body: "fine" }, { status: 200, body: '{"clean": "yes"}' }]) {
            answer = broken;
            await assert.rejects(createScanner({ url }, log).scan(file("x")), refused("SCANNER_UNAVAILABLE"));
            await createScanner({ url, failOpen: true }, log).scan(file("x"));
        }
        await assert.rejects(createScanner({ url: "http://127.0.0.1:9/" }, log).scan(file("x")), refused("SCANNER_UNAVAILABLE"));
    });
});
