import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A checkout with two packages to install: none from a registry, and a command that only says it was reached. */
function checkout(): string {
    const folder = mkdtempSync(join(tmpdir(), "agent-platform-bootstrap-"));
    mkdirSync(join(folder, "toolchain"));
    mkdirSync(join(folder, "tsx"));
    for (const part of ["bootstrap.mjs", "typescript"]) cpSync(join(__dirname, part), join(folder, "toolchain", part), { recursive: true });
    writeFileSync(join(folder, "toolchain", "cli.ts"), 'console.log("reached with " + process.argv.slice(2).join(" "));\n');
    writeFileSync(join(folder, "tsx", "package.json"), '{ "name": "tsx", "version": "1.0.0", "main": "index.js" }');
    writeFileSync(join(folder, "tsx", "index.js"), "");
    writeFileSync(join(folder, "package.json"), '{ "name": "a", "version": "1.0.0", "dependencies": { "tsx": "file:tsx" } }');
    writeFileSync(join(folder, "package-lock.json"), JSON.stringify({
        name: "a", version: "1.0.0", lockfileVersion: 3, requires: true,
        packages: { "": { name: "a", version: "1.0.0", dependencies: { tsx: "file:tsx" } }, tsx: { version: "1.0.0" }, "node_modules/tsx": { resolved: "tsx", link: true } },
    }));
    return folder;
}

function run(folder: string): Promise<{ code: number | null; output: string }> {
    return new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [join(folder, "toolchain", "bootstrap.mjs"), "up", "--yes"], { env: { ...process.env, AGENT_PLATFORM_CACHE: join(folder, "cache"), AGENT_PLATFORM_HOME: join(folder, "home") } });
        let output = "";
        for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
        child.on("error", reject);
        child.on("close", code => resolve({ code, output }));
    });
}

describe("the entry of every command", function () {
    this.timeout(60_000);
    let folder: string;
    beforeEach(() => (folder = checkout()));
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    it("installs the packages once, and hands over the command with its words", async () => {
        const first = await run(folder);
        assert.equal(first.code, 0, first.output);
        assert.match(first.output, /✓ packages · installed in \d+ s[^]*reached with up --yes/);
        assert.equal((await run(folder)).output, "reached with up --yes\n");
    });

    it("installs once for two runs at the same time, also after one that was killed", async () => {
        mkdirSync(join(folder, ".agent-platform"));
        writeFileSync(join(folder, ".agent-platform", "packages.lock"), "4194304");
        const both = await Promise.all([run(folder), run(folder), run(folder)]);
        for (const { code, output } of both) {
            assert.equal(code, 0, output);
            assert.match(output, /reached with up --yes/);
        }
        assert.equal(both.filter(({ output }) => output.includes("installed in")).length, 1);
        assert.equal(existsSync(join(folder, ".agent-platform", "packages.lock")), false);
    });

    it("waits while npm or the run that began it is there", async () => {
        const lock = join(folder, ".agent-platform", "packages.lock");
        mkdirSync(join(folder, ".agent-platform"));
        for (const owners of [`4194304 ${process.pid}`, `${process.pid} 4194304`]) {
            writeFileSync(lock, owners);
            const waiting = run(folder);
            assert.equal(await Promise.race([waiting, new Promise(resolve => setTimeout(resolve, 3_000, "waits"))]), "waits");
            rmSync(lock);
            assert.equal((await waiting).code, 0);
            rmSync(join(folder, "node_modules"), { recursive: true });
        }
    });

    it("says what is wrong when npm cannot install, and does not count it as installed", async () => {
        writeFileSync(join(folder, "package.json"), '{ "name": "a", "version": "1.0.0", "dependencies": { "tsx": "file:tsx", "other": "1.0.0" } }');
        const { code, output } = await run(folder);
        assert.equal(code, 1);
        assert.match(output, /AP-PACKAGES {2}npm could not install packages\n {2}why {2}[^]*Missing: other@1\.0\.0[^]*\n {2}fix {2}.+bootstrap\.log/);
        assert.equal(existsSync(join(folder, "node_modules", ".agent-platform")), false);
        assert.match(readFileSync(join(folder, "home", "logs", "bootstrap.log"), "utf8"), /npm ci/);
    });
});
