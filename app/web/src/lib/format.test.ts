import assert from "node:assert/strict";
import fc from "fast-check";
import { bytes, count, date, dateTime, fromNow, humanise, money, plural, timeLeft } from "./format.ts";

describe("format", () => {
    it("writes sizes in the unit that fits", () => {
        assert.equal(bytes(0), "0 bytes");
        assert.equal(bytes(1), "1 byte");
        assert.equal(bytes(1400), "1.4 kB");
        assert.equal(bytes(52_428_800), "50 MB");
        assert.equal(bytes(1024 ** 2 - 1), "1.0 MB");
    });

    it("never shows NaN, null, undefined or Infinity", () => {
        const odd = fc.constantFrom(null, undefined, Number.NaN, Infinity, -Infinity);
        fc.assert(
            fc.property(fc.oneof(odd, fc.double()), (value) => {
                const shown = [count(value), bytes(value), money(value), plural(value, "page")].join(" ");
                assert.doesNotMatch(shown, /NaN|null|undefined|Infinity|∞/);
            }),
        );
        assert.equal(date("yesterday"), "–");
        assert.equal(dateTime(null), "–");
        assert.equal(fromNow(""), "–");
    });

    it("says how far away a time is", () => {
        const now = Date.parse("2026-11-21T12:00:00Z");
        assert.equal(fromNow("2026-11-21T12:15:00Z", now), "in 15 minutes");
        assert.equal(fromNow("2026-11-21T09:00:00Z", now), "3 hours ago");
        assert.equal(fromNow("2026-11-21T12:00:01Z", now), "just now");
        assert.equal(fromNow("2026-11-20T11:00:00Z", now), "yesterday");
    });

    it("writes money, also in a currency it does not know", () => {
        assert.equal(money(180, "EUR"), "€180.00");
        assert.equal(money(180, "Taler"), "180.00 Taler");
    });

    it("makes words of names", () => {
        assert.equal(humanise("process_refund"), "Process refund");
        assert.equal(humanise("orderId"), "Order id");
    });

    it("counts down in the two units that matter", () => {
        const now = Date.parse("2026-11-21T12:00:00Z");
        const left = (seconds: number) => timeLeft(new Date(now + seconds * 1000).toISOString(), now);
        assert.deepEqual([left(9), left(69), left(3_600), left(90_000), left(0), left(-5), timeLeft("nonsense", now)], ["9 s", "1 min 09 s", "1 h 0 min", "1 d 1 h", "", "", ""]);
    });
});
