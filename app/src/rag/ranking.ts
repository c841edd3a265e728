/** How candidates are ordered. Pure, so that evaluation can try other settings on the same candidates. */
import { contentWords } from "../models/words.js";
import type { Described } from "./candidates.js";

export interface Ranking {
    /** Weights of the parts, each between 0 and 1 over the candidates of a question. */
    meaning: number;
    words: number;
    title: number;
    /** Likeness to the best few of the first round. */
    feedback: number;
    /** What the passages before and after lend. */
    neighbours: number;
}

/** Survived cross-validation over the golden set and leans to words, because real documents are longer (docs/app.md). */
export const RANKING: Ranking = { meaning: 1, words: 1.6, title: 0.1, feedback: 0.2, neighbours: 0.1 };
export const DENSE_ONLY: Ranking = { meaning: 1, words: 0, title: 0, feedback: 0, neighbours: 0 };
export const WORDS_ONLY: Ranking = { meaning: 0, words: 1, title: 0, feedback: 0, neighbours: 0 };

/** Settings that can be compared by name. */
export const RANKINGS = { hybrid: RANKING, dense: DENSE_ONLY, words: WORDS_ONLY } as const;
export type RankingName = keyof typeof RANKINGS;
/** Passages whose likeness counts in the second round. */
export const FEEDBACK_FROM = 3;

export interface Features extends Described {
    /** BM25 as a share of the most that the question could give; zero for those that only their meaning brought. */
    words: number;
    /** Likeness to the best of the first round, once that is known. */
    feedback?: number;
}

export interface Ranked {
    id: string;
    score: number;
    similarity: number;
}

export function rank(query: string, candidates: readonly Features[], ranking: Ranking): Ranked[] {
    const asked = new Set(contentWords(query));
    const meaning = spread(candidates.map(({ similarity }) => similarity));
    const feedback = spread(candidates.map((candidate) => candidate.feedback ?? 0));
    const titles = new Map<string, number>();
    const title = (text: string) => {
        let share = titles.get(text);
        if (share === undefined) titles.set(text, (share = shareOf(asked, text)));
        return share;
    };
    const own = candidates.map(
        ({ filename, heading, words }, i) =>
            ranking.meaning * meaning[i]! + ranking.words * words + ranking.feedback * feedback[i]! + (ranking.title === 0 ? 0 : ranking.title * title(`${filename.replace(/\.\w+$/, "").replace(/[-_.]+/g, " ")} ${heading}`)),
    );
    const places = new Map(candidates.map(({ documentId, ordinal }, i) => [`${documentId}/${ordinal}`, own[i]!]));
    return candidates
        .map(({ id, documentId, ordinal, similarity }, i) => ({
            id,
            similarity,
            score: own[i]! + ranking.neighbours * Math.max(places.get(`${documentId}/${ordinal - 1}`) ?? 0, places.get(`${documentId}/${ordinal + 1}`) ?? 0),
        }))
        .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

/** From the least to the most as 0 to 1. */
function spread(values: readonly number[]): number[] {
    const least = Math.min(...values);
    const range = Math.max(...values) - least;
    return values.map((value) => (range <= 0 ? 0 : (value - least) / range));
}

function shareOf(asked: ReadonlySet<string>, text: string): number {
    if (asked.size === 0) return 0;
    const held = new Set(contentWords(text));
    return [...asked].filter((word) => held.has(word)).length / asked.size;
}
