import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { typescript } from "../core/paths";
import { tryRun } from "../core/run";

describe("what runs TypeScript", function () {
    this.timeout(60_000);
    let folder: string;
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "agent-platform-typescript-"));
        const files: Readonly<Record<string, string>> = {
            "package.json": "{}",
            "required.ts": `import { one } from "./one"; import two from "two"; import { three } from "three"; console.log([one, two, three] as number[]);`,
            "one.ts": "enum Numbers { One = 1 } export const one: number = Numbers.One;",
            "imported/package.json": '{ "type": "module" }',
            "imported/main.ts": `import { one } from "./one.js"; import two from "two"; import { three } from "three"; console.log(await Promise.all([one, two, three] as number[]));`,
            "imported/one.ts": "enum Numbers { One = 1 } export const one: number = Numbers.One;",
            "node_modules/two/package.json": '{ "name": "two", "main": "index.js" }',
            "node_modules/two/index.js": 'module.exports = require("./deeper").two;',
            "node_modules/two/deeper.js": "exports.two = 2;",
            "node_modules/three/package.json": '{ "name": "three", "type": "module", "exports": "./index.js" }',
            "node_modules/three/index.js": 'export { three } from "./deeper.js";',
            "node_modules/three/deeper.js": "export const three = 3;",
            "node_modules/mixed/package.json": '{ "name": "mixed", "type": "commonjs" }',
            "node_modules/mixed/index.js": "export default 4;",
            "asks.ts": 'import four from "mixed"; console.log(four);',
        };
        for (const [name, text] of Object.entries(files)) {
            mkdirSync(dirname(join(folder, name)), { recursive: true });
            writeFileSync(join(folder, name), text);
        }
    });
    after(() => rmSync(folder, { recursive: true }));
    const run = (...args: readonly string[]) => tryRun(process.execPath, args, { cwd: folder });

    it("takes modules of either kind, which take packages of either kind", async () => {
        for (const main of ["required.ts", "imported/main.ts"]) {
            const { code, stdout, stderr } = await run(...typescript, main);
            assert.deepEqual([code, stdout, stderr], [0, "[ 1, 2, 3 ]\n", ""], main);
        }
    });

    it("leaves packages to Node, which takes them by its own rules", async () => {
        assert.equal((await run("--import", require.resolve("tsx"), "asks.ts")).stdout, "4\n");
        const { code, stderr } = await run(...typescript, "asks.ts");
        assert.notEqual(code, 0);
        assert.match(stderr, /SyntaxError/);
    });

    it("does so for Pulumi's programs too", async () => {
        const lean = join(__dirname, "..", "pulumi", "lean.cjs");
        const { code, stdout, stderr } = await run("--require", lean, "--require", require.resolve("tsx/cjs"), "required.ts");
        assert.deepEqual([code, stdout, stderr], [0, "[ 1, 2, 3 ]\n", ""]);
    });
});
