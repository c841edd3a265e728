import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { coveragePage, documents, hasTest, pagePath, sourceOf, strengthOf } from "./page";
import { real } from "./row";

const rows = Object.values(documents).flat();

describe("docs/coverage.md", () => {
    it("is what the rows say", () => {
        assert.equal(readFileSync(pagePath, "utf8"), coveragePage(), "run: node --import tsx tests/coverage/page.ts");
    });

    it("names only tests that exist", () => {
        const lost = rows.flatMap((row) => row.proofs.filter(({ file, title }) => !hasTest(sourceOf(file) ?? "", title)).map(({ file, title }) => `${row.id}: ${file} has no test "${title}"`));
        assert.deepEqual(lost, []);
    });

    it("has every row once, with words for what is not proven", () => {
        assert.equal(new Set(rows.map((row) => row.id)).size, rows.length);
        assert.ok(rows.length >= 90);
        for (const row of rows) assert.ok(row.proofs.length > 0 || strengthOf(row) === "none", row.id);
    });

    it("notices a test that was renamed or removed", () => {
        const { file, title } = real("tests/coverage/coverage.test.ts", "names only tests that exist");
        assert.ok(hasTest(sourceOf(file)!, title));
        assert.ok(!hasTest(sourceOf(file)!, `${title} `));
        assert.equal(sourceOf("tests/coverage/gone.test.ts"), undefined);
    });
});
