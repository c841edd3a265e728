/** How well search finds: on the golden set, and on public collections that a folder holds, through the application's own chunks, tables and search. */
import { createHash } from "node:crypto";
import { appFolder } from "../src/env.js";
import { openShipped } from "../src/evaluation/shipped.js";
import { Chunker } from "../src/ingest/chunker.js";
import { embeddedText, storePassages } from "../src/ingest/passages.js";
import { createEmbedder } from "../src/models/embedder.js";
import { loadTokenizer } from "../src/models/tokenizer.js";
import { RANKINGS, type RankingName } from "../src/rag/ranking.js";
import { search } from "../src/rag/search.js";
import { readCollections, type Collection } from "./collections.js";
import { Report } from "./report.js";
import { database } from "./support.js";

/** What search is asked for, to find ten documents: several passages may be of one. */
const PASSAGES = 50;
const BATCH = 8;

/** @param folder of collections, or undefined for the golden set alone */
export async function benchQuality(folder?: string): Promise<void> {
    const report = new Report("quality", "Quality of search, nDCG@10", folder === undefined ? "npm run bench -- quality" : "npm run bench -- quality FOLDER");
    const shipped = await openShipped(appFolder("models/minilm"), 2);
    for (const name of ["hybrid", "dense", "words"] as const) {
        const { scores } = await shipped.run(name, { answers: name === "hybrid" });
        report.add(`golden set, ${name}: nDCG@10`, scores.ndcg10, "");
        if (scores.refusals !== null) report.add("golden set: refused of what has no answer", scores.refusals, "", { bar: { atLeast: 0.9 } });
    }
    await shipped.close();
    for (const collection of folder === undefined ? [] : readCollections(folder)) {
        const scores = await measure(collection);
        const about = `${collection.documents.length} documents, ${collection.questions.length} questions`;
        for (const [name, score] of Object.entries(scores)) report.add(`${collection.name}, ${name}: nDCG@10`, score, "", { note: about });
        report.add(`${collection.name}: hybrid over dense`, (scores.hybrid / scores.dense - 1) * 100, "%", { bar: { atLeast: 15 } });
        // The next one may take many minutes.
        report.close();
    }
    report.close();
}

async function measure(collection: Collection): Promise<Record<RankingName, number>> {
    const opened = await database();
    const modelFolder = appFolder("models/minilm");
    const embedder = createEmbedder({ modelFolder, threads: 2 });
    const tokenizer = loadTokenizer(modelFolder);
    const principal = opened.user;
    for (const { id, title, text } of collection.documents) {
        const chunker = new Chunker(tokenizer.count);
        const chunks = [...chunker.cut({ page: null, markdown: title === "" ? text : `# ${title}\n\n${text}` }), ...chunker.end(null)];
        const vectors = await embedder.embed(chunks.map(embeddedText));
        await opened.database.asPrincipal(principal, async (tx) => {
            const [document] = await tx.query<{ id: string }>(
                "insert into documents (tenant_id, uploaded_by, filename, media_type, bytes, sha256, state) values ($1, $2, $3, 'text/markdown', $4, $5, 'ready') returning id",
                [principal.tenantId, principal.userId, `${id}.md`, text.length, createHash("sha256").update(id).digest("hex")],
            );
            for (let i = 0; i < chunks.length; i += BATCH) await storePassages(tx, principal.tenantId, document!.id, chunks.slice(i, i + BATCH), vectors.slice(i, i + BATCH), embedder);
        });
    }
    await opened.asOwner((owner) => owner.query("analyze"));
    const scores = { hybrid: 0, dense: 0, words: 0 };
    for (const { id, text } of collection.questions) {
        for (const name of Object.keys(scores) as RankingName[]) {
            const { passages } = await search({ database: opened.database, embedder }, principal, text, { k: PASSAGES, ranking: RANKINGS[name] });
            scores[name] += ndcg([...new Set(passages.map(({ filename }) => filename.slice(0, -3)))], collection.relevant.get(id)!) / collection.questions.length;
        }
    }
    await embedder.close();
    await opened.close();
    return scores;
}

/** Of the first ten, each relevant or not. */
function ndcg(found: readonly string[], relevant: ReadonlySet<string>): number {
    const gain = (place: number) => 1 / Math.log2(place + 2);
    const reached = found.slice(0, 10).reduce((sum, id, place) => sum + (relevant.has(id) ? gain(place) : 0), 0);
    return reached / Array.from({ length: Math.min(10, relevant.size) }, (_, place) => gain(place)).reduce((sum, value) => sum + value, 0);
}
