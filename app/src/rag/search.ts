/** Hybrid search: BM25 over words and cosine over meanings, joined by reciprocal rank fusion. */
import type { Database, Principal, Queryable } from "../db/database.js";
import type { Embedder } from "../models/embedder.js";
import type { Passage } from "./passage.js";

/** Rank at which a result counts half as much as the first; the value of the method's authors. */
const RRF_K = 60;
/** How many of each kind are fused. */
const CANDIDATES = 100;
/** Up to here reading every vector is quick and finds everything; the index may miss some. */
const EXACT_UP_TO = 5_000;
const BM25 = { k1: 1.2, b: 0.75 };

/** A new version of a document is not seen before it is whole. */
const SHOWN = "document_id not in (select id from documents where hidden)";

export interface SearchDeps {
    database: Database;
    embedder: Embedder;
}

export async function search(deps: SearchDeps, principal: Principal, query: string, k: number): Promise<Passage[]> {
    const [vector] = await deps.embedder.embed([query]);
    return deps.database.asPrincipal(principal, async (tx) => {
        const near = await nearest(tx, vector!);
        const wordy = await byWords(tx, query);
        const fused = fuse([near, wordy]).slice(0, k);
        return load(tx, fused);
    });
}

/** Sums 1 / (60 + rank) over the lists. */
export function fuse(lists: readonly (readonly string[])[]): { id: string; score: number }[] {
    const scores = new Map<string, number>();
    for (const list of lists) {
        list.forEach((id, i) => scores.set(id, (scores.get(id) ?? 0) + 1 / (RRF_K + i + 1)));
    }
    return [...scores].map(([id, score]) => ({ id, score })).sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

/** Ids of the passages nearest in meaning, in order. */
export async function nearest(tx: Queryable, vector: Float32Array, exactUpTo = EXACT_UP_TO): Promise<string[]> {
    const text = `[${vector.join(",")}]`;
    const size = await tx.query<{ chunks: number }>("select coalesce(sum(chunks), 0)::int as chunks from documents");
    // The sum with zero is what keeps the planner from the index.
    const exact = (size[0]?.chunks ?? 0) <= exactUpTo;
    if (!exact) await tx.query("select set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.ef_search', $1, true)", [String(CANDIDATES)]);
    const rows = await tx.query<{ id: string }>(
        `select id from passages where tenant_id = app_tenant() and ${SHOWN} order by ${exact ? "(embedding <=> $1::vector) + 0" : "embedding <=> $1::vector"} limit $2`,
        [text, CANDIDATES],
    );
    return rows.map((row) => row.id);
}

/** Ids of the passages that BM25 ranks highest, in order. */
export async function byWords(tx: Queryable, query: string): Promise<string[]> {
    const rows = await tx.query<{ id: string }>(
        `with size as (select coalesce(sum(chunks), 0)::float8 as n, greatest(coalesce(sum(words), 0)::float8 / greatest(sum(chunks), 1), 1) as mean from documents),
         hits as (
             select w.word, w.document_id, o.ordinal, o.count, o.length
             from passage_words w, unnest(w.ordinals, w.counts, w.lengths) as o (ordinal, count, length)
             where w.tenant_id = app_tenant() and ${SHOWN} and w.word in (select lexeme from unnest(to_tsvector('english', $1)))
         ),
         rarity as (select word, ln(1 + (n - count(*) + 0.5) / (count(*) + 0.5)) as idf from hits, size group by word, n),
         best as (
             select document_id, ordinal, sum(idf * count * ($3::float8 + 1) / (count + $3::float8 * (1 - $4::float8 + $4::float8 * length / mean))) as score
             from hits join rarity using (word), size group by document_id, ordinal order by score desc limit $2
         )
         select p.id from best join passages p using (document_id, ordinal) order by score desc, p.id`,
        [query, CANDIDATES, BM25.k1, BM25.b],
    );
    return rows.map((row) => row.id);
}

async function load(tx: Queryable, found: readonly { id: string; score: number }[]): Promise<Passage[]> {
    const rows = await tx.query<Omit<Passage, "score">>(
        `select p.id, p.document_id as "documentId", d.filename, p.page, p.heading, p.text
         from passages p join documents d on d.id = p.document_id where p.id = any($1::uuid[])`,
        [found.map(({ id }) => id)],
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return found.flatMap(({ id, score }) => {
        const row = byId.get(id);
        return row === undefined ? [] : [{ ...row, score }];
    });
}
