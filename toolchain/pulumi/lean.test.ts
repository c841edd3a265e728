import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { repository } from "../core/paths";
import { nodeOptions } from "./environment";

const lean = join(repository, "toolchain", "pulumi", "lean.cjs");

/** What a script prints that runs with Pulumi's SDK, as JSON. */
async function ran(script: string, ...options: string[]): Promise<unknown> {
    const { stdout } = await promisify(execFile)(process.execPath, [...options, "--eval", `const pulumi = require("@pulumi/pulumi"); (async () => { ${script} })().then(found => console.log(JSON.stringify(found)));`], { cwd: repository });
    return JSON.parse(stdout) as unknown;
}

const libraries = `return ["typescript", "@npmcli/arborist"].filter(name => Object.keys(require.cache).includes(require.resolve(name)));`;

describe("the SDK of Pulumi, loaded lean", function () {
    this.timeout(60_000);

    it("leaves compiler and package manager where they are until a function is to be written down", async () => {
        assert.deepEqual(await ran(libraries), ["typescript", "@npmcli/arborist"]);
        assert.deepEqual(await ran(libraries, "--require", lean), []);
        const serialized = `const two = 2; const { text } = await pulumi.runtime.serializeFunction(() => two + 1);`;
        assert.deepEqual(await ran(`${serialized} return [text.includes("two + 1"), require.resolve("typescript") in require.cache]`, "--require", lean), [true, true]);
    });

    it("keeps no trace with each promise, but everybody's own errors have theirs", async () => {
        const script = `const { debuggablePromise } = require("@pulumi/pulumi/runtime/debuggable"); const one = Promise.resolve(); await debuggablePromise(one, "x"); return [one._debugStackTrace.split("\\n").length > 1, new Error("x").stack.split("\\n").length > 1]`;
        assert.deepEqual(await ran(script), [true, true]);
        assert.deepEqual(await ran(script, "--require", lean), [false, true]);
    });

    it("is added to what Node is told already, also in a folder with a space in its name", () => {
        assert.equal(nodeOptions(undefined, "/a b/lean.cjs"), `--require "/a b/lean.cjs"`);
        assert.equal(nodeOptions("--max-old-space-size=4096", "/a/lean.cjs"), `--max-old-space-size=4096 --require "/a/lean.cjs"`);
        assert.equal(nodeOptions(`--require "/a/lean.cjs"`, "/a/lean.cjs"), `--require "/a/lean.cjs"`);
    });
});
