import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createLogger } from "../http/log.js";
import { Metrics } from "../http/metrics.js";
import type { Embedder } from "./embedder.js";
import { remoteEmbedder, type RemoteEmbedderOptions } from "./remoteEmbedder.js";
import { LOCAL_MODEL } from "./vectorSpace.js";

/** Stands for the model on this machine. */
const local: Embedder = { model: LOCAL_MODEL, dimensions: 384, embed: async (texts) => texts.map(() => new Float32Array(384).fill(0.5)), close: async () => undefined };

describe("the embedding service", () => {
    let answer: (body: { model: string; input: string[] }, response: ServerResponse) => void;
    let asked = 0;
    let url: string;
    const server = createServer((request, response) => {
        asked++;
        let text = "";
        request.on("data", (chunk: Buffer) => (text += chunk.toString()));
        request.on("end", () => answer(JSON.parse(text) as { model: string; input: string[] }, response));
    });
    before(async () => {
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    beforeEach(() => (asked = 0));
    after(() => {
        server.closeAllConnections();
        server.close();
    });

    const open = (more: Partial<RemoteEmbedderOptions> = {}) => remoteEmbedder({ url, model: LOCAL_MODEL, log: createLogger({ level: "silent", service: "test" }), metrics: new Metrics(), timeoutMs: 300, backoffMs: 2, ...more });
    const json = (response: ServerResponse, value: unknown) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
    const vector = (first: number) => [first, ...new Array<number>(383).fill(0)];

    it("makes unit vectors, in the order of the texts, in portions", async () => {
        answer = ({ model, input }, response) => json(response, { model, data: input.map((text, index) => ({ index, embedding: vector(Number(text)) })).reverse() });
        const texts = Array.from({ length: 130 }, (_, i) => String(i % 2 === 0 ? 2 : -3));
        const vectors = await open().embed(texts);
        assert.deepEqual(vectors.map((each) => [each.length, each[0]]), texts.map((text) => [384, Math.sign(Number(text))]));
        assert.equal(asked, 3);
    });

    const failures: [string, typeof answer, tries: number][] = [
        ["overload", (_, response) => response.writeHead(503).end(), 2],
        ["a wrong key", (_, response) => response.writeHead(401).end(), 1],
        ["nonsense", (_, response) => response.writeHead(200).end("<html>"), 2],
        ["silence", () => undefined, 2],
        ["a cut", (_, response) => response.destroy(), 2],
        ["a text left out", (_, response) => json(response, { data: [] }), 2],
        ["another model", (_, response) => json(response, { model: "other", data: [{ index: 0, embedding: vector(1) }] }), 1],
        ["vectors of another length", (_, response) => json(response, { data: [{ index: 0, embedding: [1, 2] }] }), 1],
        ["a vector of nothing", (_, response) => json(response, { data: [{ index: 0, embedding: vector(0) }] }), 2],
    ];
    for (const [name, behaviour, tries] of failures) {
        it(`${name}: the same model here does the work, and another one says so`, async () => {
            answer = behaviour;
            assert.equal((await open({ local }).embed(["a"]))[0]![0], 0.5);
            assert.equal(asked, tries);
            await assert.rejects(open().embed(["a"]), { code: "EMBEDDER_UNAVAILABLE", status: 503 });
        });
    }

    it("is left alone after failures in a row, and tried again by one", async () => {
        let works = false;
        answer = ({ input }, response) => (works ? json(response, { data: input.map((_, index) => ({ index, embedding: vector(1) })) }) : response.writeHead(500).end());
        const embedder = open({ local, tries: 1, opensAfter: 2, openMs: 1_000 });
        for (let i = 0; i < 5; i++) assert.equal((await embedder.embed(["a"]))[0]![0], 0.5);
        assert.equal(asked, 2);
        works = true;
        await new Promise((resolve) => setTimeout(resolve, 1_050));
        for (let i = 0; i < 2; i++) assert.equal((await embedder.embed(["a"]))[0]![0], 1);
        assert.equal(asked, 4);
    });

    it("has no stand-in whose vectors would not fit", () => {
        assert.throws(() => open({ model: "other", local }), /cannot stand in/);
    });
});
