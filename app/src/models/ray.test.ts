/**
 * The applications of app/remote on a real Ray Serve, deployed with the very configuration that the RayService has.
 * Ray is 600 MB and takes a minute or two to begin with: only with `RAY=1` (docs/inference.md has what was measured).
 */
import assert from "node:assert/strict";
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { appFolder } from "../env.js";
import { createLogger } from "../http/log.js";
import { Metrics } from "../http/metrics.js";
import { configuredParser, parsersVariable } from "../ingest/parse/remote/config.js";
import type { Parser } from "../ingest/parse/parser.js";
import { httpReranker } from "../rag/reranker.js";
import { pictures } from "../testing/pictures.js";
import { createEmbedder } from "./embedder.js";
import { remoteEmbedder } from "./remoteEmbedder.js";
import { LOCAL_MODEL } from "./vectorSpace.js";

const KEY = "a-key-of-the-test";
const PORT = 18_765;

interface Golden {
    resources: { name: string; inputs: { spec: { serveConfigV2: string } } }[];
}

/** What is deployed, on a port of the test. */
function configuration(): string {
    const golden = JSON.parse(readFileSync(appFolder("../tests/golden/portable.ray.json"), "utf8")) as Golden;
    const { serveConfigV2 } = golden.resources.find(({ name }) => name === "inference-rayservice")!.inputs.spec;
    return JSON.stringify({ ...(JSON.parse(serveConfigV2) as object), http_options: { host: "127.0.0.1", port: PORT } });
}

/** Python with what requirements.lock pins, made once and kept. */
function python(): string {
    const lock = appFolder("remote/requirements.lock");
    const kept = join(process.env.AGENT_PLATFORM_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "agent-platform"), "ray", createHash("sha256").update(readFileSync(lock)).digest("hex").slice(0, 16));
    if (!existsSync(join(kept, "complete"))) {
        rmSync(kept, { recursive: true, force: true });
        mkdirSync(kept, { recursive: true });
        execFileSync("python3.11", ["-m", "venv", kept]);
        execFileSync(join(kept, "bin/pip"), ["install", "--quiet", "--require-hashes", "--no-deps", "--only-binary=:all:", "-r", lock], { stdio: "inherit" });
        writeFileSync(join(kept, "complete"), "");
    }
    return join(kept, "bin/python");
}

describe("the inference services on Ray Serve", function () {
    this.timeout(1_200_000);
    let home: string;
    let ray: ChildProcess;
    const url = `http://127.0.0.1:${PORT}`;
    const [log, metrics] = [createLogger({ level: "silent", service: "test" }), new Metrics()];

    before(async function () {
        if (process.env.RAY !== "1") return this.skip();
        home = mkdtempSync(join(tmpdir(), "ray-"));
        writeFileSync(join(home, "serve.yaml"), configuration());
        const started = performance.now();
        const program = python();
        console.log(`        installed after ${Math.round((performance.now() - started) / 1000)} s`);
        ray = spawn(program, ["-m", "ray.serve.scripts", "run", join(home, "serve.yaml")], {
            cwd: home,
            env: { PATH: process.env.PATH, HOME: home, RAY_TMPDIR: home, RAY_USAGE_STATS_ENABLED: "0", PYTHONPATH: appFolder("remote"), PYTHONDONTWRITEBYTECODE: "1", MODEL_DIR: appFolder("models/minilm"), INFERENCE_API_KEY: KEY },
            stdio: "ignore",
            // A group of its own, so that nothing of Ray outlives the test.
            detached: true,
        });
        const healthy = async (path: string) => (await fetch(`${url}${path}/health`).catch(() => undefined))?.status === 200;
        while (!(await Promise.all(["/embed", "/rerank", "/ocr"].map(healthy))).every(Boolean)) {
            assert.equal(ray.exitCode, null, "Ray has ended");
            await sleep(500);
        }
        console.log(`        answers after ${Math.round((performance.now() - started) / 1000)} s`);
    });
    after(async () => {
        if (ray?.pid === undefined) return;
        process.kill(-ray.pid, "SIGINT");
        for (let i = 0; i < 60 && ray.exitCode === null; i++) await sleep(500);
        // Ray's own processes are sessions of their own; they are known by the folder of this run.
        spawnSync("sh", ["-c", 'for p in /proc/[0-9]*; do tr "\\0" " " < $p/environ 2>/dev/null | grep -q "HOME=$1" && kill -9 ${p#/proc/} 2>/dev/null; done; true', "sh", home]);
        rmSync(home, { recursive: true, force: true });
    });

    it("make the same vectors as the model of the application", async () => {
        const texts = ["When are refunds paid?", "Refunds are paid within five days.", "Cats sleep. ".repeat(400)];
        const here = createEmbedder({ modelFolder: appFolder("models/minilm"), threads: 1 });
        try {
            const [local, remote] = [await here.embed(texts), await remoteEmbedder({ url: `${url}/embed`, apiKey: KEY, model: LOCAL_MODEL, log, metrics }).embed(texts)];
            for (const [i, vector] of local.entries()) assert.ok(vector.reduce((sum, value, j) => sum + value * remote[i]![j]!, 0) > 0.999, texts[i]!.slice(0, 40));
        } finally {
            await here.close();
        }
    });

    it("put the passage first that answers", async () => {
        const scores = await httpReranker({ url: `${url}/rerank`, apiKey: KEY, timeoutMs: 20_000 }).score("how long do refunds take?", ["Shipping is free above 50 euros.", "Our store opens at nine. Refunds are paid within five days. Bring your receipt.", "Cats sleep a lot."]);
        assert.equal(scores.indexOf(Math.max(...scores)), 1);
    });

    it("read a scanned page", async function () {
        if (spawnSync("tesseract", ["--version"]).status !== 0) return this.skip();
        const [png] = await pictures([["The valve is checked each Monday.", "Report leaks at once."]]);
        const path = join(home, "scan.png");
        writeFileSync(path, png!);
        const nobody: Parser = { repeatable: true, parse: () => assert.fail("read elsewhere"), close: async () => undefined };
        const parser = configuredParser(nobody, parsersVariable.parse(JSON.stringify([{ provider: "ray-ocr", url: `${url}/ocr`, apiKey: KEY }])), log, metrics);
        let text = "";
        for await (const { pages } of parser.parse({ path, mediaType: "image/png", filename: "scan.png", tenantId: "t" })) text += pages.map(({ markdown }) => markdown).join();
        assert.match(text, /valve is checked each Monday/);
    });

    it("grow when more than five requests are in hand for each replica", async () => {
        const processes = () => spawnSync("sh", ["-c", "ps -eo args | grep -c '[S]erveReplica:embedding'"]).stdout.toString().trim();
        assert.equal(processes(), "1");
        const stop = new AbortController();
        const body = JSON.stringify({ input: Array.from({ length: 64 }, (_, i) => `text ${i} `.repeat(60)) });
        const ask = async () => {
            while (!stop.signal.aborted) await fetch(`${url}/embed`, { method: "POST", body, headers: { authorization: `Bearer ${KEY}` } }).then((response) => response.arrayBuffer()).catch(() => sleep(100));
        };
        const asking = Array.from({ length: 20 }, ask);
        const started = performance.now();
        while (Number(processes()) < 2 && performance.now() - started < 300_000) await sleep(1_000);
        stop.abort();
        await Promise.all(asking);
        assert.ok(Number(processes()) >= 2);
        console.log(`        a second replica after ${Math.round((performance.now() - started) / 1000)} s`);
    });
});
