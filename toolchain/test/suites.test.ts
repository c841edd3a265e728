import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { repository } from "../core/paths";
import { suites } from "./suites";

describe("the suites", () => {
    it("run every test file of the repository, each once", () => {
        const all = globSync("**/*.test.{ts,tsx}", { cwd: repository, exclude: path => /(^|\/)(node_modules|dist|bin)$/.test(path) }).sort();
        assert.ok(all.length > 100);
        const runs = suites.filter(suite => suite.kind === "mocha").flatMap(suite => suite.files.flatMap(pattern => globSync(pattern, { cwd: repository })));
        assert.deepEqual(all.filter(file => !runs.includes(file)), [], "in no suite");
        assert.deepEqual(runs.filter((file, index) => runs.indexOf(file) !== index), [], "in more than one");
        const patterns = suites.flatMap(suite => suite.files);
        assert.deepEqual(patterns.filter(pattern => /[{(]/.test(pattern) && !/[*!]/.test(pattern)), [], "mocha takes braces alone for the name of a file");
    });
});
