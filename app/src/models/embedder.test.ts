import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { appFolder } from "../env.js";
import { childOptions } from "../process.js";
import { createEmbedder, type Embedder } from "./embedder.js";
import { buildModel } from "./minilm/build.js";

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);

describe("the embedding model", function () {
    this.timeout(120_000);
    let folder: string;
    let embedder: Embedder;
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "model-"));
        buildModel(appFolder("models/minilm"));
        embedder = createEmbedder({ modelFolder: appFolder("models/minilm"), threads: 2 });
    });
    after(async () => {
        await embedder.close();
        rmSync(folder, { recursive: true });
    });

    it("ends in good order while it is loaded and while it works", async () => {
        for (const wait of [0, 40, 400]) {
            const program = `
                import { setTimeout as sleep } from "node:timers/promises";
                import { createEmbedder } from ${JSON.stringify(new URL("./embedder.ts", import.meta.url).href)};
                const embedder = createEmbedder({ modelFolder: ${JSON.stringify(appFolder("models/minilm"))}, threads: 1 });
                const work = Promise.allSettled(Array.from({ length: 200 }, () => embedder.embed(["a sentence of some words ".repeat(20)])));
                await sleep(${wait});
                await embedder.close();
                await work;
                console.log("closed");
                process.exit(0);`;
            writeFileSync(join(folder, "close.mjs"), program);
            const { status, stdout, stderr } = spawnSync(process.execPath, [...childOptions(), join(folder, "close.mjs")], { encoding: "utf8", timeout: 60_000 });
            assert.deepEqual([status, stdout.trim()], [0, "closed"], stderr);
        }
    });

    it("is made once, and again when it is not whole", () => {
        assert.equal(buildModel(folder), true);
        assert.equal(buildModel(folder), false);
        writeFileSync(join(folder, "manifest.json"), "{}");
        assert.equal(buildModel(folder), true);
        assert.deepEqual(readFileSync(join(folder, "model.onnx")), readFileSync(join(appFolder("models/minilm"), "model.onnx")));
    });

    it("in eight bits says nearly what it says in full", async () => {
        const full = join(folder, "full");
        buildModel(full, "fp32");
        const exact = createEmbedder({ modelFolder: full, threads: 1 });
        const texts = ["How do I reset my password?", "The cat sat on the mat.", "Quarterly revenue grew by 12 percent.", "x", "Rückerstattung in zehn Tagen"];
        const [a, b] = [await embedder.embed(texts), await exact.embed(texts)];
        await exact.close();
        a.forEach((vector, i) => {
            assert(dot(vector, b[i]!) > 0.975, `${texts[i]}: ${dot(vector, b[i]!)}`);
            assert(Math.abs(dot(vector, vector) - 1) < 1e-3);
        });
    });

    it("knows what is alike", async () => {
        const pairs = [
            ["How do I reset my password?", "Steps to change a forgotten login secret", "The cat sat on the mat"],
            ["A feline rested on a rug", "The cat sat on the mat", "Quarterly revenue grew by 12 percent"],
            ["The company earned more this quarter", "Quarterly revenue grew by 12 percent", "How do I reset my password?"],
        ];
        for (const texts of pairs) {
            const [a, near, far] = await embedder.embed(texts);
            assert(dot(a!, near!) > dot(a!, far!) + 0.3);
        }
    });

    it("gives a text the same vector whatever is embedded beside it", async () => {
        const [alone] = await embedder.embed(["One text among many."]);
        const many = await embedder.embed([...Array.from({ length: 20 }, (_, i) => `${"Other words. ".repeat(i)}`), "One text among many."]);
        assert.deepEqual(many.at(-1), alone);
        assert.equal(many.length, 21);
        assert.deepEqual(await embedder.embed([]), []);
    });

    it("takes the longest text and the empty one", async () => {
        for (const vector of await embedder.embed(["word ".repeat(5000), ""])) assert(Math.abs(dot(vector, vector) - 1) < 1e-3);
    });
});
