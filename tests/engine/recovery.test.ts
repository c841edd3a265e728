/** What happens when a run is killed, or its files are damaged or lost. */
import { strict as assert } from "node:assert";
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../../toolchain/core/problem";
import { tryRun } from "../../toolchain/core/run";
import { passphraseFile, pulumiEnvironment, requireTools, type Workspace } from "../../toolchain/pulumi";
import { PulumiProject } from "../support/pulumiProject";

const quick = [`import * as random from "@pulumi/random";`, `export const result = new random.RandomPassword("password", { length: 24 }).result;`];
/** Creating this resource takes as long as the file `hold` exists. */
const slow = [...quick, `import "./slow.js";`];
const slowModule = `
    const pulumi = require("@pulumi/pulumi");
    const provider = { async create(inputs) {
        const fs = require("fs");
        fs.writeFileSync(inputs.folder + "/begun", "");
        while (fs.existsSync(inputs.folder + "/hold")) await new Promise(resolve => setTimeout(resolve, 50));
        return { id: "slow", outs: {} };
    } };
    class Slow extends pulumi.dynamic.Resource { constructor(name, args) { super(provider, name, args); } }
    new Slow("slow", { folder: process.cwd() });`;

describe("a stack after bad luck", function () {
    this.timeout(300_000);
    let project: PulumiProject;
    let workspace: Workspace;
    const begun = () => join(project.folder, "begun");
    const hold = () => join(project.folder, "hold");
    const stateFile = () => join(project.home, "state", ".pulumi", "stacks", "trial", "dev.json");

    before(async () => {
        project = new PulumiProject();
        project.write("slow.js", slowModule);
        project.program(...quick);
        await project.install();
        workspace = await project.open();
        await workspace.ensureStack();
        await workspace.up();
    });
    beforeEach(() => {
        project.program(...quick);
        for (const file of [begun(), hold()]) rmSync(file, { force: true });
    });
    after(() => project.remove());

    it("is locked while a run is at work; killed, its lock is removed and its plugins end by themselves", async () => {
        const killed = await beginSlowUp();
        await assert.rejects(workspace.ensureStack(), (error: unknown) => error instanceof Problem && error.code === "AP-STACK-LOCKED" && error.why.includes(`process ${killed.pid}`));
        const plugins = await children();
        assert.ok(plugins.length >= 3, `language host, program and plugins: ${plugins.join(", ")}`);
        killed.kill("SIGKILL");
        await until(async () => (await children()).length === 0, "the plugins of the killed run to end");
        rmSync(hold());
        const recovery = await workspace.ensureStack();
        assert.equal(recovery.unlocked, true);
        assert.deepEqual(recovery.repaired.map((urn) => urn.split("::").at(-1)), ["slow"]);
        assert.deepEqual((await workspace.state())?.pending, []);
        assert.deepEqual(await workspace.ensureStack(), { unlocked: false, repaired: [] });
        const outcome = await workspace.up();
        assert.deepEqual([outcome.ok, outcome.counts], [true, { same: 2, create: 1 }]);
        project.program(...quick);
        assert.deepEqual((await workspace.up()).counts, { same: 2, delete: 1 });
    });

    it("is put in order again when a killed run has left its resources out of order", async () => {
        const state = JSON.parse(readFileSync(stateFile(), "utf8")) as { checkpoint: { latest: { resources: unknown[] } } };
        state.checkpoint.latest.resources.reverse();
        writeFileSync(stateFile(), JSON.stringify(state));
        const locks = join(project.home, "state", ".pulumi", "locks", "organization", "trial", "dev");
        mkdirSync(locks, { recursive: true });
        writeFileSync(join(locks, "00000000-0000-4000-8000-000000000000.json"), JSON.stringify({ pid: 2 ** 22 + 1, username: "somebody", hostname: hostname(), timestamp: new Date().toISOString() }));
        assert.deepEqual(await workspace.ensureStack(), { unlocked: true, repaired: [] });
        assert.equal((await workspace.preview()).changed, 0);
    });

    it("reads its state also when the run was killed while it wrote the file beside it", async () => {
        const beside = `${stateFile()}.attrs`;
        assert.ok(existsSync(beside));
        writeFileSync(beside, "");
        await assert.rejects(workspace.preview(), { code: "AP-STATE-BROKEN" });
        assert.deepEqual(await workspace.ensureStack(), { unlocked: false, repaired: [] });
        assert.equal((await workspace.preview()).changed, 0);
    });

    it("waits for what a killed command has left at work", async () => {
        const program = join(project.folder, "pulumi");
        copyFileSync("/bin/sleep", program);
        // Its parent ends at once, as a killed command does.
        const pid = Number(execFileSync("sh", ["-c", `"${program}" 2 > /dev/null 2>&1 & echo $!`], { encoding: "utf8" }));
        const locks = join(project.home, "state", ".pulumi", "locks", "organization", "trial", "dev");
        mkdirSync(locks, { recursive: true });
        writeFileSync(join(locks, "00000000-0000-4000-8000-000000000001.json"), JSON.stringify({ pid, username: "somebody", hostname: hostname(), timestamp: new Date().toISOString() }));
        const told: string[] = [];
        assert.equal((await workspace.ensureStack((line) => told.push(line))).unlocked, true);
        assert.equal(told[0], `waiting for process ${pid}, which a killed run has left behind`);
        rmSync(program);
    });

    it("ends in good order on Ctrl-C: what was begun is finished, the stack is free", async () => {
        project.program(...slow);
        writeFileSync(hold(), "");
        const running = workspace.up();
        await until(async () => existsSync(begun()), "the slow resource to be begun");
        // The terminal's Ctrl-C as our own handler gets it; the test runner has one too, which is left out.
        (process.listeners("SIGINT").at(-1) as () => void)();
        await sleep(500);
        rmSync(hold());
        const outcome = await running;
        assert.deepEqual([outcome.ok, outcome.interrupted], [false, true]);
        assert.deepEqual(await workspace.ensureStack(), { unlocked: false, repaired: [] });
        assert.equal((await workspace.state())?.resources, 2, "what had been begun was recorded");
        project.program(...quick);
        await workspace.up();
    });

    it("says that the passphrase is wrong, or lost, and harms nothing", async () => {
        const kept = readFileSync(passphraseFile(), "utf8");
        const before = readFileSync(stateFile(), "utf8");
        try {
            writeFileSync(passphraseFile(), "another passphrase\n");
            await assert.rejects(workspace.preview(), { code: "AP-PASSPHRASE-WRONG" });
            rmSync(passphraseFile());
            await assert.rejects(project.open(), { code: "AP-PASSPHRASE-LOST" });
            assert.ok(!existsSync(passphraseFile()), "no new one was made up");
        } finally {
            writeFileSync(passphraseFile(), kept, { mode: 0o600 });
        }
        assert.equal(readFileSync(stateFile(), "utf8"), before);
        assert.equal((await workspace.preview()).changed, 0);
    });

    it("names the command that puts a damaged state back", async () => {
        const before = await workspace.outputs();
        await workspace.up();
        writeFileSync(stateFile(), readFileSync(stateFile(), "utf8").slice(0, 500));
        const problem = await workspace.ensureStack().then(() => assert.fail("it should have noticed"), (error: unknown) => error as Problem);
        assert.equal(problem.code, "AP-STATE-BROKEN");
        const [restore] = problem.fix.split(" && ");
        assert.equal((await tryRun("sh", ["-c", restore!])).code, 0, restore);
        assert.deepEqual(await workspace.outputs(), before);
        assert.equal((await workspace.preview()).changed, 0);
    });

    it("notices that the state is gone, instead of deploying everything a second time", async () => {
        const aside = join(project.folder, "aside");
        renameSync(stateFile(), aside);
        try {
            await assert.rejects(workspace.ensureStack(), { code: "AP-STATE-MISSING" });
        } finally {
            renameSync(aside, stateFile());
        }
        assert.deepEqual(await workspace.ensureStack(), { unlocked: false, repaired: [] });
    });

    it("refuses a stack that does not exist", async () => {
        const { Workspace } = await import("../../toolchain/pulumi");
        await assert.rejects((await Workspace.open("nowhere", project.folder)).ensureStack(), { code: "AP-STACK-UNKNOWN" });
    });

    /** The CLI itself, begun to create the slow resource, as a child that can be killed. */
    async function beginSlowUp(): Promise<ChildProcess> {
        project.program(...slow);
        writeFileSync(hold(), "");
        const tools = await requireTools();
        const env: NodeJS.ProcessEnv = { ...process.env, ...pulumiEnvironment(tools, "dev") };
        delete env.PULUMI_CONFIG_PASSPHRASE;
        const child = spawn(join(tools.folder, "pulumi"), ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", "dev"], { cwd: project.folder, env, stdio: "ignore" });
        await until(async () => existsSync(begun()), "the slow resource to be begun");
        return child;
    }

    /** Processes that work for this project, apart from the CLI: they have its home in their environment. */
    async function children(): Promise<string[]> {
        return readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid).flatMap((pid) => {
            try {
                const environment = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
                const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
                return environment.includes(`PULUMI_HOME=${join(project.home, "pulumi")}`) && /node/.test(command.split(" ", 1)[0]!) ? [command.slice(0, 120)] : [];
            } catch {
                return [];
            }
        });
    }
});

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
    for (let tries = 0; tries < 1200; tries++) {
        if (await condition()) return;
        await sleep(100);
    }
    assert.fail(`waited in vain for ${what}`);
}
