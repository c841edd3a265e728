import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { blueprints } from ".";
import { pictureOf } from "../topology/picture";
import { drawingFileOf, drawn, pageOf, renewed } from "./page";

describe("the pages of the blueprints", () => {
    it("exist for each", () => {
        assert.deepEqual(Object.keys(drawn).sort(), Object.keys(blueprints).sort());
    });

    for (const [blueprint, topology] of Object.entries(drawn)) {
        it(`draw ${blueprint} as it is`, () => {
            const page = readFileSync(pageOf(blueprint), "utf8");
            assert.equal(page, renewed(page, topology), "run: node --import tsx blueprints/page.ts");
            assert.equal(readFileSync(drawingFileOf(blueprint), "utf8"), pictureOf(topology), "run: node --import tsx blueprints/page.ts");
        });
    }

    it("keep what people wrote, and are renewed when the blueprint changes", () => {
        const page = readFileSync(pageOf("portable"), "utf8");
        const changed = renewed(page, { ...drawn.portable!, namespace: "elsewhere" });
        assert.notEqual(changed, page);
        assert.equal(renewed(changed, drawn.portable!), page);
        assert.throws(() => renewed("# A page without a place for it", drawn.portable!), /has no lines/);
    });
});
