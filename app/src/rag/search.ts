/** Hybrid search: BM25 over words and cosine over meanings, weighed together with titles, feedback and neighbours. */
import type { Database, Principal, Queryable } from "../db/database.js";
import type { Logger } from "../http/log.js";
import type { Embedder } from "../models/embedder.js";
import { requireSpace } from "../models/vectorSpace.js";
import { byWords, describe, nearest, type Candidate, type Nearest, type Worded } from "./candidates.js";
import type { Filter } from "./filter.js";
import type { Passage } from "./passage.js";
import { rank, RANKING, type Features, type Ranked, type Ranking } from "./ranking.js";
import { reordered, type Reranker } from "./reranker.js";

export interface SearchDeps {
    database: Database;
    embedder: Embedder;
    reranker?: Reranker;
    log?: Logger;
}

export interface SearchOptions {
    k: number;
    filter?: Filter;
    ranking?: Ranking;
    signal?: AbortSignal;
}

export interface Found {
    passages: Passage[];
    /** Whether passages may be missing that belong here, because the index ended its search early. */
    short: boolean;
    method: Nearest["method"];
}

/** How many a reranker is shown. */
const RERANKED = 30;

/** How often a search begins again because a new version of a document took the place of what it had found. */
const AGAIN = 3;

export async function search(deps: SearchDeps, principal: Principal, query: string, options: SearchOptions): Promise<Found> {
    // Words need no vector: both are looked for at the same time.
    const vector = deps.embedder.embed([query]).then(([only]) => only!);
    for (let left = AGAIN; ; left--) {
        const { found, gone } = await attempt(deps, principal, query, vector, options);
        if (!gone || left === 0) return found;
    }
}

/** One search. It reads more than once, so that what it has found can be gone at its end. */
async function attempt(deps: SearchDeps, principal: Principal, query: string, vector: Promise<Float32Array>, { k, filter, ranking = RANKING, signal }: SearchOptions): Promise<{ found: Found; gone: boolean }> {
    const run = <T>(work: (tx: Queryable) => Promise<T>) => deps.database.asPrincipal(principal, work);
    const [words, near] = await Promise.all([
        ranking.words === 0 ? [] : run((tx) => byWords(tx, query, filter)),
        vector.then((asked) => run(async (tx) => {
            await requireSpace(tx, deps.embedder);
            return nearest(tx, asked, filter);
        })),
    ]);
    return run(async (tx) => {
        const features = await featuresOf(tx, await vector, near.found, words);
        const ranked = rank(query, features, ranking).slice(0, deps.reranker === undefined ? k : Math.max(k, RERANKED));
        const passages = await load(tx, ranked);
        const best = deps.reranker === undefined ? passages : (await reordered(deps.reranker, query, passages, deps.log, signal)).slice(0, k);
        const gone = features.length < idsOf(near.found, words).length || passages.length < ranked.length;
        return { found: { passages: best, short: near.short, method: near.method }, gone };
    });
}

/** Everything that ranking goes by. */
async function featuresOf(tx: Queryable, vector: Float32Array, near: readonly Candidate[], words: readonly Worded[]): Promise<Features[]> {
    const scores = new Map(words.map(({ documentId, ordinal, score }) => [`${documentId}/${ordinal}`, score]));
    const ids = idsOf(near, words);
    if (ids.length === 0) return [];
    return (await describe(tx, ids, vector)).map((each) => ({ ...each, words: scores.get(`${each.documentId}/${each.ordinal}`) ?? 0 }));
}

const idsOf = (near: readonly Candidate[], words: readonly Worded[]): string[] => [...new Set([...near, ...words].flatMap(({ id }) => id ?? []))];

async function load(tx: Queryable, found: readonly Ranked[]): Promise<Passage[]> {
    const rows = await tx.query<Omit<Passage, "score" | "similarity">>(
        `select p.id, p.document_id as "documentId", d.filename, p.page, p.heading, p.text
         from passages p join documents d on d.id = p.document_id where p.id = any($1::uuid[])`,
        [found.map(({ id }) => id)],
    );
    const byId = new Map(rows.map((row) => [row.id, row]));
    return found.flatMap(({ id, score, similarity }) => {
        const row = byId.get(id);
        return row === undefined ? [] : [{ ...row, score, similarity }];
    });
}
