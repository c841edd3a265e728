import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { typescript } from "../core/paths";
import { Problem, toProblem } from "../core/problem";
import { run, tryRun } from "../core/run";
import { findGo, goBuild, type GoBuild } from "./go";

describe("building from Go modules", function () {
    this.timeout(180_000);
    let folder: string;
    let build: GoBuild;

    before(async function () {
        if ((await findGo()) === undefined) this.skip();
    });
    beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), "agent-platform-go-"));
        const module = join(folder, "module");
        mkdirSync(module);
        writeFileSync(join(module, "go.mod"), "module example.com/hello\n\ngo 1.21\n");
        // What it imports is compiled in each test, and nothing imports less.
        writeFileSync(join(module, "main.go"), 'package main\n\nimport "syscall"\n\nfunc main() { _, _ = syscall.Write(1, []byte("whole\\n")) }\n');
        build = { title: "the greeting", module, packages: ["."], ldflags: "-s -w", folder: join(folder, "cache", "hello", "1"), scratch: 1_000 };
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    it("goes on after a build that was killed half way, and leaves nothing of it", async () => {
        const script = join(folder, "build.ts");
        writeFileSync(script, `import { goBuild } from ${JSON.stringify(join(__dirname, "go.ts"))};\nvoid goBuild(${JSON.stringify(build)}, line => console.log(line));\n`);
        const child = spawn(process.execPath, [...typescript, script], { detached: true, stdio: ["ignore", "pipe", "inherit"] });
        const compiling = new Promise<void>(resolve => child.stdout.setEncoding("utf8").on("data", (text: string) => /compiling: [2-9]/.test(text) && resolve()));
        await Promise.race([compiling, once(child, "exit").then(() => assert.fail("it was too quick to be killed"))]);
        process.kill(-child.pid!, "SIGKILL");
        await once(child, "exit");
        assert.equal(existsSync(build.folder), false, "nothing counts as built");
        assert.equal(leftovers().length, 1, "the killed build has left its scratch folder");

        await goBuild(build, () => undefined);
        assert.equal(await run(join(build.folder, "hello"), []), "whole\n");
        assert.deepEqual(leftovers(), []);
    });

    it("builds once for two runs at the same time", async () => {
        const told: string[] = [];
        await Promise.all([goBuild(build, line => told.push(line)), sleep(20).then(() => goBuild(build, line => told.push(line)))]);
        assert.equal(told.filter(line => line === "downloading Go modules").length, 1);
        assert.equal(told.filter(line => line.startsWith("waiting for another run")).length, 1);
    });

    it("says so when the disk is full in the middle, and leaves it as it was", async function () {
        const disk = join(folder, "cache");
        mkdirSync(disk);
        if ((await tryRun("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", disk])).code !== 0) return this.skip();
        try {
            const failure = await goBuild(build, () => undefined).then(() => undefined, (error: unknown) => error);
            assert.ok(failure instanceof Problem);
            assert.equal(failure.code, "AP-DISK-FULL", failure.message + failure.why);
            assert.deepEqual(leftovers(), []);
            const tooSmall = goBuild({ ...build, scratch: 1e9 }, () => undefined);
            await assert.rejects(tooSmall, { code: "AP-PULUMI-DISK" });
        } finally {
            await run("umount", [disk]);
        }
    });

    it("knows a full disk wherever it strikes", () => {
        assert.equal(toProblem(Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" })).code, "AP-DISK-FULL");
        assert.equal(toProblem(new Error("something else")).code, "AP-UNEXPECTED");
    });

    function leftovers(): string[] {
        return readdirSync(join(folder, "cache", "hello")).filter(name => name.endsWith(".tmp"));
    }
});
