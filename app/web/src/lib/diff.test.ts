import assert from "node:assert/strict";
import fc from "fast-check";
import { sideBySide } from "./diff.ts";

describe("sideBySide", () => {
    it("puts what replaces a line beside it", () => {
        assert.deepEqual(
            sideBySide("Sends a parcel.\nCosts nothing.\nEnd", "Sends a parcel.\nCosts 5 EUR.\nReads your files.\nEnd").map(({ kind, before, after }) => [kind, before, after]),
            [
                ["same", "Sends a parcel.", "Sends a parcel."],
                ["changed", "Costs nothing.", "Costs 5 EUR."],
                ["added", "", "Reads your files."],
                ["same", "End", "End"],
            ],
        );
    });

    it("loses and invents nothing, whatever the texts", () => {
        const text = fc.array(fc.constantFrom("a", "b", "c", "d"), { minLength: 1, maxLength: 30 }).map((lines) => lines.join("\n"));
        fc.assert(
            fc.property(text, text, (before, after) => {
                const rows = sideBySide(before, after);
                assert.equal(rows.filter(({ kind }) => kind !== "added").map((row) => row.before).join("\n"), before);
                assert.equal(rows.filter(({ kind }) => kind !== "removed").map((row) => row.after).join("\n"), after);
                assert.ok(rows.every(({ kind, before: old, after: next }) => (kind === "same") === (old === next && kind !== "added" && kind !== "removed")));
            }),
        );
    });

    it("stays quick on very long texts", () => {
        const long = Array.from({ length: 5000 }, (_, i) => `line ${i}`).join("\n");
        assert.equal(sideBySide(long, `${long}\nmore`).length, 5001);
    });
});
