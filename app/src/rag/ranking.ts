/** How candidates are ordered. Pure, so that evaluation can try other settings on the same candidates. */
import { contentWords } from "../models/words.js";
import type { Described } from "./candidates.js";
import { cosine, mean } from "./vectors.js";

export interface Ranking {
    /** Weights of the parts, each between 0 and 1 over the candidates of a question. */
    meaning: number;
    words: number;
    title: number;
    /** Likeness to the best few of the first round. */
    feedback: number;
    /** What the passages that mean nearly the same lend: what answers seldom stands alone. */
    cluster: number;
    /** What the passages before and after lend. */
    neighbours: number;
}

/** Chosen on public collections, and measured on others (docs/benchmarks.md). */
export const RANKING: Ranking = { meaning: 1, words: 0.8, title: 0.1, feedback: 0.6, cluster: 1, neighbours: 0 };
export const DENSE_ONLY: Ranking = { meaning: 1, words: 0, title: 0, feedback: 0, cluster: 0, neighbours: 0 };
export const WORDS_ONLY: Ranking = { meaning: 0, words: 1, title: 0, feedback: 0, cluster: 0, neighbours: 0 };

/** Settings that can be compared by name. */
export const RANKINGS = { hybrid: RANKING, dense: DENSE_ONLY, words: WORDS_ONLY } as const;
export type RankingName = keyof typeof RANKINGS;
/** Passages whose likeness counts in the second round. */
const FEEDBACK_FROM = 3;
/** From this share on the words of a question are trusted; below, it is put in other words than the documents. */
const TRUSTED = 0.5;
/** Of the best so many, each is lent by so many that mean nearly the same. */
const CLUSTERED = 50;
const CLUSTER = 10;

export interface Features extends Described {
    /** BM25 as a share (see `byWords`); zero for what is not among the best few hundred by their words. */
    words: number;
}

export interface Ranked {
    id: string;
    score: number;
    similarity: number;
}

/** The best first. */
export function rank(query: string, candidates: readonly Features[], ranking: Ranking): Ranked[] {
    const trust = Math.min(1, Math.max(0, ...candidates.map(({ words }) => words)) / TRUSTED);
    let scores = alone(query, candidates, { ...ranking, words: ranking.words * trust });
    if (ranking.feedback > 0) {
        const best = order(scores).slice(0, FEEDBACK_FROM);
        const middle = mean(best.map((i) => candidates[i]!.vector));
        const likeness = spread(candidates.map(({ vector }) => cosine(vector, middle)));
        scores = scores.map((score, i) => score + ranking.feedback * trust * likeness[i]!);
    }
    if (ranking.cluster > 0) scores = clustered(candidates, scores, ranking.cluster * trust);
    const places = new Map(candidates.map(({ documentId, ordinal }, i) => [`${documentId}/${ordinal}`, scores[i]!]));
    const beside = ({ documentId, ordinal }: Features) => Math.max(places.get(`${documentId}/${ordinal - 1}`) ?? 0, places.get(`${documentId}/${ordinal + 1}`) ?? 0);
    return candidates
        .map((candidate, i) => ({ id: candidate.id, similarity: candidate.similarity, score: scores[i]! + ranking.neighbours * beside(candidate) }))
        .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

/** What each is worth by itself. */
function alone(query: string, candidates: readonly Features[], ranking: Ranking): number[] {
    const asked = new Set(contentWords(query));
    const meaning = spread(candidates.map(({ similarity }) => similarity));
    const words = spread(candidates.map((candidate) => candidate.words));
    const titles = new Map<string, number>();
    const title = (text: string) => {
        let share = titles.get(text);
        if (share === undefined) titles.set(text, (share = shareOf(asked, text)));
        return share;
    };
    return candidates.map(
        ({ filename, heading }, i) =>
            ranking.meaning * meaning[i]! + ranking.words * words[i]! + (ranking.title === 0 ? 0 : ranking.title * title(`${filename.replace(/\.\w+$/, "").replace(/[-_.]+/g, " ")} ${heading}`)),
    );
}

/** Each of the best with a share of what those are worth that are most like it; the others stay below them. */
function clustered(candidates: readonly Features[], scores: readonly number[], weight: number): number[] {
    const worth = spread(scores);
    const near = order(scores).slice(0, CLUSTERED);
    const likeness = near.map(() => new Float64Array(near.length));
    for (let i = 0; i < near.length; i++) {
        for (let j = 0; j < i; j++) likeness[i]![j] = likeness[j]![i] = Math.max(0, cosine(candidates[near[i]!]!.vector, candidates[near[j]!]!.vector));
    }
    const result = [...worth];
    near.forEach((candidate, i) => {
        const like = largest(likeness[i]!, CLUSTER, i);
        const total = like.reduce((sum, j) => sum + likeness[i]![j]!, 0);
        if (total > 0) result[candidate]! += (weight * like.reduce((sum, j) => sum + likeness[i]![j]! * worth[near[j]!]!, 0)) / total;
    });
    return result;
}

/** Indices by falling value. */
function order(values: ArrayLike<number>): number[] {
    return Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[b]! - values[a]! || a - b);
}

/** Indices of the largest, the largest first, without `except`: one pass, because sorting all of them cost more than the likeness. */
function largest(values: ArrayLike<number>, count: number, except: number): number[] {
    const found: number[] = [];
    for (let i = 0; i < values.length; i++) {
        if (i === except || (found.length === count && values[i]! <= values[found[count - 1]!]!)) continue;
        let place = Math.min(found.length, count - 1);
        for (; place > 0 && values[found[place - 1]!]! < values[i]!; place--) found[place] = found[place - 1]!;
        found[place] = i;
    }
    return found;
}

/** Nearer together than this is the same: rounding must not decide. */
const SAME = 1e-5;

/** From the least to the most as 0 to 1. */
function spread(values: readonly number[]): number[] {
    const least = Math.min(...values);
    const range = Math.max(...values) - least;
    return values.map((value) => (range <= SAME ? 0 : (value - least) / range));
}

function shareOf(asked: ReadonlySet<string>, text: string): number {
    if (asked.size === 0) return 0;
    const held = new Set(contentWords(text));
    return [...asked].filter((word) => held.has(word)).length / asked.size;
}
