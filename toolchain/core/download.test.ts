import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canReach, checksumOf, fetchFile, fetchText } from "./download";
import { which } from "./run";

describe("downloads", () => {
    const folder = mkdtempSync(join(tmpdir(), "agent-platform-download-"));
    const path = process.env.PATH;
    let server: Server;
    let origin: string;

    before(async () => {
        server = createServer((request, response) => {
            if (request.url === "/cut") {
                response.writeHead(200, { "content-length": "1000" }).write("only this");
                setTimeout(() => response.destroy(), 20);
            } else response.writeHead(request.url === "/there" ? 200 : 404).end("there it is");
        });
        await new Promise<void>(ready => server.listen(0, "127.0.0.1", ready));
        origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => {
        server.close();
        rmSync(folder, { recursive: true, force: true });
    });
    afterEach(() => (process.env.PATH = path));

    for (const tool of ["curl", "Node alone"]) {
        describe(`by ${tool}`, () => {
            beforeEach(async function () {
                if (tool === "curl") return (await which("curl")) === undefined ? this.skip() : undefined;
                // A PATH without curl.
                const shell = (await which("sh"))!;
                process.env.PATH = folder;
                try {
                    symlinkSync(shell, join(folder, "sh"));
                } catch (error) {
                    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
                }
            });

            it("fetch what is there, whole", async () => {
                await fetchFile(`${origin}/there`, join(folder, "file"));
                assert.equal(readFileSync(join(folder, "file"), "utf8"), "there it is");
                assert.equal(await fetchText(`${origin}/there`), "there it is");
                assert.equal(await checksumOf(join(folder, "file"), "sha256"), "56930cd3b0a61fd8e5de5546721a51b29a63654ef94738914e8f9bcf3691e404");
            });

            it("fail for what is not there, and for what breaks off", async () => {
                await assert.rejects(fetchFile(`${origin}/gone`, join(folder, "gone")));
                await assert.rejects(fetchText(`${origin}/gone`));
                await assert.rejects(fetchFile(`${origin}/cut`, join(folder, "cut")));
            });

            it("know beforehand whether a server has a file", async () => {
                assert.equal(await canReach(`${origin}/there`), true);
                assert.equal(await canReach(`${origin}/gone`), false);
                assert.equal(await canReach("http://127.0.0.1:9/"), false);
            });
        });
    }
});
