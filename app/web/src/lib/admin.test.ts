import assert from "node:assert/strict";
import fc from "fast-check";
import type { Evaluation, Usage } from "../api/types.ts";
import { difference, newestTwo, questionsAsText, questionsFrom, share } from "./evaluation.ts";
import { byDay, byModel, dollars, totals } from "./usage.ts";

const row = (day: string, model: string, cost: number): Usage => ({ day, model, calls: 2, failures: 1, inputTokens: 10, outputTokens: 5, cost });

describe("use of language models", () => {
    const usage = [row("2026-11-21", "a", 1), row("2026-11-21", "b", 2), row("2026-11-18", "a", 4)];

    it("has a value for every day, also across a month's end", () => {
        assert.deepEqual(byDay(usage, "cost", 4, "2026-11-21"), [
            { day: "2026-11-18", value: 4 },
            { day: "2026-11-19", value: 0 },
            { day: "2026-11-20", value: 0 },
            { day: "2026-11-21", value: 3 },
        ]);
        assert.equal(byDay([], "calls", 3, "2026-03-01")[0]?.day, "2026-02-27");
    });

    it("adds up by model, the dearest first", () => {
        assert.deepEqual(byModel(usage).map(({ model, cost, calls }) => [model, cost, calls]), [["a", 5, 4], ["b", 2, 2]]);
        assert.equal(totals(usage).failures, 3);
    });

    it("shows small amounts exactly", () => {
        assert.deepEqual([dollars(0), dollars(0.00421), dollars(12.3)], ["$0.00", "$0.0042", "$12.30"]);
    });
});

describe("evaluation", () => {
    it("puts two configurations beside each other", () => {
        const of = (id: string, ranking: Evaluation["ranking"]): Evaluation => ({ id, ranking, scores: { questions: 1, ndcg10: 1, recall1: 1, recall5: 1, recall20: 1, citations: null, answered: null, refusals: null }, misses: [], createdAt: "" });
        assert.deepEqual(newestTwo([of("1", "hybrid"), of("2", "hybrid"), of("3", "dense")]).map((e) => e?.id), ["1", "3"]);
        assert.deepEqual(newestTwo([of("1", "hybrid"), of("2", "hybrid")]).map((e) => e?.id), ["1", "2"]);
        assert.deepEqual(newestTwo([]), [undefined, undefined]);
        assert.deepEqual([difference(0.9, 0.912), difference(0.9, 0.8), difference(0.9, 0.9001), difference(null, 1)], ["+1.2 points", "−10.0 points", "same", ""]);
        assert.deepEqual([share(0.9061), share(null)], ["90.6 %", "–"]);
    });

    it("reads questions a line each, and says which line is wrong", () => {
        const { questions, problems } = questionsFrom("How many days? | 28 days | leave.md\nWhat is the moon made of?\n\nab\nWho? | | x.md\nWhat is the moon made of?\na b c | d | e | f");
        assert.deepEqual(questions, [{ question: "How many days?", phrase: "28 days", document: "leave.md" }, { question: "What is the moon made of?" }]);
        assert.deepEqual(problems.map((problem) => problem.slice(0, 6)), ["Line 4", "Line 5", "Line 6", "Line 7"]);
    });

    it("gives back what it read", () => {
        const word = fc.stringMatching(/^[a-z]{3,9}( [a-z]{1,9})?$/);
        fc.assert(
            fc.property(fc.uniqueArray(word), word, (texts, phrase) => {
                const questions = texts.map((question, i) => (i % 2 === 0 ? { question } : { question, document: "a.md", phrase }));
                assert.deepEqual(questionsFrom(questionsAsText(questions)).questions, questions);
            }),
        );
    });
});
