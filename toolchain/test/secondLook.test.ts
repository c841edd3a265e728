import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runSuite } from "./runSuite";
import { secondLook, type Looked } from "./secondLook";
import type { Suite } from "./suites";

describe("a second look at what failed", function () {
    this.timeout(60_000);
    let folder: string;
    beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "agent-platform-look-"))));
    afterEach(() => rmSync(folder, { recursive: true }));

    /** Runs a suite of these files, then looks again. */
    async function looked(files: Record<string, string>): Promise<Looked & { printed: string }> {
        const paths = Object.entries(files).map(([name, body]) => {
            const path = join(folder, `${name}.test.js`);
            writeFileSync(path, `const { existsSync, writeFileSync } = require("node:fs"); const assert = require("node:assert");\n${body}`);
            return path;
        });
        const suite: Suite = { name: "some", about: "", files: paths, kind: "mocha", needs: [], timeout: 10_000, seconds: 1 };
        const counts = await runSuite(suite, () => undefined);
        let printed = "";
        return { ...(await secondLook([{ suite, counts, seconds: 1 }], text => (printed += text))), printed };
    }

    const good = `it("is right", () => undefined);`;
    const bad = `it("is wrong", () => assert.fail("always"));`;
    const once = (): string => `it("fails once", () => { const mark = ${JSON.stringify(join(folder, "mark"))}; if (!existsSync(mark)) { writeFileSync(mark, ""); assert.fail("busy"); } });`;

    it("does nothing where nothing failed", async () => {
        const { ended, unsteady, printed } = await looked({ good });
        assert.deepEqual([ended[0]!.counts.passed, ended[0]!.counts.failed, unsteady, printed], [1, 0, [], ""]);
    });

    it("calls unsteady what passes alone, counts each test once, and tells what was said", async () => {
        const { ended, unsteady, printed } = await looked({ good, busy: `${good} ${once()} it.skip("is left out", () => undefined);` });
        const { passed, failed, skipped, failures } = ended[0]!.counts;
        assert.deepEqual({ passed, failed, skipped, failures }, { passed: 3, failed: 0, skipped: 1, failures: [] });
        assert.deepEqual(unsteady.map(({ suite, failure }) => [suite.name, failure.title]), [["some", "fails once"]]);
        assert.match(unsteady[0]!.failure.message, /busy/);
        assert.match(printed, /once more, and alone: .*busy\.test\.js/);
    });

    it("counts the tests that a failing hook had kept from running", async () => {
        const { ended, unsteady } = await looked({ hook: `describe("all", () => { before(() => { const mark = ${JSON.stringify(join(folder, "mark"))}; if (!existsSync(mark)) { writeFileSync(mark, ""); assert.fail("busy"); } }); ${good} it("is right too", () => undefined); });` });
        assert.deepEqual([ended[0]!.counts.passed, ended[0]!.counts.failed, unsteady.length], [2, 0, 1]);
    });

    it("leaves failed what fails again, and everything else in its file", async () => {
        const { ended, unsteady } = await looked({ good, bad: `${bad} ${once()}` });
        assert.deepEqual([ended[0]!.counts.passed, ended[0]!.counts.failed], [1, 2]);
        assert.deepEqual(ended[0]!.counts.failures.map(({ title }) => title), ["is wrong", "fails once"]);
        assert.deepEqual(unsteady, []);
    });

    it("does not look again at a crash, or when more than three files failed", async () => {
        assert.equal((await looked({ crash: "process.exit(7);" })).printed, "");
        const { ended, printed } = await looked({ a: bad, b: bad, c: bad, d: bad });
        assert.deepEqual([ended[0]!.counts.failed, printed], [4, ""]);
    });
});
