import assert from "node:assert/strict";
import fc from "fast-check";
import type { Citation } from "../api/types.ts";
import { locate, usedSources, withCitations } from "./citations.ts";
import { copyable } from "./copyable.ts";

const citation = (n: number): Citation => ({ n, documentId: "d", filename: "handbook.pdf", page: n, passageId: `p${n}`, quote: "q" });

describe("withCitations", () => {
    it("puts markers beside their claim", () => {
        assert.deepEqual(withCitations("Yes [1]. No [2, 1].", [citation(1), citation(2)]), [
            { text: "Yes" },
            { citation: citation(1) },
            { text: ". No" },
            { citation: citation(2) },
            { citation: citation(1) },
            { text: "." },
        ]);
    });

    it("leaves numbers without a source as they are", () => {
        assert.deepEqual(withCitations("array[0] and [9]", [citation(1)]), [{ text: "array[0] and [9]" }]);
    });

    it("loses no text", () => {
        const part = fc.oneof(fc.string(), fc.constantFrom("[1]", "[2]", "[1, 2]", "[7]"));
        fc.assert(
            fc.property(fc.array(part), (parts) => {
                const text = parts.join("x");
                const pieces = withCitations(text, [citation(1), citation(2)]);
                const back = pieces.map((piece) => ("text" in piece ? piece.text : `[${piece.citation.n}]`)).join("");
                const plain = (s: string): string => s.replace(/\[(\d+)\s*,\s*(\d+)\]/g, "[$1][$2]").replace(/[ \t]+(?=\[)/g, "");
                assert.equal(plain(back), plain(text));
            }),
        );
    });
});

describe("usedSources", () => {
    it("lists only what the answer uses, once, in order", () => {
        assert.deepEqual(usedSources("b [3] a [1] again [3]", [citation(3), citation(2), citation(1)]).map((source) => source.n), [1, 3]);
    });

    it("lists all when the answer has no markers", () => {
        assert.deepEqual(usedSources("no markers", [citation(2), citation(1)]).map((source) => source.n), [1, 2]);
    });

    it("copies the answer with the sources it used", () => {
        assert.equal(copyable("Yes [1].\n", [citation(1)]), "Yes [1].\n\nSources:\n[1] handbook.pdf, page 1");
        assert.equal(copyable("Yes.", []), "Yes.");
    });
});

describe("locate", () => {
    const found = (text: string, quote: string): string | null => {
        const span = locate(text, quote);
        return span && text.slice(span.start, span.end);
    };

    it("finds a quote in spite of line breaks, hyphens, quotation marks and case", () => {
        assert.equal(found("The  refund\nis paid “with-\nin” 14 days. More.", 'the refund is paid "within" 14 days.'), "refund\nis paid “with-\nin” 14 days.".replace(/^/, "The  "));
    });

    it("finds a shortened quote", () => {
        assert.equal(found("One two three four five.", "One two … five"), "One two three four five");
    });

    it("finds nothing that is not there", () => {
        assert.equal(found("One two.", "three"), null);
        assert.equal(found("One two.", "  "), null);
        assert.equal(found("", "x"), null);
    });

    it("finds every part of a text in that text, with its white space changed", () => {
        fc.assert(
            fc.property(fc.stringMatching(/^[a-z ]{1,60}$/), fc.nat(), fc.nat(), (text, a, b) => {
                const [from, to] = [a % text.length, b % text.length].sort((x, y) => x - y) as [number, number];
                const quote = text.slice(from, to + 1);
                const hit = found(text, quote.replace(/ /g, "\n "));
                const letters = (s: string): string => s.replace(/\s/g, "");
                assert.equal(letters(hit ?? ""), letters(quote));
            }),
        );
    });
});
