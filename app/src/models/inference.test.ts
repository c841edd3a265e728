/** The Python of app/remote/inference without Ray, asked by those who ask it in production. */
import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appFolder } from "../env.js";
import { createLogger } from "../http/log.js";
import { Metrics } from "../http/metrics.js";
import { configuredParser, parsersVariable } from "../ingest/parse/remote/config.js";
import type { Parser } from "../ingest/parse/parser.js";
import { httpReranker } from "../rag/reranker.js";
import { remoteEmbedder } from "./remoteEmbedder.js";
import { LOCAL_MODEL } from "./vectorSpace.js";

const KEY = "a-key-of-the-test";

describe("the inference services, asked by the application", function () {
    this.timeout(30_000);
    let service: ChildProcess;
    let url: string;
    before(async function () {
        if (spawnSync("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 10))"]).status !== 0) return this.skip();
        service = spawn("python3", ["-m", "tests.stand_in"], { cwd: appFolder("remote"), env: { PATH: process.env.PATH, INFERENCE_API_KEY: KEY, PYTHONDONTWRITEBYTECODE: "1" }, stdio: ["ignore", "pipe", "ignore"] });
        const [line] = (await once(service.stdout!, "data")) as [Buffer];
        url = `http://127.0.0.1:${Number(line.toString())}`;
    });
    after(() => service?.kill("SIGKILL"));

    const [log, metrics] = [createLogger({ level: "silent", service: "test" }), new Metrics()];
    const embedder = (more: object = {}) => remoteEmbedder({ url: `${url}/embed`, apiKey: KEY, model: LOCAL_MODEL, log, metrics, ...more });
    const post = async (path: string, body: string | object, headers: Record<string, string> = { authorization: `Bearer ${KEY}` }) => {
        const response = await fetch(`${url}${path}`, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), headers });
        return { status: response.status, text: await response.text() };
    };

    it("embed: the same text has the same vector, and related ones are close", async () => {
        const [a, b, c, again] = await embedder().embed(["the return of goods", "goods and their return", "cats sleep", "the return of goods"]);
        const like = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
        assert.deepEqual(a, again);
        assert.ok(like(a!, b!) > like(a!, c!) + 0.2);
        await assert.rejects(embedder({ model: "another", backoffMs: 1 }).embed(["x"]), { code: "EMBEDDER_UNAVAILABLE" });
        await assert.rejects(embedder({ apiKey: "wrong", backoffMs: 1 }).embed(["x"]), { code: "EMBEDDER_UNAVAILABLE" });
    });

    it("rerank: the passage with the sentence that answers comes first, wherever that stands in it", async () => {
        const reranker = httpReranker({ url: `${url}/rerank`, apiKey: KEY, model: LOCAL_MODEL });
        const scores = await reranker.score("when are refunds paid", ["Shops open at nine. Pets may come along.", "Parking is free for an hour. Refunds are paid when goods are back. Bags are sold at the door.", "Cats sleep."]);
        assert.equal(scores.indexOf(Math.max(...scores)), 1);
        const { results } = JSON.parse((await post("/rerank", { query: "b", documents: ["a", "b", "c"], top_n: 1 })).text) as { results: { index: number }[] };
        assert.deepEqual(results.map(({ index }) => index), [1]);
    });

    it("ocr: pages of a picture or a PDF, and the parser here for what it cannot read", async () => {
        const folder = mkdtempSync(join(tmpdir(), "inference-"));
        const local: Parser = {
            repeatable: true,
            async *parse() {
                yield { pages: [{ page: 1, markdown: "read here" }], total: 1 };
            },
            close: async () => undefined,
        };
        const parser = configuredParser(local, parsersVariable.parse(JSON.stringify([{ provider: "ray-ocr", url: `${url}/ocr`, apiKey: KEY }])), log, metrics);
        const read = async (content: string) => {
            const path = join(folder, "a.png");
            writeFileSync(path, content);
            const pages = [];
            for await (const batch of parser.parse({ path, mediaType: "image/png", filename: "a.png", tenantId: "t" })) pages.push(...batch.pages);
            return pages;
        };
        try {
            assert.deepEqual(await read("one\ntwo"), [{ page: 1, markdown: "one" }, { page: 2, markdown: "two" }]);
            assert.deepEqual(await read("one\ndamage"), [{ page: 1, markdown: "read here" }]);
        } finally {
            rmSync(folder, { recursive: true });
        }
        assert.equal((await post("/ocr", "x", { authorization: `Bearer ${KEY}`, "content-type": "text/html" })).status, 415);
    });

    it("answer health to everybody, and nothing else without the key", async () => {
        for (const path of ["/embed", "/rerank", "/ocr"]) {
            assert.equal((await fetch(`${url}${path}/health`)).status, 200, path);
            for (const authorization of ["", "Bearer wrong", `Bearer ${KEY}é`]) assert.equal((await post(path, "{}", { authorization })).status, 401, path);
            assert.equal((await fetch(`${url}${path}`)).status, 405, path);
        }
    });

    it("say what is wrong with a request", async () => {
        const wrong: [string, string | object, status: number, RegExp][] = [
            ["/embed", "{", 400, /no JSON/],
            ["/embed", "[".repeat(200_000), 400, /no JSON/],
            ["/embed", [], 400, /no object/],
            ["/embed", {}, 400, /input: must be a list/],
            ["/embed", { input: [] }, 400, /1 to 256/],
            ["/embed", { input: ["a", ""] }, 400, /input\[1\]/],
            ["/embed", { input: ["a", 5] }, 400, /input\[1\]/],
            ["/embed", { input: ["x".repeat(100_001)] }, 400, /100000 characters/],
            ["/embed", { input: "a", encoding_format: "base64" }, 400, /encoding_format/],
            ["/embed", { input: "a", model: "gpt" }, 404, /all-MiniLM-L6-v2, not gpt/],
            ["/embed", { input: "a", surprise: 1 }, 400, /surprise: there is no such field/],
            ["/rerank", { documents: ["a"] }, 400, /query/],
            ["/rerank", { query: "a", documents: "b" }, 400, /documents: must be a list/],
            ["/rerank", { query: "a", documents: ["b"], top_n: 0 }, 400, /top_n/],
            ["/rerank", { query: "a", documents: ["b"], top_n: true }, 400, /top_n/],
        ];
        for (const [path, body, status, message] of wrong) {
            const found = await post(path, body);
            assert.equal(found.status, status, found.text);
            assert.match((JSON.parse(found.text) as { error: { code: string; message: string } }).error.message, message);
        }
    });
});
