import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { rules } from "../rules";
import { currentPage, page } from "./write";

describe("docs/policy.md", function () {
    this.timeout(30_000);

    it("is what the rules say (else run `npm run docs -w policy`)", () => {
        assert.equal(readFileSync(page, "utf8"), currentPage());
    });

    it("has a section for every rule", () => {
        const text = currentPage();
        for (const rule of rules) assert.ok(text.includes(`\n## ${rule.id}\n`), rule.id);
    });
});
