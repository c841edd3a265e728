import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { appFolder } from "../env.js";
import { buildModel } from "../models/minilm/build.js";
import type { Passage } from "../rag/passage.js";
import { createWorld, type World } from "../agent/testing/world.js";
import { evaluate } from "./evaluate.js";
import { shippedQuestions } from "./golden.js";
import { openShipped, passes } from "./shipped.js";

describe("evaluation", () => {
    const passage = (id: string, text: string): Passage => ({ id, documentId: "d", filename: "a.md", page: null, heading: "", text, score: 1, similarity: 1 });

    it("counts what it says it counts", async () => {
        const answers: Record<string, string[]> = { first: ["the answer is 42", "x"], third: ["x", "y", "the  answer\nis 42"], never: ["x"], nothing: ["x"], made: ["x"] };
        const { scores, misses } = await evaluate(
            {
                search: async (question) => answers[question]!.map((text, i) => passage(`${question}${i}`, text)),
                answerer: {
                    async *answer(question, passages) {
                        if (question === "nothing") return;
                        const cited = question === "third" ? passages[0]! : passages.at(-1)!;
                        yield { type: "citation", n: 1, documentId: "d", filename: "a.md", page: null, passageId: question === "first" ? passages[0]!.id : cited.id, quote: "" };
                    },
                },
            },
            [
                { question: "first", document: "a.md", phrase: "answer is 42" },
                { question: "third", document: "a.md", phrase: "answer is 42" },
                { question: "never", document: "a.md", phrase: "answer is 42" },
                { question: "nothing" },
                { question: "made" },
            ],
        );
        assert.deepEqual(scores, { questions: 5, ndcg10: (1 + 1 / 2) / 3, recall1: 1 / 3, recall5: 2 / 3, recall20: 2 / 3, citations: 1 / 3, answered: 1, refusals: 1 / 2 });
        assert.deepEqual(misses.map(({ question, why }) => `${question}: ${why}`), ["third: wrong citation", "never: not found", "never: wrong citation", "made: not refused"]);
    });

    it("has a golden set of at least 150 questions whose answers stand where it says", () => {
        const questions = shippedQuestions();
        assert(questions.length >= 150);
        for (const { document, tenant } of questions) if (document !== undefined) assert(existsSync(appFolder("eval/documents", tenant, document)), document);
        assert(questions.filter(({ trap }) => trap !== undefined).length >= 8);
        assert(questions.filter(({ document, trap }) => document === undefined && trap === undefined).length >= 20);
    });

    it("holds search and answers to the gate, and search to being better than either half", async function () {
        this.timeout(600_000);
        buildModel(appFolder("models/minilm"));
        const shipped = await openShipped(appFolder("models/minilm"), 2);
        try {
            const hybrid = await shipped.run("hybrid");
            assert.deepEqual(passes(hybrid), [], JSON.stringify(hybrid.scores));
            for (const name of ["dense", "words"] as const) {
                const { scores } = await shipped.run(name, { answers: false });
                assert(hybrid.scores.ndcg10 > scores.ndcg10, `${name}: ${scores.ndcg10}`);
            }
        } finally {
            await shipped.close();
        }
    });
});

describe("a tenant's own golden set", function () {
    this.timeout(120_000);
    let world: World;
    before(async () => {
        const passage = { id: "11111111-1111-4111-8111-111111111111", documentId: "22222222-2222-4222-8222-222222222222", filename: "handbook.pdf", page: 3, heading: "Leave", text: "Everybody has 30 days of leave.", score: 1, similarity: 0.9 };
        world = await createWorld({ passages: [passage] });
    });
    after(() => world.close());

    it("is stored by administrators, measured with, and kept", async () => {
        const [admin, user] = [await world.signIn("admin"), await world.signIn("user")];
        const put = (who: typeof admin, questions: unknown[]) =>
            fetch(`${world.url}/api/admin/golden`, { method: "PUT", headers: { authorization: `Bearer ${who.token}`, "content-type": "application/json" }, body: JSON.stringify({ questions }) });
        assert.equal((await put(user, [])).status, 403);
        assert.equal((await admin.post<{ error: { code: string } }>("/api/admin/evaluations", {})).body.error.code, "NO_GOLDEN_QUESTIONS");
        assert.equal((await put(admin, [{ question: "How many days?", document: "handbook.pdf" }])).status, 400);
        assert.equal((await put(admin, [{ question: "How many days of leave?", document: "handbook.pdf", phrase: "30 days" }, { question: "How many days of rain?", phrase: "none at all" }])).status, 200);
        const { status, body } = await admin.post<{ evaluations: { ranking: string; scores: { questions: number; recall20: number } }[] }>("/api/admin/evaluations", { rankings: ["hybrid", "dense"] });
        assert.equal(status, 200);
        assert.deepEqual(body.evaluations.map(({ ranking, scores }) => [ranking, scores.questions, scores.recall20]), [["hybrid", 2, 0.5], ["dense", 2, 0.5]]);
        assert.equal((await admin.get<{ evaluations: unknown[] }>("/api/admin/evaluations")).body.evaluations.length, 2);
    });
});
