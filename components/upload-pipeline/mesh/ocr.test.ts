/** The HTTP part of the OCR function, for real, with a reader in place of the model: that needs a GPU. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { freePort } from "../../../tests/support/freePort";
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
        python = spawn("python3", ["-c", program, `${__dirname}/ocr.py`], { env: { ...process.env, PORT: String(port), TS_AUTHKEY: "", PYTHONDONTWRITEBYTECODE: "1" }, stdio: ["ignore", "pipe", "inherit"] });
        await new Promise((resolve, reject) => {
            python.stdout!.once("data", resolve);
            python.once("exit", reject);
        });
    });

    after(() => {
        python?.kill("SIGKILL");
    });

    const ask = (path: string, type: string, body: string) => fetch(base + path, { method: "POST", headers: { "content-type": type }, body });

    it("answers a page with its text", async () => {
        const answer = await ask("/ocr", "image/png", "x".repeat(1000));
        assert.deepEqual([answer.status, await answer.json()], [200, { text: "1000 bytes in a .png" }]);
        assert.deepEqual(await (await ask("/ocr", "image/jpeg; q=1", "x")).json(), { text: "1 bytes in a .jpg" });
        assert.deepEqual(await (await fetch(`${base}/health`)).json(), { status: "ok" });
    });

    it("says what is wrong with a request, and goes on after a page that cannot be read", async () => {
        const refused = async (...asked: Parameters<typeof ask>) => {
            const answer = await ask(...asked);
            return [answer.status, ((await answer.json()) as { error: { code: string } }).error.code];
        };
        assert.deepEqual(await refused("/ocr", "application/pdf", "x"), [415, "NOT_AN_IMAGE"]);
        assert.deepEqual(await refused("/other", "image/png", "x"), [404, "NOT_FOUND"]);
        assert.deepEqual(await refused("/ocr", "image/png", "bad"), [422, "UNREADABLE"]);
        assert.equal((await ask("/ocr", "image/png", "good")).status, 200);
    });
});
