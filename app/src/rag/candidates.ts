/** The passages worth ranking: nearest in meaning, and best by words. */
import type { Queryable } from "../db/database.js";
import { scopeOf, type Filter } from "./filter.js";
import { cosine, readVector, unit } from "./vectors.js";

export interface Candidate {
    id: string;
    score: number;
}

/** How many of each kind are ranked. */
export const CANDIDATES = 100;
/** How many are scored by their words: most of those that their meaning brought are among them. More cost time and add little. */
const SCORED = 400;
/** Up to here reading every vector is quick and finds everything; the index may miss some. */
export const EXACT_UP_TO = 20_000;
/** Found by measuring recall against the exact scan (docs/app.md). */
const EF_SEARCH = 300;
const BM25 = { k1: 1.2, b: 0.75 };
/** Occurrences that are scored for one question; the commonest words are left out beyond it. */
const MOST_OCCURRENCES = 40_000;
/** Words of a question that tell most: a passage that holds so many of them is surely about it, however long the question. */
const TELLING = 4;

/** What the words of a passage are worth. */
export interface Worded {
    documentId: string;
    ordinal: number;
    score: number;
    /** Of the best alone: the others are ranked only where their meaning has brought them. */
    id: string | null;
}

export interface Nearest {
    found: Candidate[];
    method: "exact" | "index";
    /** Fewer were found than there are. Never so after an exact scan. */
    short: boolean;
}

/** The passages nearest in meaning, the nearest first. */
export async function nearest(tx: Queryable, vector: Float32Array, filter: Filter = {}, exactUpTo = EXACT_UP_TO): Promise<Nearest> {
    const text = vectorText(vector);
    const scope = await scopeOf(tx, filter, 3);
    const wanted = Math.min(CANDIDATES, scope.passages);
    const read = (exact: boolean) =>
        tx.query<Candidate>(
            // The sum with zero is what keeps the planner from the index.
            `select id, 1 - (embedding <=> $1::vector) as score from passages where tenant_id = app_tenant() and ${scope.condition}
             order by ${exact ? "(embedding <=> $1::vector) + 0" : "embedding <=> $1::vector"} limit $2`,
            [text, CANDIDATES, ...scope.values],
        );
    if (scope.passages <= exactUpTo) return { found: await read(true), method: "exact", short: false };
    // The index knows no filter: it goes on looking until there are enough, within its limit.
    await tx.query("select set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.ef_search', $1, true)", [String(EF_SEARCH)]);
    const found = await read(false);
    if (found.length >= wanted) return { found, method: "index", short: false };
    // It gave up too early: what is narrowed is read as a whole rather than losing any of it.
    if (scope.narrowed) return { found: await read(true), method: "exact", short: false };
    return { found, method: "index", short: true };
}

/**
 * The passages that BM25 scores highest, the highest first, and the best of them as candidates. The scores are shares of what a passage would get that holds
 * the most telling words of the question: low where the question is put in other words than the documents', and to be
 * trusted less; above one where a passage holds more than those.
 */
export async function byWords(tx: Queryable, query: string, filter: Filter = {}): Promise<Worded[]> {
    const scope = await scopeOf(tx, filter, 8);
    return tx.query<Worded>(
        `with size as (select greatest(coalesce(sum(chunks), 0), 1)::float8 as n, greatest(coalesce(sum(words), 0)::float8 / greatest(sum(chunks), 1), 1) as mean from documents),
         -- A word that is said again is meant more, though not twice as much.
         asked as (select lexeme as word, 1 + ln(cardinality(positions)) as weight from unnest(to_tsvector('english', $1))),
         postings as materialized (
             select word, document_id, ordinals, counts, lengths from passage_words
             where tenant_id = app_tenant() and ${scope.condition} and word in (select word from asked)
         ),
         spread as (select word, sum(cardinality(ordinals))::float8 as passages from postings group by word),
         most as (
             select greatest(sum(worth), 0.01) * ($3::float8 + 1) as score
             from (
                 select weight * ln(1 + (greatest(n - coalesce(passages, 0), 0) + 0.5) / (coalesce(passages, 0) + 0.5)) as worth
                 from asked left join spread using (word), size order by 1 desc limit $6
             ) telling
         ),
         -- The rarest words first, as many as can be scored in time: the commonest say least.
         chosen as (
             select word, weight * ln(1 + (greatest(n - passages, 0) + 0.5) / (passages + 0.5)) as idf
             from (select word, passages, sum(passages) over (order by passages, word) as together, row_number() over (order by passages, word) as place from spread) s join asked using (word), size
             where together <= $5 or place = 1
         ),
         best as (
             select p.document_id, o.ordinal, sum(c.idf * o.count * ($3::float8 + 1) / (o.count + $3::float8 * (1 - $4::float8 + $4::float8 * o.length / size.mean))) as score
             from chosen c join postings p using (word), unnest(p.ordinals, p.counts, p.lengths) as o (ordinal, count, length), size
             group by p.document_id, o.ordinal order by score desc limit $2
         )
         select candidate.id, b.document_id as "documentId", b.ordinal, b.score / most.score as score
         from (select *, row_number() over (order by score desc, document_id, ordinal) as place from best) b
         left join lateral (select id from passages p where b.place <= $7 and p.document_id = b.document_id and p.ordinal = b.ordinal) candidate on true, most
         order by b.place`,
        [query, SCORED, BM25.k1, BM25.b, MOST_OCCURRENCES, TELLING, CANDIDATES, ...scope.values],
    );
}

export interface Described {
    id: string;
    documentId: string;
    ordinal: number;
    filename: string;
    heading: string;
    /** Cosine with the question, also of those that only their words brought. */
    similarity: number;
    /** Of length one. */
    vector: Float32Array;
}

export async function describe(tx: Queryable, ids: readonly string[], vector: Float32Array): Promise<Described[]> {
    const asked = unit(vector);
    const rows = await tx.query<Omit<Described, "similarity" | "vector"> & { sent: Uint8Array }>(
        `select p.id, p.document_id as "documentId", p.ordinal, d.filename, p.heading, vector_send(p.embedding) as sent
         from passages p join documents d on d.id = p.document_id where p.id = any($1::uuid[])`,
        [ids],
    );
    return rows.map(({ sent, ...row }) => {
        const own = readVector(sent);
        return { ...row, vector: own, similarity: cosine(asked, own) };
    });
}

function vectorText(vector: Float32Array): string {
    return `[${vector.join(",")}]`;
}
