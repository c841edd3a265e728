import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { parseHuJson } from "./hujson";

describe("HuJSON", () => {
    it("is JSON with comments and trailing commas", () => {
        assert.deepEqual(parseHuJson('// policy\n{ /* all */ "a": [1, 2, ], "b": { "c": "//no, }", }, // end\n}'), { a: [1, 2], b: { c: "//no, }" } });
    });

    it("that is broken is nothing", () => {
        for (const text of ["", "{", '{"a" 1}', '"', "/*", '{"a": "\\"}', "{]"]) assert.equal(parseHuJson(text), undefined, text);
    });

    it("reads all JSON as it is", () => {
        fc.assert(fc.property(fc.json(), text => assert.deepEqual(parseHuJson(text), JSON.parse(text))));
    });

    it("never fails, and is quick on hostile text", () => {
        fc.assert(fc.property(fc.string(), text => void parseHuJson(text)));
        const started = performance.now();
        parseHuJson(`[${",".repeat(200_000)}${" ".repeat(200_000)}${"]".repeat(1000)}`);
        assert.ok(performance.now() - started < 20_000);
    });
});
