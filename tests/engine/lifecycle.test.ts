/** A stack from its creation to its end, with the real CLI, language host and plugins. */
import { strict as assert } from "node:assert";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { tryRun } from "../../toolchain/core/run";
import { passphraseFile, requireTools, shellLines, type Workspace } from "../../toolchain/pulumi";
import { PulumiProject } from "../support/pulumiProject";

const program = [
    `import * as pulumi from "@pulumi/pulumi";`,
    `import * as random from "@pulumi/random";`,
    `const password = new random.RandomPassword("password", { length: new pulumi.Config().requireNumber("length") });`,
    `const id = new random.RandomId("id", { byteLength: 4, prefix: "v-" });`,
    `console.log("the program says hello");`,
    `export const result = password.result;`,
    `export const name = id.hex;`,
];

describe("the life of a stack in the real engine", function () {
    this.timeout(300_000);
    let project: PulumiProject;
    let workspace: Workspace;
    const stackFile = () => readFileSync(join(project.folder, "Pulumi.dev.yaml"), "utf8");
    const stateText = () => readdirSync(join(project.home, "state"), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8")).join("\n");

    before(async () => {
        project = new PulumiProject();
        project.program(...program);
        await project.install();
        workspace = await project.open();
        await workspace.ensureStack();
    });
    after(() => project.remove());

    it("has a passphrase that only its owner can read", () => {
        assert.equal(statSync(passphraseFile()).mode & 0o777, 0o600);
        assert.match(readFileSync(passphraseFile(), "utf8"), /^[\w-]{43}\n$/);
    });

    it("previews what would be made, and makes nothing", async () => {
        const lines: string[] = [];
        const outcome = await workspace.preview({ report: (line) => lines.push(line) });
        assert.deepEqual([outcome.ok, outcome.counts, outcome.changed], [true, { create: 3 }, 3]);
        assert.deepEqual(outcome.changes.map(({ op, name }) => `${op} ${name}`).sort(), ["create id", "create password", "create trial-dev"]);
        assert.ok(lines.length > 0, "it tells its progress");
        assert.equal((await workspace.state())?.resources, 0);
    });

    it("deploys, without a warning, and shows what the program prints", async () => {
        const outcome = await workspace.up();
        assert.deepEqual([outcome.ok, outcome.counts], [true, { create: 3 }]);
        assert.deepEqual(outcome.diagnostics.map(({ severity, message }) => `${severity}: ${message}`), ["info: the program says hello"]);
        assert.equal((await workspace.state())?.resources, 2);
    });

    it("keeps secrets out of everything it writes", async () => {
        const { result, name } = await workspace.outputs();
        assert.equal(String(result).length, 24);
        assert.match(String(name), /^v-[0-9a-f]{8}$/);
        const written = stateText();
        assert.ok(written.includes(String(name)), "the state is what was searched");
        assert.ok(!written.includes(String(result)) && !written.includes(JSON.stringify(result)), "the password is in the state");
        assert.ok(!written.includes(readFileSync(passphraseFile(), "utf8").trim()), "the passphrase is in the state");
    });

    it("changes nothing when nothing changed", async () => {
        const before = await workspace.outputs();
        assert.deepEqual([(await workspace.preview()).changed, (await workspace.up()).changed, (await workspace.refresh()).changed], [0, 0, 0]);
        assert.deepEqual(await workspace.outputs(), before);
    });

    it("leaves the committed file of the stack as it was", () => {
        assert.equal(stackFile(), "# a comment that stays\nconfig:\n  trial:length: 24 # and this one\n");
    });

    it("replaces what cannot be changed in place", async () => {
        const before = await workspace.outputs();
        project.write("Pulumi.dev.yaml", "config:\n  trial:length: 30\n");
        const outcome = await workspace.up();
        assert.deepEqual(outcome.counts, { same: 2, replace: 1 });
        const after = await workspace.outputs();
        assert.equal(String(after.result).length, 30);
        assert.equal(after.name, before.name);
    });

    it("works with plain pulumi commands after the printed lines, and clears up what they write", async () => {
        const committed = stackFile();
        const lines = shellLines(await requireTools());
        const plain = (command: string) => tryRun("sh", ["-c", `${lines.join("\n")}\n${command}`], { cwd: project.folder });
        const up = await plain("pulumi up --yes --non-interactive");
        assert.equal(up.code, 0, up.stderr);
        assert.match(up.stdout, /3 unchanged/);
        assert.equal((await plain("pulumi stack output result --show-secrets")).stdout.trim(), (await workspace.outputs()).result);
        assert.match(stackFile(), /^encryptionsalt: /m);
        assert.equal((await workspace.preview()).changed, 0);
        assert.equal(stackFile(), committed);
    });

    it("starts dynamic providers", async () => {
        project.program(
            ...program,
            `import * as dynamic from "./dynamic.js";`,
            `export const made = dynamic.made;`,
        );
        project.write("dynamic.js", `
            const pulumi = require("@pulumi/pulumi");
            const provider = { async create(inputs) { return { id: "made", outs: { text: inputs.text.toUpperCase() } }; } };
            class Thing extends pulumi.dynamic.Resource { constructor(name, args) { super(provider, name, args); } }
            exports.made = new Thing("thing", { text: "dynamic" }).text;`);
        const outcome = await workspace.up();
        assert.deepEqual(outcome.counts, { same: 3, create: 1 });
        assert.equal((await workspace.outputs()).made, "DYNAMIC");
    });

    it("is stopped by a mandatory policy before anything changes", async () => {
        const before = await workspace.outputs();
        project.program(...program);
        project.write("Pulumi.dev.yaml", "config:\n  trial:length: 10\n");
        const pack = project.policyPack(16);
        for (const outcome of [await workspace.preview({ policyPack: pack }), await workspace.up({ policyPack: pack })]) {
            assert.equal(outcome.ok, false);
            assert.deepEqual(outcome.blocked.map(({ policy, level }) => [policy, level]), [["long-passwords", "mandatory"]]);
            assert.match(outcome.blocked[0]!.message, /only 10 characters/);
        }
        assert.equal((await workspace.outputs()).result, before.result);
        project.write("Pulumi.dev.yaml", "config:\n  trial:length: 30\n");
        assert.equal((await workspace.preview({ policyPack: pack })).ok, true);
    });

    it("takes Ctrl-C also while it only asks what was in force before", async () => {
        const running = workspace.preview({ policyPack: project.policyPack(16) });
        // Pulumi has not been started for the preview itself by now; the test runner has a listener too, which is left out.
        (process.listeners("SIGINT").at(-1) as () => void)();
        assert.equal((await running).interrupted, true);
    });

    it("records the policies of a deployment, and tells when they changed or were left out", async () => {
        const notes = async () => (await workspace.preview({ policyPack: project.policyPack(17) })).policyNotes.map(({ kind }) => kind);
        await workspace.up({ policyPack: project.policyPack(17) });
        assert.deepEqual(await notes(), []);
        project.write("pack/waivers.json", "{}");
        assert.deepEqual(await notes(), ["changed"]);
        await workspace.up();
        assert.deepEqual(await notes(), ["changed", "left out"]);
    });

    it("says what is wrong with a program that fails", async () => {
        project.program(`throw new Error("the program is broken on purpose");`);
        await assert.rejects(workspace.preview(), { code: "AP-PULUMI-FAILED", why: /broken on purpose/ });
        project.program(...program);
    });

    it("is gone after destroy, and nothing of it is left", async () => {
        const outcome = await workspace.destroy();
        assert.equal(outcome.ok, true);
        assert.deepEqual(await workspace.state(), { salt: (await workspace.state())?.salt, pending: [], resources: 0 });
        assert.deepEqual(await workspace.outputs(), {});
        assert.ok(!existsSync(join(project.folder, ".pulumi")));
    });
});
