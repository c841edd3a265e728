import assert from "node:assert/strict";
import fc from "fast-check";
import { appFolder } from "../env.js";
import { buildModel } from "../models/minilm/build.js";
import { loadTokenizer, type Tokenizer } from "../models/tokenizer.js";
import { Chunker, type Chunk } from "./chunker.js";
import { embeddedText } from "./passages.js";

describe("cutting pages into passages", function () {
    this.timeout(60_000);
    let tokenizer: Tokenizer;
    before(() => {
        buildModel(appFolder("models/minilm"));
        tokenizer = loadTokenizer(appFolder("models/minilm"));
    });

    function cut(...pages: string[]): Chunk[] {
        const chunker = new Chunker(tokenizer.count);
        const numbered = pages.map((markdown, i) => ({ page: i + 1, markdown }));
        return [...numbered.flatMap((page) => chunker.cut(page)), ...chunker.end(pages.length)];
    }

    it("keeps the path of headings, also over page ends", () => {
        const chunks = cut("# Terms\n\nGeneral.\n\n## Refunds\n\nWithin ten days.", "And in full.\n\n# Contact\n\nBy post.");
        assert.deepEqual(
            chunks.map(({ page, heading, text }) => [page, heading, text]),
            [
                [1, "Terms", "General."],
                [1, "Terms › Refunds", "Within ten days."],
                [2, "Terms › Refunds", "And in full."],
                [2, "Contact", "By post."],
            ],
        );
        assert.deepEqual(chunks.map(({ ordinal }) => ordinal), [0, 1, 2, 3]);
    });

    it("loses no heading that has nothing below it", () => {
        assert.deepEqual(cut("# One\n\n# Two\n\n## Three").map(({ heading, text }) => [heading, text]), [["", "One"], ["Two", "Three"]]);
    });

    it("keeps a table whole where it fits, and repeats its header where it does not", () => {
        const table = (rows: number) => ["| item | price |", "| --- | --- |", ...Array.from({ length: rows }, (_, i) => `| thing ${i} | ${i} EUR |`)].join("\n");
        const small = cut(`Prices:\n\n${table(10)}`);
        assert.equal(small.length, 1);
        assert(small[0]!.text.includes(table(10)));
        const large = cut(table(100));
        assert(large.length > 2);
        for (const { text } of large) assert(text.startsWith("| item | price |\n| --- | --- |\n| thing"));
        for (let i = 0; i < 100; i++) assert.equal(large.filter(({ text }) => text.includes(`| thing ${i} |`)).length, 1);
    });

    it("cuts long text at sentences, and a word without end at characters", () => {
        const text = Array.from({ length: 60 }, (_, i) => `Sentence number ${i} says nothing new at all.`).join(" ");
        const chunks = cut(text);
        assert.equal(chunks.map((chunk) => chunk.text).join(" "), text);
        for (const chunk of chunks) assert(chunk.text.endsWith("."));
        const endless = "x".repeat(5000);
        assert.equal(cut(endless).map((chunk) => chunk.text).join("").replace(/\s/g, ""), endless);
    });

    it("always fits the model and loses no word, whatever the page", () => {
        const line = fc.oneof(
            fc.lorem({ maxCount: 60 }),
            fc.lorem({ maxCount: 8 }).map((text) => `# ${text}`),
            fc.lorem({ maxCount: 80 }).map((text) => `## ${text}`),
            fc.string({ maxLength: 300, unit: "grapheme" }),
            fc.tuple(fc.lorem({ maxCount: 5 }), fc.lorem({ maxCount: 90 })).map(([a, b]) => `\n| ${a} | b |\n|---|---|\n| ${b} | 1 |\n`),
            fc.constant("```"),
            fc.constant(""),
        );
        fc.assert(
            fc.property(fc.array(fc.array(line, { maxLength: 20 }), { minLength: 1, maxLength: 4 }), (pages) => {
                const chunks = cut(...pages.map((lines) => lines.join("\n")));
                chunks.forEach((chunk, i) => {
                    assert.equal(chunk.ordinal, i);
                    assert(chunk.text.trim() !== "", "an empty passage");
                    const size = tokenizer.count(embeddedText(chunk));
                    assert(size <= 254, `${size} tokens`);
                });
                const kept = chunks.map((chunk) => `${chunk.heading} ${chunk.text}`).join(" ");
                for (const lines of pages) {
                    for (const word of lines.filter((each) => /^[a-z ,.]+$/i.test(each)).flatMap((each) => each.match(/[a-z]+/gi) ?? [])) assert(kept.includes(word), `lost "${word}"`);
                }
            }),
            { numRuns: 60 },
        );
    });
});
