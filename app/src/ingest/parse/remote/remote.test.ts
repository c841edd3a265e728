import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger } from "../../../http/log.js";
import { Metrics } from "../../../http/metrics.js";
import { pdf } from "../../../testing/files.js";
import { endRoles, startRole } from "../../../testing/processes.js";
import type { Page } from "../page.js";
import type { ParseJob, Parser } from "../parser.js";
import { parsersVariable } from "./config.js";
import { llamaParse } from "./llamaParse.js";
import { pageService } from "./pageService.js";
import { withRemotes, type RemoteOptions, type RemoteParser } from "./remote.js";

/** Stands for the local parser. */
const local: Parser = {
    repeatable: true,
    async *parse() {
        yield { pages: [{ page: 1, markdown: "read here" }], total: 1 };
    },
    close: async () => undefined,
};

describe("parsers elsewhere", function () {
    this.timeout(60_000);
    let folder: string;
    let job: ParseJob;
    let answer: (request: IncomingMessage, body: Buffer, response: ServerResponse) => void;
    let asked: string[] = [];
    let url: string;
    const server = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => {
            asked.push(`${request.method} ${request.url}`);
            answer(request, Buffer.concat(chunks), response);
        });
    });
    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "remote-"));
        job = { path: join(folder, "a.pdf"), mediaType: "application/pdf", filename: "a.pdf", tenantId: "t" };
        writeFileSync(job.path, pdf([["The first page."], ["The second page."]]));
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    beforeEach(() => (asked = []));
    after(() => {
        server.closeAllConnections();
        server.close();
        endRoles();
        rmSync(folder, { recursive: true });
    });

    const accepts = (mediaType: string) => mediaType === "application/pdf";
    const llama = () => llamaParse({ url, apiKey: "llx-key", accepts, pollMs: 5 });
    const pages = () => pageService({ name: "fly", url: `${url}/parse`, apiKey: "a-key", accepts });
    const options = (more: Partial<RemoteOptions> = {}): RemoteOptions => ({ log: createLogger({ level: "silent", service: "test" }), metrics: new Metrics(), timeoutMs: 300, backoffMs: 2, ...more });
    async function read(parser: Parser, what = job): Promise<Page[]> {
        const found: Page[] = [];
        for await (const batch of parser.parse(what)) found.push(...batch.pages);
        return found;
    }
    const json = (response: ServerResponse, value: unknown) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));

    it("LlamaParse: uploads, waits, takes the Markdown of each page", async () => {
        let polls = 0;
        answer = (request, body, response) => {
            assert.equal(request.headers.authorization, "Bearer llx-key");
            if (request.url!.endsWith("/upload")) {
                assert(body.includes('name="file"; filename="a.pdf"') && body.includes("%PDF-"));
                json(response, { id: "job-1", status: "PENDING" });
            } else if (request.url!.endsWith("/job/job-1")) json(response, { id: "job-1", status: polls++ < 2 ? "PENDING" : "SUCCESS" });
            else json(response, { pages: [{ page: 1, md: "# One", text: "One" }, { page: 2, md: null, text: "Two" }], job_metadata: {} });
        };
        assert.deepEqual(await read(withRemotes(local, [llama()], options())), [{ page: 1, markdown: "# One" }, { page: 2, markdown: "Two" }]);
        assert.deepEqual(asked, ["POST /api/v1/parsing/upload", ...Array.from({ length: 3 }, () => "GET /api/v1/parsing/job/job-1"), "GET /api/v1/parsing/job/job-1/result/json"]);
    });

    it("fall back to the local one, whatever they do", async () => {
        const failures: [string, typeof answer, tries: number][] = [
            ["a failed job", (request, _, response) => json(response, request.url!.endsWith("/upload") ? { id: "j" } : { status: "ERROR" }), 1],
            ["no such key", (_, __, response) => response.writeHead(401).end(), 1],
            ["overload", (_, __, response) => response.writeHead(503).end(), 2],
            ["nonsense", (_, __, response) => response.writeHead(200).end("<html>"), 2],
            ["silence", () => undefined, 2],
            ["a cut", (_, __, response) => response.destroy(), 2],
        ];
        for (const [name, behaviour, tries] of failures) {
            for (const remote of [llama(), pages()]) {
                if (remote.name === "fly" && name === "a failed job") continue;
                asked = [];
                answer = behaviour;
                assert.deepEqual(await read(withRemotes(local, [remote], options())), [{ page: 1, markdown: "read here" }], `${remote.name}: ${name}`);
                assert.equal(asked.filter((each) => each.startsWith("POST")).length, tries, `${remote.name}: ${name}`);
            }
        }
        answer = (_, __, response) => response.writeHead(200).end('{"pages":[{"page":1,"markdown":"half"}]}\n');
        assert.deepEqual(await read(withRemotes(local, [pages()], options())), [{ page: 1, markdown: "read here" }], "an answer without its end");
    });

    it("are left alone after failures in a row, and tried again by one", async () => {
        let works = false;
        let calls = 0;
        const remote: RemoteParser = {
            name: "shaky",
            accepts,
            parse: async () => {
                calls++;
                if (!works) throw new Error("away");
                return [{ page: 1, markdown: "read there" }];
            },
        };
        const parser = withRemotes(local, [remote], options({ tries: 1, opensAfter: 2, openMs: 100 }));
        for (let i = 0; i < 5; i++) assert.equal((await read(parser))[0]!.markdown, "read here");
        assert.equal(calls, 2);
        works = true;
        await new Promise((resolve) => setTimeout(resolve, 120));
        assert.equal((await read(parser))[0]!.markdown, "read there");
        assert.equal((await read(parser))[0]!.markdown, "read there");
        assert.equal(calls, 4);
    });

    it("get only what they take, and stop when the work is cancelled", async () => {
        answer = (_, __, response) => response.writeHead(500).end();
        assert.equal((await read(withRemotes(local, [pages()], options()), { ...job, mediaType: "text/plain" }))[0]!.markdown, "read here");
        assert.deepEqual(asked, []);
        answer = () => undefined;
        const controller = new AbortController();
        const work = (async () => {
            for await (const batch of withRemotes(local, [pages()], options({ timeoutMs: 30_000 })).parse(job, controller.signal)) assert(batch);
        })();
        setTimeout(() => controller.abort(), 50);
        await assert.rejects(work, { name: "AbortError" });
    });

    it("the role parse: reads for others, with the right key", async () => {
        const role = await startRole("parse", { PARSE_API_KEY: "a-long-key-that-nobody-guesses-0123456789", LOG_LEVEL: "warn" });
        const service = (apiKey: string) => withRemotes(local, [pageService({ name: "fly", url: `${role.url}/parse`, apiKey, accepts })], options({ timeoutMs: 20_000 }));
        const found = await read(service("a-long-key-that-nobody-guesses-0123456789"));
        assert.deepEqual(found.map(({ page }) => page), [1, 2]);
        assert.match(found[1]!.markdown, /second page/);
        assert.equal((await read(service("another-key")))[0]!.markdown, "read here");
        writeFileSync(join(folder, "bad.pdf"), "%PDF-1.4 nothing");
        assert.equal((await read(service("a-long-key-that-nobody-guesses-0123456789"), { ...job, path: join(folder, "bad.pdf") }))[0]!.markdown, "read here");
        assert.equal(await role.end("SIGTERM"), 0);
    });

    it("are configured by a list that says what is wrong with it", () => {
        assert.equal(parsersVariable.safeParse('[{"provider":"llamaparse","apiKey":"k"},{"provider":"modal-ocr","url":"https://x.modal.run","apiKey":"k","mediaTypes":["image/*"]}]').success, true);
        assert.equal(parsersVariable.safeParse('[{"provider":"fly","apiKey":"k"}]').success, false);
        assert.equal(parsersVariable.safeParse("{").success, false);
    });
});
