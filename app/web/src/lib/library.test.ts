import assert from "node:assert/strict";
import fc from "fast-check";
import type { Doc, Job } from "../api/types.ts";
import { failureOf } from "./advice.ts";
import { batch } from "./batch.ts";
import { cancellable, type LibraryItem, matching, noFilter, rereadable, retryable, stateOf, summary, tagsFrom, tagsIn } from "./library.ts";

let made = 0;
function item(document: Partial<Doc> = {}, job: Partial<Job> | null = null): LibraryItem {
    made += 1;
    const whole: Doc = { id: `d${made}`, filename: `file ${made}.pdf`, mediaType: "application/pdf", bytes: 1, pages: null, chunks: 0, state: "ready", tags: [], jobId: null, createdAt: "2026-01-01T00:00:00Z", ...document };
    const progress = { stage: "parsing" as const, pagesDone: 3, pagesTotal: 12, chunksDone: 0, chunksTotal: null, embedded: 0 };
    return { document: whole, job: job && { id: `j${made}`, documentId: whole.id, filename: whole.filename, state: "running", attempt: 1, maxAttempts: 3, progress, error: null, createdAt: "", updatedAt: "", ...job } };
}

describe("the list of documents", () => {
    it("believes the job before the list", () => {
        assert.equal(stateOf(item({ state: "processing" }, { state: "done" })), "ready");
        assert.equal(stateOf(item({ state: "processing" }, { state: "failed" })), "failed");
        assert.equal(stateOf(item({ state: "queued" })), "working");
        assert.equal(stateOf(item({ state: "cancelled" })), "cancelled");
    });

    it("counts a document as ready whose second reading came to nothing, and can have it read again", () => {
        const items = [item({ state: "ready" }, { state: "failed" }), item({ state: "ready" }, { state: "cancelled" }), item({ state: "ready" }, { state: "running" }), item({ state: "failed" }, { state: "failed" })];
        assert.deepEqual(items.map(stateOf), ["ready", "ready", "working", "failed"]);
        assert.deepEqual(rereadable(items), items.slice(0, 2));
        assert.deepEqual(retryable(items), items.slice(3));
    });

    it("finds by words of name and tags, by state and by tag", () => {
        const items = [item({ filename: "Annual Report.pdf", tags: ["finance"] }), item({ filename: "report draft.docx", state: "failed" }), item({ filename: "menu.txt", tags: ["annual"] })];
        const names = (filter: Partial<typeof noFilter>) => matching(items, { ...noFilter, ...filter }).map(({ document }) => document.filename);
        assert.deepEqual(names({ words: "REPORT" }), ["Annual Report.pdf", "report draft.docx"]);
        assert.deepEqual(names({ words: "annual" }), ["Annual Report.pdf", "menu.txt"]);
        assert.deepEqual(names({ words: "report", state: "failed" }), ["report draft.docx"]);
        assert.deepEqual(names({ tag: "finance" }), ["Annual Report.pdf"]);
        assert.deepEqual(tagsIn(items), ["annual", "finance"]);
    });

    it("says how far everything is", () => {
        assert.equal(summary([item(), item()]).words, "2 documents");
        const mixed = summary([item(), item({}, {}), item({ state: "failed" }), item({ state: "cancelled" })]);
        assert.equal(mixed.words, "1 of 4 documents ready · 1 in progress: 3 of 12 pages · 1 failed · 1 cancelled");
        assert.equal(mixed.share, 0.75);
        assert.equal(summary([]).share, 0);
    });

    it("knows what can be retried and cancelled", () => {
        const items = [item({ state: "failed" }, { state: "failed" }), item({ state: "cancelled" }, { state: "cancelled" }), item({}, { state: "queued" }), item({}, { state: "done" }), item({ state: "failed" })];
        assert.deepEqual(retryable(items), [items[0], items[1]]);
        assert.deepEqual(cancellable(items), [items[2]]);
    });

    it("reads tags that the server takes, whatever is typed", () => {
        assert.deepEqual(tagsFrom(" a , b,a,, long  tag "), ["a", "b", "long tag"]);
        fc.assert(
            fc.property(fc.string({ maxLength: 400 }), (text) => {
                const tags = tagsFrom(text);
                assert.ok(tags.length <= 50 && tags.every((tag) => tag.length >= 1 && tag.length <= 64 && !tag.includes(",")));
                assert.equal(new Set(tags).size, tags.length);
            }),
        );
    });
});

describe("failureOf", () => {
    it("tells the reason and the next step apart", () => {
        assert.deepEqual(failureOf({ code: "DOCUMENT_DAMAGED", message: "The document is damaged (v1.4). Open it and save it again." }), { reason: "The document is damaged (v1.4).", todo: "Open it and save it again." });
        assert.match(failureOf({ code: "NO_TEXT", message: "There is no text." }).todo, /^Scan it again/);
        assert.match(failureOf(null).todo, /^Retry it/);
    });
});

describe("batch", () => {
    it("does each once, a few at a time, and keeps going after a failure", async () => {
        let open = 0;
        let most = 0;
        const steps: number[] = [];
        const items = Array.from({ length: 11 }, (_, i) => i);
        const result = await batch(
            items,
            async (n) => {
                most = Math.max(most, ++open);
                await new Promise((resolve) => setImmediate(resolve));
                open -= 1;
                if (n % 5 === 0) {
                    throw new Error(`no ${n}`);
                }
            },
            (ended) => steps.push(ended),
            3,
        );
        assert.deepEqual(result.done.sort((a, b) => a - b), items.filter((n) => n % 5 !== 0));
        assert.deepEqual(result.failed.map(({ item: n, error }) => [n, error.message]).sort(), [[0, "no 0"], [10, "no 10"], [5, "no 5"]]);
        assert.deepEqual(steps, items.map((n) => n + 1));
        assert.equal(most, 3);
    });
});
