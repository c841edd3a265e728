import assert from "node:assert/strict";
import { appFolder } from "../env.js";
import type { Passage } from "../rag/passage.js";
import type { Citation } from "./answerer.js";
import { createEmbedder, type Embedder } from "./embedder.js";
import { confidence, createAnswerer, GOOD_ENOUGH, REFUSAL, score } from "./extractive.js";
import { KeptVectors } from "./keptVectors.js";
import { buildModel } from "./minilm/build.js";
import { sentencesOf } from "./sentences.js";

const texts: [heading: string, text: string][] = [
    ["Returns", "A parcel may be returned within thirty days of its arrival. Return shipping is free inside the European Union. Opened software cannot be returned."],
    ["Refunds", "Money is sent back to the card that was charged. It takes five to ten working days. Refunds above 100 euros need the approval of a manager."],
    ["Warranty", "Every device is covered for twenty-four months. Batteries are covered for eighteen months only. Water damage is not covered."],
    ["Shipping", "Standard delivery takes three days. Express delivery arrives on the next working day and costs 12 euros. We do not ship to post office boxes."],
    ["Security", "Passwords must have at least fourteen characters. A second factor is required for administrators. Access is reviewed every quarter by the head of operations, Maria Keller."],
    ["Holiday", "Employees have thirty days of holiday a year. Unused days expire at the end of March. Requests go to the team lead two weeks in advance."],
    ["Remote work", "Working from home is possible on three days a week. The company pays 40 euros a month for the internet connection."],
    ["Incidents", "Report a suspected breach to security@example.test within one hour. The on-call engineer leads the response. A written review follows within five days."],
];
const passages: Passage[] = texts.map(([heading, text], i) => ({ id: `p${i}`, documentId: "d", filename: "handbook.md", page: null, heading, text, score: 1, similarity: 0 }));

const answerable: [question: string, holds: RegExp][] = [
    ["How long do I have to send a parcel back?", /thirty days of its arrival/],
    ["Is return shipping free?", /Return shipping is free/],
    ["Can I return opened software?", /Opened software cannot/],
    ["How many days does a refund take?", /five to ten working days/],
    ["Who has to approve large refunds?", /approval of a manager/],
    ["How long are batteries covered?", /eighteen months/],
    ["Does the warranty cover water damage?", /Water damage is not covered/],
    ["What does express delivery cost?", /12 euros/],
    ["Do you ship to post office boxes?", /post office boxes/],
    ["How long must a password be?", /fourteen characters/],
    ["Who needs a second factor?", /administrators/],
    ["How often is access reviewed?", /every quarter/],
    ["How many days of vacation do employees get?", /thirty days of holiday/],
    ["When do unused holidays expire?", /end of March/],
    ["How many days a week can I work from home?", /three days a week/],
    ["How much does the company pay for internet?", /40 euros a month/],
    ["Where do I report a security breach?", /security@example/],
    ["Who leads the response to an incident?", /on-call engineer/],
];
const unanswerable = [
    "What is the capital of France?",
    "Who won the world cup in 2014?",
    "How do I bake sourdough bread?",
    "What is the salary of the chief executive?",
    "Which programming language is used for the backend?",
    "How tall is Mount Everest?",
    "What colour is the company logo?",
    "When was the company founded?",
    "Is there a canteen in the office?",
    "What is the phone number of the support?",
    "Can I bring my dog to work?",
    "How do I configure a VPN on Linux?",
];

describe("the extractive answerer", function () {
    this.timeout(120_000);
    let embedder: Embedder;
    before(() => {
        buildModel(appFolder("models/minilm"));
        embedder = createEmbedder({ modelFolder: appFolder("models/minilm"), threads: 1 });
    });
    after(() => embedder.close());

    /** As search would give them. */
    async function found(question: string, from: readonly Passage[]): Promise<Passage[]> {
        const [asked, ...vectors] = await embedder.embed([question, ...from.map(({ heading, text }) => `${heading}\n${text}`)]);
        return from.map((passage, i) => ({ ...passage, similarity: asked!.reduce((sum, value, j) => sum + value * vectors[i]![j]!, 0) })).sort((a, b) => b.similarity - a.similarity);
    }
    async function ask(question: string, from = passages): Promise<{ text: string; citations: Citation[] }> {
        let text = "";
        const citations: Citation[] = [];
        for await (const part of createAnswerer(embedder).answer(question, await found(question, from))) {
            if (part.type === "token") text += part.text;
            else citations.push(part);
        }
        return { text, citations };
    }

    it("has a threshold that tells answers from none", async () => {
        const best = async (question: string) => {
            const given = await found(question, passages);
            return confidence((await score(new KeptVectors(embedder), question, given))[0]!, given);
        };
        const good = await Promise.all(answerable.map(async ([question]) => [await best(question), question] as const));
        const none = await Promise.all(unanswerable.map(async (question) => [await best(question), question] as const));
        if (process.env.SHOW_SCORES) for (const [value, question] of [...good, ["", "—"] as const, ...none]) console.log(value, question);
        const wronglyRefused = good.filter(([value]) => value < GOOD_ENOUGH);
        const wronglyAnswered = none.filter(([value]) => value >= GOOD_ENOUGH);
        assert(wronglyRefused.length <= 1, JSON.stringify(wronglyRefused));
        assert(wronglyAnswered.length <= 1, JSON.stringify(wronglyAnswered));
    });

    it("quotes the sentence that answers, word for word", async () => {
        let right = 0;
        for (const [question, holds] of answerable) {
            const { citations } = await ask(question);
            if (citations.some(({ quote }) => holds.test(quote))) right++;
            for (const { quote, passageId } of citations) assert(passages.find(({ id }) => id === passageId)!.text.includes(quote), quote);
        }
        assert(right >= answerable.length - 2, `${right} of ${answerable.length}`);
    });

    it("numbers its citations in the text, and cites nothing when it refuses", async () => {
        const { text, citations } = await ask("What does express delivery cost?");
        citations.forEach(({ n }, i) => {
            assert.equal(n, i + 1);
            assert(text.includes(`[${n}]`));
        });
        assert.deepEqual(await ask("How do I bake sourdough bread?"), { text: REFUSAL, citations: [] });
        assert.deepEqual(await ask("Is return shipping free?", []), { text: REFUSAL, citations: [] });
    });

    it("reads a table's row with the names of its columns, and quotes it as it stands", async () => {
        const table: Passage = { ...passages[0]!, heading: "Plans", text: "| plan | price | seats |\n| --- | --- | --- |\n| Basic | 9 EUR | 3 |\n| Premium | 29 EUR | 20 |" };
        const { text, citations } = await ask("What is the price of the Premium plan?", [table]);
        assert(text.includes("plan: Premium; price: 29 EUR; seats: 20"), text);
        assert.equal(citations[0]!.quote, "| Premium | 29 EUR | 20 |");
    });

    it("stops when it is told to", async () => {
        const controller = new AbortController();
        controller.abort();
        await assert.rejects(async () => {
            for await (const part of createAnswerer(embedder).answer("Is return shipping free?", passages, controller.signal)) assert(part);
        });
    });
});

describe("sentences", () => {
    it("are cut where they end, and are found in the text again", () => {
        const text = "Dr. Weber paid approx. 3.5 million, e.g. for land. It was a lot! Was it?\n\n- first point\n- second point. With more.";
        const sentences = sentencesOf(text);
        assert.deepEqual(sentences, ["Dr. Weber paid approx. 3.5 million, e.g. for land.", "It was a lot!", "Was it?", "- first point", "- second point.", "With more."]);
        for (const sentence of sentences) assert(text.includes(sentence));
    });
});
