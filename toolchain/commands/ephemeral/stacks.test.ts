import assert from "node:assert/strict";
import fc from "fast-check";
import { expiryIn, readTtl, stackOf, untilEnd } from "./stacks";

describe("ephemeral stacks", () => {
    it("take names that can be part of a namespace, and no others", () => {
        fc.assert(fc.property(fc.string(), text => {
            const good = /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/.test(text);
            if (good) assert.equal(stackOf(text), `ephemeral-${text}`);
            else assert.throws(() => stackOf(text), { code: "AP-USAGE" });
        }));
        assert.equal(stackOf("pr-123"), "ephemeral-pr-123");
        for (const name of [undefined, "", "PR-1", "-a", "a-", "../x", "a".repeat(41)]) assert.throws(() => stackOf(name), { code: "AP-USAGE" });
    });

    it("live for minutes, hours or days, at most two weeks", () => {
        assert.deepEqual(["90m", "4h", "2d", "14d"].map(readTtl), [5_400_000, 14_400_000, 172_800_000, 1_209_600_000]);
        for (const text of ["", "4", "h", "0m", "15d", "-1h", "1.5h", "4 h", "1w"]) assert.throws(() => readTtl(text), { code: "AP-USAGE" });
    });

    it("end at a whole second that the configuration takes", () => {
        fc.assert(fc.property(fc.integer({ min: 60_000, max: 1_209_600_000 }), length => {
            assert.match(expiryIn(length), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
            assert.ok(Date.parse(expiryIn(length)) >= Date.now() + length - 1_000);
        }));
    });

    it("say how long they have left", () => {
        const now = Date.parse("2026-01-01T00:00:00Z");
        assert.deepEqual(["2026-01-01T00:30:00Z", "2026-01-01T04:00:00Z", "2026-01-03T05:00:00Z", "2025-12-31T00:00:00Z"].map(expires => untilEnd(expires, now)), ["30 min", "4 h 0 min", "2 d 5 h", "expired"]);
    });
});
