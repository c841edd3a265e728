/** The HTTP part of the OCR function, for real, with a reader in place of the model: that needs a GPU. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "../../../toolchain/core/paths";
import { freePort } from "../../../toolchain/core/port";
import { which } from "../../../toolchain/core/run";

/** Starts the server as Modal does, and stays. The reader says how many bytes it was given, and fails at "bad". */
const program = `
import importlib.util, os, sys, threading
spec = importlib.util.spec_from_file_location("ocr", sys.argv[1])
ocr = importlib.util.module_from_spec(spec)
spec.loader.exec_module(ocr)
def read(path):
    data = open(path, "rb").read()
    if data == b"bad": raise ValueError("bad page")
    return f"{len(data)} bytes in a {os.path.splitext(path)[1]}"
ocr.serve(read)
print("ready", flush=True)
threading.Event().wait()
`;

describe("the OCR function", () => {
    let python: ChildProcess;
    let base: string;

    before(async function () {
        if ((await which("python3")) === undefined) {
            console.log("      skipped: there is no python3");
            return this.skip();
        }
        const port = await freePort();
        base = `http://127.0.0.1:${port}`;
        python = spawn("python3", ["-c", program, `${__dirname}/ocr.py`], { env: { ...process.env, PORT: String(port), TS_AUTHKEY: "", OCR_API_KEY: "key-of-the-test", PYTHONDONTWRITEBYTECODE: "1" }, stdio: ["ignore", "pipe", "inherit"] });
        await new Promise((resolve, reject) => {
            python.stdout!.once("data", resolve);
            python.once("exit", reject);
        });
    });

    after(() => {
        python?.kill("SIGKILL");
    });

    const key = "key-of-the-test";
    const ask = (path: string, type: string, body: string, authorization = `Bearer ${key}`) => fetch(base + path, { method: "POST", headers: { "content-type": type, authorization }, body });
    const linesOf = async (answer: Response) => (await answer.text()).trim().split("\n").map((line) => JSON.parse(line) as unknown);

    it("answers a page in the lines that the worker reads", async () => {
        const answer = await ask("/", "image/png", "x".repeat(1000));
        assert.equal(answer.status, 200);
        assert.deepEqual(await linesOf(answer), [{ pages: [{ page: 1, markdown: "1000 bytes in a .png" }] }, { end: true }]);
        assert.deepEqual((await linesOf(await ask("/", "image/jpeg; q=1", "x")))[0], { pages: [{ page: 1, markdown: "1 bytes in a .jpg" }] });
        assert.deepEqual(await (await fetch(`${base}/health`)).json(), { status: "ok" });
    });

    it("is what the worker's own client takes", async () => {
        // By its path: the application has a compiler configuration of its own.
        const { pageService } = (await import(join(repository, "app", "src", "ingest", "parse", "remote", "pageService.ts"))) as { pageService: (options: object) => { parse(job: object, signal: AbortSignal): Promise<unknown> } };
        const folder = mkdtempSync(join(tmpdir(), "agent-platform-ocr-"));
        try {
            writeFileSync(join(folder, "page"), "x".repeat(7));
            const client = pageService({ name: "modal-ocr", url: `${base}/`, apiKey: key, accepts: () => true });
            assert.deepEqual(await client.parse({ path: join(folder, "page"), mediaType: "image/png", filename: "page", tenantId: "t" }, AbortSignal.timeout(5_000)), [{ page: 1, markdown: "7 bytes in a .png" }]);
        } finally {
            rmSync(folder, { recursive: true, force: true });
        }
    });

    it("says what is wrong with a request, and goes on after a page that cannot be read", async () => {
        const refused = async (...asked: Parameters<typeof ask>) => {
            const answer = await ask(...asked);
            return [answer.status, ((await answer.json()) as { error: { code: string } }).error.code];
        };
        assert.deepEqual(await refused("/", "image/png", "x", "Bearer other"), [401, "NOT_SIGNED_IN"]);
        assert.deepEqual(await refused("/", "image/png", "x", "Bearer schlüssel"), [401, "NOT_SIGNED_IN"]);
        assert.deepEqual(await refused("/", "application/pdf", "x"), [415, "NOT_AN_IMAGE"]);
        assert.deepEqual(await refused("/other", "image/png", "x"), [404, "NOT_FOUND"]);
        assert.deepEqual(await linesOf(await ask("/", "image/png", "bad")), [{ error: { code: "DOCUMENT_DAMAGED", transient: false } }]);
        assert.equal((await ask("/", "image/png", "good")).status, 200);
    });
});
