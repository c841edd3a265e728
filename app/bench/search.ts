/** Latency and recall of search over many passages of several tenants, with and without filters. */
import { randomUUID } from "node:crypto";
import { appFolder } from "../src/env.js";
import { storePassages } from "../src/ingest/passages.js";
import { createEmbedder } from "../src/models/embedder.js";
import { EXACT_UP_TO, nearest } from "../src/rag/candidates.js";
import { search } from "../src/rag/search.js";
import { shippedQuestions } from "../src/evaluation/golden.js";
import { usage } from "./processes.js";
import { Report } from "./report.js";
import { database, percentile, sentences } from "./support.js";

/** Texts that are really embedded; the others are these with a little noise, as near to each other as real ones are. */
const EMBEDDED = 1_500;
const DOCUMENT = 40;
const TAGS = 10;

export async function benchSearch(size: number): Promise<void> {
    const report = new Report(`search${size}`, `Search over ${size.toLocaleString("en")} passages, question embedded, two embedding threads`, `npm run bench -- search ${size}`);
    const opened = await database();
    const embedder = createEmbedder({ modelFolder: appFolder("models/minilm"), threads: 2 });
    const known = sentences();
    let state = 7;
    const next = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648);
    const text = () => Array.from({ length: 7 }, () => known[next() % known.length]!).join(" ").replace(/\d+/g, () => String(next() % 5_000));
    const bases = Array.from({ length: EMBEDDED }, text);
    const vectors = await embedder.embed(bases);
    const gauss = () => Math.sqrt(-2 * Math.log((next() + 1) / 2_147_483_649)) * Math.cos((2 * Math.PI * next()) / 2_147_483_648);
    const near = (vector: Float32Array) => {
        const moved = vector.map((value) => value + 0.025 * gauss());
        const length = Math.hypot(...moved);
        return moved.map((value) => value / length);
    };
    const started = performance.now();
    for (let stored = 0, document = 0; stored < size; stored += DOCUMENT, document++) {
        // Every fifth document is another tenant's.
        const principal = document % 5 === 4 ? opened.stranger : opened.user;
        await opened.database.asPrincipal(principal, async (tx) => {
            const [row] = await tx.query<{ id: string }>("insert into documents (tenant_id, uploaded_by, filename, media_type, bytes, sha256, state, tags) values ($1, $2, $3, 'text/plain', 1, $4, 'ready', $5) returning id", [principal.tenantId, principal.userId, `report ${document}.txt`, randomUUID(), [`part-${document % TAGS}`]]);
            const picks = Array.from({ length: DOCUMENT }, () => next() % EMBEDDED);
            await storePassages(tx, principal.tenantId, row!.id, picks.map((pick, ordinal) => ({ ordinal, page: 1, heading: "", text: size === stored ? text() : bases[pick]!.replace(/\d+/g, () => String(next() % 5_000)) })), picks.map((pick) => near(vectors[pick]!)), embedder);
        });
    }
    await opened.asOwner((owner) => owner.query("analyze"));
    const loading = (performance.now() - started) / 1000;
    const questions = shippedQuestions().map(({ question }) => question).slice(0, 100);
    const deps = { database: opened.database, embedder };
    const time = async (filter?: { tags: string[] }) => {
        const times: number[] = [];
        const before = usage();
        for (const question of questions) {
            const begun = performance.now();
            await search(deps, opened.user, question, { k: 8, filter });
            times.push(performance.now() - begun);
        }
        const after = usage();
        return { times, cpu: ((after.worker + after.database - before.worker - before.database) / questions.length) * 1000 };
    };
    for (const question of questions.slice(0, 10)) await search(deps, opened.user, question, { k: 8 });
    const open = await time();
    const narrowed = await time({ tags: ["part-3"] });
    /** @param exactUpTo passages that are read as a whole; 0 asks the index whatever there is */
    const recall = async (exactUpTo: number, filter?: { tags: string[] }) => {
        let found = 0;
        for (const question of questions.slice(0, 50)) {
            const [vector] = await embedder.embed([question]);
            const [index, exact] = await opened.database.asPrincipal(opened.user, async (tx) => [await nearest(tx, vector!, filter, exactUpTo), await nearest(tx, vector!, filter, Number.MAX_SAFE_INTEGER)] as const);
            const given = new Set(index.found.slice(0, 20).map(({ id }) => id));
            found += exact.found.slice(0, 20).filter(({ id }) => given.has(id)).length;
        }
        return found / (50 * 20);
    };
    const bar = { atMost: size <= 10_000 ? 50 : 120 };
    report.add("P50", percentile(open.times, 0.5), "ms");
    report.add("P95", percentile(open.times, 0.95), "ms", { bar });
    report.add("P50 with a tag", percentile(narrowed.times, 0.5), "ms");
    report.add("P95 with a tag", percentile(narrowed.times, 0.95), "ms", { bar });
    report.add("CPU time a search, all processes", open.cpu, "ms", { note: "embedding, ranking and PostgreSQL" });
    report.add("recall@20 of the index alone", await recall(0), "", { note: "made-up neighbours are nearly equally near: real ones are told apart more easily" });
    report.add("recall@20 of the index alone with a tag", await recall(0, { tags: ["part-3"] }), "");
    report.add("recall@20 of search with a tag", await recall(EXACT_UP_TO, { tags: ["part-3"] }), "", { bar: { atLeast: 0.97 } });
    report.add("loading, passages a second", size / loading, "1/s", { note: "vectors made up, words indexed" });
    report.close();
    await embedder.close();
    await opened.close();
}
