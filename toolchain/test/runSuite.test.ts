import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository, typescript } from "../core/paths";
import { runSuite } from "./runSuite";
import type { Suite } from "./suites";

describe("a suite that is told to stop", function () {
    this.timeout(60_000);
    let folder: string;
    beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "agent-platform-suite-"))));
    afterEach(() => rmSync(folder, { recursive: true }));

    it("finishes the test in work, cleans up, and begins no other", async () => {
        const at = (name: string): string => join(folder, name);
        writeFileSync(at("slow.test.js"), `
            const { writeFileSync } = require("node:fs");
            describe("slow", () => {
                after(() => writeFileSync(${JSON.stringify(at("cleaned"))}, ""));
                it("first", async () => { writeFileSync(${JSON.stringify(at("begun"))}, ""); await new Promise(resolve => setTimeout(resolve, 1_000)); });
                it("second", () => writeFileSync(${JSON.stringify(at("second"))}, ""));
            });`);
        writeFileSync(at("run.ts"), `
            import { runSuite } from ${JSON.stringify(join(repository, "toolchain/test/runSuite"))};
            void runSuite({ name: "slow", about: "", files: [${JSON.stringify(at("slow.test.js"))}], kind: "mocha", needs: [], timeout: 10_000, seconds: 1 }, () => undefined).then(counts => console.log(JSON.stringify(counts)));`);
        const run = spawn(process.execPath, [...typescript, at("run.ts")], { cwd: repository, stdio: ["ignore", "pipe", "inherit"] });
        let printed = "";
        run.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
        while (!existsSync(at("begun"))) await new Promise(resolve => setTimeout(resolve, 50));
        run.kill("SIGINT");
        await once(run, "close");
        assert.deepEqual(JSON.parse(printed), { passed: 1, failed: 0, skipped: 0, failures: [], files: { [at("slow.test.js")]: { passed: 1, failed: 0, skipped: 0 } } });
        assert.deepEqual(["cleaned", "second"].filter(name => existsSync(at(name))), ["cleaned"]);
    });
});

describe("a suite with failures", function () {
    this.timeout(60_000);
    let folder: string;
    beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "agent-platform-suite-"))));
    afterEach(() => rmSync(folder, { recursive: true }));

    const suiteOf = (file: string): Suite => ({ name: "some", about: "", files: [file], kind: "mocha", needs: [], timeout: 10_000, seconds: 1 });

    it("tells of each test and hook that failed its titles, what was said and where", async () => {
        const file = join(folder, "some.test.js");
        writeFileSync(file, `
            describe("outer", () => {
                it("is right", () => undefined);
                it.skip("is left out", () => undefined);
                it("is a problem", () => { const { Problem } = require(${JSON.stringify(join(repository, "toolchain/core/problem"))}); throw new Problem("AP-X", { what: "it failed", why: "the reason", fix: "the way out" }); });
                it("is wrong", () => require("node:assert").deepStrictEqual([1], [2]));
                describe("inner", () => {
                    before(() => { throw "not an error"; });
                    it("is never begun", () => undefined);
                });
            });`);
        const counts = await runSuite(suiteOf(file), () => undefined);
        assert.deepEqual([counts.passed, counts.failed, counts.skipped], [1, 3, 1]);
        assert.deepEqual(counts.files, { [file]: { passed: 1, failed: 3, skipped: 1 } });
        assert.deepEqual(counts.failures.map(one => one.file), [file, file, file]);
        const [problem, test, hook] = counts.failures;
        assert.match(problem?.message ?? "", /why: the reason\nfix: the way out\n[^]*it failed/);
        assert.equal(test?.title, "outer › is wrong");
        assert.match(test?.message ?? "", /\+ +1\n- +2\n[^]*some\.test\.js:6/);
        assert.match(hook?.title ?? "", /^outer › inner › "before all" hook/);
        assert.match(hook?.message ?? "", /not an error/);
    });

    it("that crashes is one failure, and says how it ended", async () => {
        const file = join(folder, "crash.test.js");
        writeFileSync(file, "process.exit(7);");
        const { failed, failures } = await runSuite(suiteOf(file), () => undefined);
        assert.equal(failed, 1);
        assert.deepEqual(failures, [{ title: "some", message: "the suite ended with 7 before it could be counted" }]);
    });
});
