import assert from "node:assert/strict";
import { ApiError } from "../api/client.ts";
import type { Approval } from "../api/types.ts";
import { argumentRows, changedRows, editableArguments, kindOfRequest, matchingRequests, sentence, shortHash, votes } from "./approvals.ts";
import { plainWords, reference } from "./errors.ts";
import { ordersIn } from "./order.ts";
import { byPage } from "./passages.ts";

const request: Approval = {
    id: "a",
    threadId: "t",
    requestedBy: { id: "u", email: "eva@example.com" },
    tool: "process_refund",
    arguments: { orderId: "ORD-1001", amount: 1200, reason: "broken" },
    originalArguments: null,
    policy: { rule: "refund-above-threshold", threshold: 100, fourEyesAbove: 1000, currency: "EUR" },
    approvals: [],
    approversNeeded: 2,
    reason: null,
    hash: "h",
    status: "pending",
    createdAt: "2026-01-01T00:00:00Z",
    expiresAt: "2026-01-02T00:00:00Z",
    decidedBy: null,
    decidedAt: null,
    summary: "Refund €1,200.00 for order ORD-1001.",
};

describe("approval requests", () => {
    it("says how many of how many have approved", () => {
        assert.equal(votes(request), "None of 2 people have approved");
        assert.equal(votes({ ...request, approvals: [{ id: "x", email: "ann@example.com", at: "" }] }), "1 of 2 people has approved (ann@example.com)");
        assert.equal(votes({ ...request, approversNeeded: 1 }), "");
    });

    it("shows every change of an argument, also one that is new or gone", () => {
        const rows = changedRows({ amount: 180, reason: "late", note: "x" }, { amount: 120, reason: "late", extra: true });
        assert.deepEqual(
            rows.map(({ name, before, value, changed }) => [name, before, value, changed]),
            [
                ["amount", "180", "120", true],
                ["reason", "late", "late", false],
                ["extra", "(none)", "true", true],
                ["note", "x", "(none)", true],
            ],
        );
    });

    it("finds by what a person would look for", () => {
        const others = [request, { ...request, id: "b", tool: "pin_tool", summary: "The tool send of post has changed.", arguments: { server: "post" }, policy: { rule: "tool-changed" } }];
        const ids = (words: string, kind = "") => matchingRequests(others, words, kind).map(({ id }) => id);
        assert.deepEqual(ids("ord-1001 EVA"), ["a"]);
        assert.deepEqual(ids("post"), ["b"]);
        assert.deepEqual(ids("", "Changed tool"), ["b"]);
        assert.deepEqual(others.map(kindOfRequest), ["Refund", "Changed tool"]);
        assert.deepEqual(others.map((other) => editableArguments(other).map(({ name }) => name)), [["amount", "reason"], []]);
    });
});

describe("approval words", () => {
    it("says what a refund does", () => {
        assert.equal(sentence("process_refund", { orderId: "ORD-1001", amount: 180, currency: "EUR" }), "Refund €180.00 for order ORD-1001.");
        assert.equal(sentence("reset_password", {}), "Reset password.");
    });

    it("hides no argument, however deep or empty", () => {
        assert.deepEqual(
            argumentRows({ orderId: "O", items: [1, 2], note: "", to: { iban: "DE", name: null }, none: {} }).map(({ name, value }) => [name, value]),
            [
                ["orderId", "O"],
                ["items", "[1,2]"],
                ["note", "(empty)"],
                ["to.iban", "DE"],
                ["to.name", "(none)"],
                ["none", "{}"],
            ],
        );
    });

    it("shortens a hash only when that helps", () => {
        assert.equal(shortHash("0123456789abcdef0123"), "0123456789ab…");
        assert.equal(shortHash("short"), "short");
    });
});

describe("errors in plain words", () => {
    it("prefers our words, then the server's, then a general sentence", () => {
        assert.match(plainWords(new ApiError("APPROVAL_ALTERED", "x", { status: 409 })).title, /changed since/);
        assert.equal(plainWords(new ApiError("PDF_ENCRYPTED", "The file is encrypted.", { status: 422 })).title, "The file is encrypted.");
        assert.match(plainWords(new ApiError("HTTP_500", "", { status: 500 })).hint, /Try again/);
    });

    it("says how long to wait", () => {
        assert.match(plainWords(new ApiError("TOO_MANY_ATTEMPTS", "Too many.", { status: 429, retryAfter: 1 })).hint, /in 1 second\./);
    });

    it("gives the code and the request to quote", () => {
        assert.equal(reference(new ApiError("X", "", { requestId: "r" })), "X · request r");
        assert.equal(reference(new ApiError("X", "")), "X");
    });
});

describe("ordersIn", () => {
    const order = { id: "ORD-1001", item: "Lamp", amount: 10, currency: "EUR", status: "shipped" };
    it("finds orders in a plain result, in MCP content and in text", () => {
        for (const result of [order, { order }, { orders: [order] }, { structuredContent: { orders: [order] } }, { content: [{ type: "text", text: JSON.stringify({ order }) }] }]) {
            assert.deepEqual(ordersIn(result), [order]);
        }
    });

    it("finds none in anything else", () => {
        for (const result of [null, undefined, 1, "text", "{broken", {}, [], { id: "x" }]) {
            assert.deepEqual(ordersIn(result), []);
        }
    });
});

describe("byPage", () => {
    it("keeps reading order within pages", () => {
        const passage = (ordinal: number, page: number | null) => ({ id: String(ordinal), page, heading: "", text: "", ordinal });
        assert.deepEqual(
            byPage([passage(2, 2), passage(0, 1), passage(1, 1)]).map(({ page, passages }) => [page, passages.map(({ ordinal }) => ordinal)]),
            [
                [1, [0, 1]],
                [2, [2]],
            ],
        );
    });
});
