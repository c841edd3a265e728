import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository, typescript } from "../core/paths";

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
        assert.deepEqual(JSON.parse(printed), { passed: 1, failed: 0, skipped: 0 });
        assert.deepEqual(["cleaned", "second"].filter(name => existsSync(at(name))), ["cleaned"]);
    });
});
