import assert from "node:assert/strict";
import fc from "fast-check";
import { type Block, blocks, inlines } from "./markdown.ts";

describe("blocks", () => {
    it("knows paragraphs, lists, quotes, headings and code", () => {
        assert.deepEqual(blocks("# Title\nOne\ntwo\n\n- a\n- b\n  more\n\n3. c\n4. d\n\n> said\n> so\n\n```ts\nlet x\n\n```\nend"), [
            { kind: "heading", level: 1, text: "Title" },
            { kind: "paragraph", text: "One\ntwo" },
            { kind: "list", ordered: false, start: 1, items: ["a", "b\nmore"] },
            { kind: "list", ordered: true, start: 3, items: ["c", "d"] },
            { kind: "quote", text: "said\nso" },
            { kind: "code", language: "ts", text: "let x\n" },
            { kind: "paragraph", text: "end" },
        ]);
    });

    it("takes an unfinished code block as code, as it streams in", () => {
        assert.deepEqual(blocks("```\nabc"), [{ kind: "code", language: "", text: "abc" }]);
    });

    it("keeps tags as text", () => {
        assert.deepEqual(blocks("<script>alert(1)</script>"), [{ kind: "paragraph", text: "<script>alert(1)</script>" }]);
    });

    it("loses no letter of any answer", () => {
        const letters = (text: string): string => text.replace(/[^\p{L}]/gu, "");
        const textOf = (block: Block): string => (block.kind === "list" ? block.items.join("") : block.kind === "code" ? block.language + block.text : block.text);
        const line = fc.tuple(fc.constantFrom("", "- ", "2. ", "> ", "# ", "  ", "```"), fc.string()).map((parts) => parts.join(""));
        fc.assert(
            fc.property(fc.array(line), (lines) => {
                const source = lines.join("\n");
                assert.equal(letters(blocks(source).map(textOf).join("")), letters(source));
            }),
        );
    });
});

describe("inlines", () => {
    it("knows bold, emphasis and code", () => {
        assert.deepEqual(inlines("a **b** `c*d*` *e* 2*3*4"), [
            { kind: "text", text: "a " },
            { kind: "strong", text: "b" },
            { kind: "text", text: " " },
            { kind: "code", text: "c*d*" },
            { kind: "text", text: " " },
            { kind: "emphasis", text: "e" },
            { kind: "text", text: " 2*3*4" },
        ]);
    });

    it("loses nothing but the marks", () => {
        fc.assert(
            fc.property(fc.string(), (text) => {
                const plain = (s: string): string => s.replace(/[*`]/g, "");
                assert.equal(plain(inlines(text).map((part) => part.text).join("")), plain(text));
            }),
        );
    });
});
