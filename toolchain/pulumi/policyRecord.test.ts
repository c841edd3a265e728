import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changedWithoutPack, changesSince, currentRecord, formatRecord, notesOn, parseRecord } from "./policyRecord";

describe("the record of the policies in force", () => {
    let folder: string;
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "policy-record-"));
        mkdirSync(join(folder, "bin"));
        for (const [file, text] of [["bin/index.js", "rules"], ["waivers.json", "{}"], ["config.json", "{}"]] as const) writeFileSync(join(folder, file), text);
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("survives the way into a tag and back, and fits there", () => {
        const record = currentRecord(folder, join(folder, "config.json"));
        assert.deepEqual(parseRecord(formatRecord(record)), record);
        assert.ok(formatRecord(record).length < 256);
        for (const other of ["", "pack=a", "something else"]) assert.equal(parseRecord(other), undefined);
    });

    it("tells which part changed", () => {
        const before = currentRecord(folder, join(folder, "config.json"));
        assert.deepEqual(changesSince(before, before), []);
        writeFileSync(join(folder, "bin/index.js"), "other rules");
        assert.match(changesSince(before, currentRecord(folder, join(folder, "config.json"))).join(), /^the rules changed/);
        writeFileSync(join(folder, "waivers.json"), '{"waivers": []}');
        assert.equal(changesSince(before, currentRecord(folder, undefined)).length, 3);
    });

    it("has nothing to say of a new stack, or when all is as it was", () => {
        const now = currentRecord(folder, undefined);
        assert.deepEqual(notesOn(undefined, [], now), []);
        assert.deepEqual(notesOn(formatRecord(now), [{ kind: "update", environment: { "pulumi.flag.policy-pack": "set" } }], now), []);
        assert.deepEqual(notesOn(formatRecord({ ...now, pack: "other" }), [{ kind: "update" }], now).map(({ kind }) => kind), ["changed", "left out"]);
    });

    it("finds the last change that left the pack out", () => {
        const run = (kind: string, environment: Record<string, string>) => ({ kind, environment });
        const flag = { "pulumi.flag.policy-pack": "set" };
        assert.equal(changedWithoutPack([]), undefined);
        assert.equal(changedWithoutPack([run("update", flag)]), undefined);
        assert.equal(changedWithoutPack([run("update", { "pulumi.env.PULUMI_OPTION_POLICY_PACK": "set" })]), undefined);
        assert.equal(changedWithoutPack([run("refresh", {}), run("destroy", {}), run("update", flag), run("update", {})]), undefined);
        assert.ok(changedWithoutPack([run("refresh", {}), run("update", { "pulumi.flag.yes": "true" }), run("update", flag)]));
    });
});
