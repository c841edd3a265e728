import assert from "node:assert/strict";
import { KeptVectors } from "./keptVectors.js";

describe("vectors of sentences", () => {
    const asked: string[] = [];
    const embedder = {
        embed: async (texts: readonly string[]) => {
            asked.push(...texts);
            return texts.map((text) => Float32Array.of(text.length));
        },
    };
    beforeEach(() => void asked.splice(0));
    const sentences = (...texts: string[]) => texts.map((text) => ({ passageId: "p", text }));

    it("are made once for each sentence of a passage, and are those of their sentences", async () => {
        const kept = new KeptVectors(embedder);
        await kept.of("who?", sentences("a", "ccc"));
        const { asked: question, vectors } = await kept.of("where?", sentences("ccc", "bb", "a"));
        assert.deepEqual(asked, ["who?", "a", "ccc", "where?", "bb"]);
        assert.deepEqual([question[0], ...vectors.map(([only]) => only)], [6, 3, 2, 1]);
        await kept.of("who?", [{ passageId: "of others", text: "a" }]);
        assert.deepEqual(asked.slice(-2), ["who?", "a"], "the same sentence of another passage is another one");
    });

    it("are kept for the sentences that were used last", async () => {
        const kept = new KeptVectors(embedder, 2);
        await kept.of("?", sentences("a", "b"));
        await kept.of("?", sentences("a"));
        await kept.of("?", sentences("c"));
        asked.splice(0);
        await kept.of("?", sentences("a", "c", "b"));
        assert.deepEqual(asked, ["?", "b"]);
    });
});
