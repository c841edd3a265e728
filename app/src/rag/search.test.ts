import assert from "node:assert/strict";
import type { Principal } from "../db/database.js";
import { storePassages } from "../ingest/passages.js";
import type { Filter } from "./filter.js";
import type { Reranker } from "./reranker.js";
import { onEveryDatabase } from "../testing/databases.js";
import { byWords, CANDIDATES, nearest } from "./candidates.js";
import { DENSE_ONLY, rank, RANKING, type Features } from "./ranking.js";
import { search } from "./search.js";
import { mean, readVector, unit } from "./vectors.js";

/** Vectors by hand: the tests are about ranking and visibility, not about the model. */
const directions = new Map<string, number>();
const vectorOf = (topic: string) => {
    if (!directions.has(topic)) directions.set(topic, directions.size);
    const vector = new Float32Array(384).fill(0.01);
    vector[directions.get(topic)!] = 1;
    return vector;
};
const embedder = { model: "by hand", dimensions: 384, embed: async (texts: readonly string[]) => texts.map((text) => vectorOf(text.split(" ")[0]!)), close: async () => undefined };

onEveryDatabase("search", (get) => {
    async function add(principal: Principal, texts: readonly string[]): Promise<string> {
        return get().database.asPrincipal(principal, async (tx) => {
            const [document] = await tx.query<{ id: string }>("insert into documents (tenant_id, uploaded_by, filename, media_type, bytes, sha256) values ($1, $2, 'a.txt', 'text/plain', 1, gen_random_uuid()::text) returning id", [principal.tenantId, principal.userId]);
            for (let i = 0; i < texts.length; i += 8) {
                const chunks = texts.slice(i, i + 8).map((text, j) => ({ ordinal: i + j, page: 1, heading: "", text }));
                const vectors = await embedder.embed(chunks.map(({ text }) => text));
                await storePassages(tx, principal.tenantId, document!.id, chunks, vectors, embedder);
                // A worker that repeats a batch changes nothing.
                await storePassages(tx, principal.tenantId, document!.id, chunks, vectors, embedder);
            }
            return document!.id;
        });
    }
    const find = async (query: string, k = 5, principal = get().user) => (await search({ database: get().database, embedder }, principal, query, { k })).passages.map(({ text }) => text);
    afterEach(() => get().asOwner((owner) => owner.query("delete from documents")));

    it("finds rare words however the question is put, and meanings without any common word", async () => {
        await add(get().user, ["alpha The zirconium valve is checked weekly.", "beta The valve is checked.", "gamma The pump is checked.", "delta Boats leave early."]);
        assert.match((await find("epsilon which zirconium valves are there?"))[0]!, /zirconium/);
        assert.match((await find("delta ships depart"))[0]!, /Boats/);
    });

    it("begins again when a new version takes the place of what it has found", async () => {
        await add(get().user, ["alpha The old valve."]);
        const { database } = get();
        let transactions = 0;
        const changing: typeof database = Object.assign(Object.create(database) as typeof database, {
            asPrincipal: async (...[who, work]: Parameters<typeof database.asPrincipal>) => {
                if (++transactions === 3) {
                    await get().asOwner((owner) => owner.query("delete from documents"));
                    await add(get().user, ["alpha The new valve."]);
                }
                return database.asPrincipal(who, work);
            },
        });
        const { passages } = await search({ database: changing, embedder }, get().user, "alpha valve", { k: 5 });
        assert.deepEqual(passages.map(({ text }) => text), ["alpha The new valve."]);
        assert.equal(transactions, 6);
    });

    it("scores words as BM25 does", async () => {
        const texts = ["apple apple apple banana", "apple cherry", "cherry cherry banana melon kiwi plum", "banana", "kiwi melon melon"];
        await add(get().user, texts);
        const words = texts.map((text) => text.split(" "));
        const mean = words.flat().length / texts.length;
        const expected = texts
            .map((text, i) => {
                const score = ["apple", "banana"].reduce((sum, word) => {
                    const holding = words.filter((each) => each.includes(word)).length;
                    const count = words[i]!.filter((each) => each === word).length;
                    return sum + (Math.log(1 + (texts.length - holding + 0.5) / (holding + 0.5)) * count * 2.2) / (count + 1.2 * (0.25 + (0.75 * words[i]!.length) / mean));
                }, 0);
                return { text, score };
            })
            .filter(({ score }) => score > 0)
            .sort((a, b) => b.score - a.score);
        const ids = await get().database.asPrincipal(get().user, async (tx) => {
            const found = await byWords(tx, "apples and bananas");
            const rows = await tx.query<{ id: string; text: string }>("select id, text from passages");
            return found.map(({ id }) => rows.find((row) => row.id === id)!.text);
        });
        assert.deepEqual(ids, expected.map(({ text }) => text));
    });

    it("scores more by their words than it makes candidates", async () => {
        await add(get().user, Array.from({ length: CANDIDATES + 20 }, (_, i) => `apple ${"and more words ".repeat(i)}`));
        const found = await get().database.asPrincipal(get().user, (tx) => byWords(tx, "apples"));
        assert.equal(found.length, CANDIDATES + 20);
        assert.deepEqual(found.map(({ id }) => id !== null), found.map((_, i) => i < CANDIDATES));
        assert.deepEqual(found.map(({ score }) => score), found.map(({ score }) => score).toSorted((a, b) => b - a));
        assert.equal(new Set(found.map(({ documentId, ordinal }) => `${documentId}/${ordinal}`)).size, found.length);
    });

    it("shows a tenant nothing of another's, and is not led astray by it", async () => {
        await add(get().stranger, Array.from({ length: 30 }, (_, i) => `alpha zirconium secret ${i}`));
        await add(get().user, ["alpha zirconium of our own"]);
        assert.deepEqual(await find("alpha zirconium"), ["alpha zirconium of our own"]);
        assert.equal((await find("alpha zirconium", 50, get().stranger)).length, 30);
    });

    it("loses nothing to the filter when it uses the index", async () => {
        const others = Array.from({ length: 600 }, (_, i) => `alpha other ${i}`);
        await add(get().stranger, others);
        await add(get().user, ["alpha ours one", "alpha ours two"]);
        for (const exactUpTo of [0, 1_000_000]) {
            const ids = await get().database.asPrincipal(get().user, (tx) => nearest(tx, vectorOf("alpha"), {}, exactUpTo));
            assert.equal(ids.found.length, 2, `exact up to ${exactUpTo}`);
        }
    });

    it("answers nothing where there is nothing, and odd questions without failing", async () => {
        assert.deepEqual(await find("anything"), []);
        await add(get().user, ["alpha text"]);
        for (const query of ["the of and", "!!! ??? & | <->", "'; drop table documents; --", "日本語", "x".repeat(4000)]) assert((await find(query)).length <= 1);
    });

    it("narrows to documents, tags and dates without losing anything", async () => {
        const first = await add(get().user, Array.from({ length: 40 }, (_, i) => `alpha first ${i}`));
        const second = await add(get().user, ["alpha second", "beta second"]);
        await get().database.asPrincipal(get().user, (tx) => tx.query("update documents set tags = '{legal,2026}', created_at = '2026-02-01' where id = $1", [second]));
        const found = async (filter: Filter) => {
            const { passages, short } = await search({ database: get().database, embedder }, get().user, "alpha", { k: 50, filter });
            assert.equal(short, false);
            return new Set(passages.map(({ documentId }) => documentId));
        };
        assert.deepEqual(await found({ documents: [second] }), new Set([second]));
        assert.deepEqual(await found({ tags: ["legal"] }), new Set([second]));
        assert.deepEqual(await found({ tags: ["legal", "other"] }), new Set());
        assert.deepEqual(await found({ to: "2026-03-01T00:00:00Z" }), new Set([second]));
        assert.deepEqual(await found({ from: "2026-03-01T00:00:00Z" }), new Set([first]));
        assert.deepEqual(await found({}), new Set([first, second]));
        // Also where the index would be used: a narrow filter is read as a whole when the index gives too few.
        const near = await get().database.asPrincipal(get().user, (tx) => nearest(tx, vectorOf("alpha"), { tags: ["legal"] }, 0));
        assert.equal(near.found.length, 2);
    });

    it("asks a reranker, and does without when it fails", async () => {
        await add(get().user, ["alpha one", "alpha two", "alpha three"]);
        const ranked = async (reranker: Reranker) => (await search({ database: get().database, embedder, reranker }, get().user, "alpha", { k: 1 })).passages.map(({ text }) => text);
        assert.deepEqual(await ranked({ score: async (_, texts) => texts.map((text) => (text.includes("three") ? 1 : 0)) }), ["alpha three"]);
        assert.equal((await ranked({ score: () => Promise.reject(new Error("away")) })).length, 1);
    });
});

describe("vectors", () => {
    it("are read as pgvector sends them", () => {
        const sent = Buffer.alloc(4 + 8);
        sent.writeUInt16BE(2);
        sent.writeFloatBE(3, 4);
        sent.writeFloatBE(-4, 8);
        assert.deepEqual([...readVector(sent)].map((value) => value.toFixed(6)), ["0.600000", "-0.800000"]);
        assert.deepEqual([...mean([new Float32Array([1, 0]), new Float32Array([0, 1])])].map((value) => value.toFixed(6)), ["0.707107", "0.707107"]);
        assert.deepEqual(unit(new Float32Array(2)), new Float32Array(2));
    });
});

describe("ranking", () => {
    let made = 0;
    /** Unlike every other one, unless told otherwise. */
    const direction = (axis: number) => new Float32Array(384).map((_, i) => (i === axis ? 1 : 0));
    const candidate = (id: string, more: Partial<Features>): Features => ({ id, documentId: id, ordinal: 0, filename: "a.txt", heading: "", similarity: 0, words: 0, vector: direction(++made), ...more });
    const order = (query: string, candidates: Features[], ranking = RANKING) => rank(query, candidates, ranking).map(({ id }) => id);

    it("prefers what both kinds find, and what the title names", () => {
        assert.equal(order("x", [candidate("a", { similarity: 0.5 }), candidate("b", { similarity: 0.45, words: 3 }), candidate("c", { words: 3 })])[0], "b");
        assert.deepEqual(order("parental leave", [candidate("a", { similarity: 0.5 }), candidate("b", { similarity: 0.5, heading: "Parental leave" })]), ["b", "a"]);
        assert.equal(order("parental leave", [candidate("a", { similarity: 0.5, filename: "parental-leave.md" }), candidate("b", { similarity: 0.5 })])[0], "a");
    });

    it("lends from neighbours of the same document only", () => {
        const candidates = [candidate("best", { documentId: "d", ordinal: 4, similarity: 0.9 }), candidate("beside", { documentId: "d", ordinal: 5, similarity: 0.5 }), candidate("elsewhere", { documentId: "e", ordinal: 5, similarity: 0.5 }), candidate("last", {})];
        assert.deepEqual(order("x", candidates, { ...RANKING, neighbours: 0.1 }).slice(0, 3), ["best", "beside", "elsewhere"]);
    });

    it("prefers what is like the best, and what has company", () => {
        const shared = direction(300);
        const best = candidate("best", { similarity: 0.9, words: 0.5, vector: shared });
        const like = candidate("like", { similarity: 0.5, vector: shared });
        const lone = candidate("lone", { similarity: 0.51 });
        const last = candidate("last", {});
        assert.deepEqual(order("x", [last, lone, like, best]).slice(0, 3), ["best", "like", "lone"]);
        assert.deepEqual(order("x", [last, lone, like, best], { ...RANKING, feedback: 0 }).slice(0, 3), ["best", "like", "lone"]);
        assert.deepEqual(order("x", [last, lone, like, best], { ...RANKING, feedback: 0, cluster: 0 }).slice(0, 3), ["best", "lone", "like"]);
    });

    it("trusts words as far as the documents use those of the question", () => {
        const shares = (words: number) => order("x", [candidate("a", { similarity: 0.9 }), candidate("b", { similarity: 0.6, words }), candidate("c", {})], { ...RANKING, feedback: 0, cluster: 0 });
        assert.equal(shares(0.05)[0], "a");
        assert.equal(shares(0.5)[0], "b");
    });

    it("goes by meaning alone when told so, and takes an empty list", () => {
        assert.deepEqual(order("x", [candidate("a", { words: 9 }), candidate("b", { similarity: 0.1 })], DENSE_ONLY), ["b", "a"]);
        assert.deepEqual(order("x", []), []);
    });
});
