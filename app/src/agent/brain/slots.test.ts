import assert from "node:assert/strict";
import fc from "fast-check";
import { findAmount, findOrderId, findReason, findSlots, parseAmount } from "./slots.js";

describe("details in a message", () => {
    it("finds the order number however it is written", () => {
        for (const text of ["ORD-1001", "where is ord-1001?", "order 1001", "my order #1001 please", "order number: 1001", "refund ORD 1001", "ORD1001", "what about #1001"]) {
            assert.equal(findOrderId(text), "ORD-1001", text);
        }
        for (const text of ["refund it", "I paid 1001 euros", "in order to win", "order", "ORD-12", "I ordered 3 lamps"]) {
            assert.equal(findOrderId(text), undefined, text);
        }
    });

    it("reads amounts in many notations", () => {
        const cases: [string, number, string | undefined][] = [
            ["refund €120", 120, "EUR"], ["120 EUR back", 120, "EUR"], ["EUR 120.50", 120.5, "EUR"], ["12,50 €", 12.5, "EUR"], ["1.234,50 €", 1234.5, "EUR"],
            ["1,234.50 euros", 1234.5, "EUR"], ["1 234,50 EUR", 1234.5, "EUR"], ["$40", 40, "USD"], ["40 dollars", 40, "USD"], ["£15.99", 15.99, "GBP"], ["CHF 1'250.00", 1250, "CHF"],
            ["refund 40 of ORD-1001", 40, undefined], ["refund me only 19.9 for order 1003", 19.9, undefined], ["an amount of 75 please", 75, undefined], ["1.299 €", 1299, "EUR"],
        ];
        for (const [text, amount, currency] of cases) {
            assert.deepEqual(findAmount(text), currency === undefined ? { amount } : { amount, currency }, text);
        }
    });

    it("takes no order number, date or count for an amount", () => {
        for (const text of ["refund ORD-1001", "refund order 1001", "refund #1001", "it arrived 3 days late", "since 12 May", "refund 2 items", "only 3 days"]) {
            assert.equal(findAmount(text), undefined, text);
        }
    });

    it("reads back every amount it could be given", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 99_999_999 }), (cents) => {
                const euros = Math.floor(cents / 100);
                const rest = String(cents % 100).padStart(2, "0");
                const groups = (mark: string) => String(euros).replace(/\B(?=(\d{3})+$)/g, mark);
                for (const text of [`${euros}.${rest}`, `${euros},${rest}`, `${groups(".")},${rest}`, `${groups(",")}.${rest}`, `${groups(" ")},${rest}`, `${groups("'")}.${rest}`]) {
                    assert.equal(Math.round((parseAmount(text) ?? 0) * 100), cents, text);
                    assert.equal(Math.round((findAmount(`please refund ${text} EUR`)?.amount ?? 0) * 100), cents, text);
                }
            }),
        );
    });

    it("notices that only a part is meant, instead of reading it as everything", () => {
        for (const text of ["refund half of ORD-1001", "refund 20% of order 1001", "a partial refund for ORD-1001", "refund ORD-1001, 50 of it", "refund the shipping costs of ORD-1001", "2 of 3 lamps in ORD-1001 are broken, refund"]) {
            assert.equal(findSlots(text).unclearAmount, true, text);
        }
        for (const text of ["refund ORD-1001", "refund order 1001 because it came 3 days late", "refund 50 EUR of ORD-1001", "refund #1001"]) {
            assert.equal(findSlots(text).unclearAmount, undefined, text);
        }
        assert.equal(findSlots("refund ORD-1001 and ORD-1002").severalOrders, true);
        assert.equal(findSlots("refund ORD-1001, yes ord 1001").severalOrders, undefined);
    });

    it("finds the reason", () => {
        assert.equal(findReason("Refund ORD-1 because the left side is silent."), "the left side is silent");
        assert.equal(findReason("refund it, reason: wrong size"), "wrong size");
        assert.equal(findReason("It arrived broken. Refund please"), "It arrived broken");
        assert.equal(findReason("refund ORD-1001"), undefined);
    });
});
