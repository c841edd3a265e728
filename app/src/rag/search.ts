/** Hybrid search: BM25 over words and cosine over meanings, weighed together with titles, feedback and neighbours. */
import type { Database, Principal, Queryable } from "../db/database.js";
import type { Logger } from "../http/log.js";
import type { Embedder } from "../models/embedder.js";
import { requireSpace } from "../models/vectorSpace.js";
import { byWords, describe, nearest, type Candidate, type Nearest } from "./candidates.js";
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

export async function search(deps: SearchDeps, principal: Principal, query: string, { k, filter, ranking = RANKING, signal }: SearchOptions): Promise<Found> {
    const run = <T>(work: (tx: Queryable) => Promise<T>) => deps.database.asPrincipal(principal, work);
    // Words need no vector: both are looked for at the same time.
    const wordy = ranking.words === 0 ? Promise.resolve([]) : run((tx) => byWords(tx, query, filter));
    wordy.catch(() => undefined);
    const [vector] = await deps.embedder.embed([query]);
    const near = await run(async (tx) => {
        await requireSpace(tx, deps.embedder);
        return nearest(tx, vector!, filter);
    });
    const words = await wordy;
    return run(async (tx) => {
        const ranked = rank(query, await featuresOf(tx, vector!, near.found, words), ranking);
        const passages = await load(tx, ranked.slice(0, deps.reranker === undefined ? k : Math.max(k, RERANKED)));
        const best = deps.reranker === undefined ? passages : (await reordered(deps.reranker, query, passages, deps.log, signal)).slice(0, k);
        return { passages: best, short: near.short, method: near.method };
    });
}

/** Everything that ranking goes by. */
export async function featuresOf(tx: Queryable, vector: Float32Array, near: readonly Candidate[], words: readonly Candidate[]): Promise<Features[]> {
    const scores = new Map(words.map(({ id, score }) => [id, score]));
    const ids = [...new Set([...near, ...words].map(({ id }) => id))];
    if (ids.length === 0) return [];
    return (await describe(tx, ids, vector)).map((each) => ({ ...each, words: scores.get(each.id) ?? 0 }));
}

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
