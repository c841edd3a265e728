/**
 * The default answerer, without any language model: picks the sentences that answer best and quotes them word for
 * word. It can be incomplete, but never says what no document says.
 */
import type { Passage } from "../rag/passage.js";
import type { Answerer, AnswerPart, Citation } from "./answerer.js";
import type { Embedder } from "./embedder.js";
import { KeptVectors } from "./keptVectors.js";
import { sentencesOf } from "./sentences.js";
import { contentWords } from "./words.js";

/** Weight of meaning against shared words. */
const MEANING = 0.55;
/** Below this the question is not answered; chosen on the golden set, where 94 % of what has no answer is refused. */
export const GOOD_ENOUGH = 0.42;
/** A sentence as good as this answers whatever else was found. */
const CERTAIN = 0.55;
/** A passage that has nothing to do with a question is about so near to it. */
const UNRELATED = 0.2;
/** A further sentence has to come near to the best one. */
const NEAR_BEST = 0.82;
const MOST_QUOTES = 4;
const MOST_PASSAGES = 8;
const MOST_SENTENCES = 72;
const SAME = 0.92;

export const REFUSAL = "I could not find an answer to this in your documents. You can ask in other words, or upload a document that covers it.";

export function createAnswerer(embedder: Embedder): Answerer {
    const vectors = new KeptVectors(embedder);
    return {
        async *answer(question, passages, signal) {
            const chosen = await choose(vectors, question, passages);
            signal?.throwIfAborted();
            if (chosen.length === 0) {
                yield* words(REFUSAL);
                return;
            }
            yield* words(chosen.length === 1 ? "Your documents say:" : "Your documents say this about it:");
            for (const [i, { passage, quote }] of chosen.entries()) {
                signal?.throwIfAborted();
                const citation: Citation = { n: i + 1, documentId: passage.documentId, filename: passage.filename, page: passage.page, passageId: passage.id, quote };
                yield { type: "token", text: "\n\n" };
                yield* words(`“${readable(quote, passage.text)}” [${citation.n}]`);
                yield { type: "citation", ...citation };
            }
        },
    };
}

interface Candidate {
    passage: Passage;
    rank: number;
    index: number;
    sentence: string;
    /** What the sentence is quoted with, when it cannot be understood alone. */
    quote: string;
}

export interface Scored extends Candidate {
    score: number;
    /** The part of the question's words in it. */
    shared: number;
    vector: Float32Array;
}

/** The quotes for an answer, the best passage first and each passage in its own order; none when nothing is good enough. */
async function choose(vectors: KeptVectors, question: string, passages: readonly Passage[]): Promise<{ passage: Passage; quote: string }[]> {
    const scored = await score(vectors, question, passages);
    const best = scored[0];
    if (best === undefined || (best.score < CERTAIN && confidence(best, passages) < GOOD_ENOUGH)) return [];
    const kept: Scored[] = [];
    for (const candidate of scored) {
        if (kept.length === MOST_QUOTES || candidate.score < best.score * NEAR_BEST) break;
        if (kept.every((other) => dot(other.vector, candidate.vector) < SAME)) kept.push(candidate);
    }
    const order = new Map<string, number>();
    for (const { passage } of kept) if (!order.has(passage.id)) order.set(passage.id, order.size);
    kept.sort((a, b) => order.get(a.passage.id)! - order.get(b.passage.id)! || a.index - b.index);
    return merged(kept);
}

/** All candidate sentences with how well they answer, best first. Exported to measure the threshold. */
export async function score(kept: KeptVectors, question: string, passages: readonly Passage[]): Promise<Scored[]> {
    const candidates = passages.slice(0, MOST_PASSAGES).flatMap(candidatesOf).slice(0, MOST_SENTENCES);
    if (candidates.length === 0) return [];
    const texts = candidates.map(({ passage, quote }) => (passage.heading === "" ? "" : `${passage.heading}: `) + readable(quote, passage.text));
    const { asked, vectors } = await kept.of(question, candidates.map(({ passage }, i) => ({ passageId: passage.id, text: texts[i]! })));
    const shares = sharedWords(question, texts);
    return candidates
        .map((candidate, i) => ({ ...candidate, vector: vectors[i]!, shared: shares[i]!, score: MEANING * dot(asked, vectors[i]!) + (1 - MEANING) * shares[i]! }))
        .sort((a, b) => b.score - a.score || a.rank - b.rank || a.index - b.index);
}

/** How sure it is that the passages answer at all: the nearest is near, and stands out from the others. */
export function confidence(best: Scored, passages: readonly Passage[]): number {
    const near = passages.map(({ similarity }) => similarity).sort((a, b) => b - a);
    return 0.5 * near[0]! + (near[0]! - Math.max(near[4] ?? UNRELATED, 0)) + 0.15 * best.shared;
}

function candidatesOf(passage: Passage, rank: number): Candidate[] {
    const sentences = sentencesOf(passage.text);
    return sentences.map((sentence, index) => {
        const before = sentences[index - 1];
        const dangling = /^(?:it|this|that|these|those|they|he|she|such|however|therefore)\b/i.test(sentence);
        return { passage, rank, index, sentence, quote: dangling && before !== undefined && passage.text.includes(`${before} ${sentence}`) ? `${before} ${sentence}` : sentence };
    });
}

/** For each text, the part of the question's words in it; a word that few of the texts hold counts more. */
function sharedWords(question: string, texts: readonly string[]): number[] {
    const asked = [...new Set(contentWords(question))];
    const held = texts.map((text) => new Set(contentWords(text)));
    const weights = asked.map((word) => Math.log(1 + texts.length / (1 + held.filter((words) => words.has(word)).length)));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (total === 0) return texts.map(() => 0);
    return held.map((words) => asked.reduce((sum, word, i) => sum + (words.has(word) ? weights[i]! : 0), 0) / total);
}

/** Neighbours in one passage become one quote, when they stand there one after the other. */
function merged(kept: readonly Scored[]): { passage: Passage; quote: string }[] {
    const quotes: { passage: Passage; quote: string }[] = [];
    for (const { passage, quote } of kept) {
        const last = quotes.at(-1);
        if (last?.passage.id === passage.id && last.quote.includes(quote)) continue;
        if (last?.passage.id === passage.id && passage.text.includes(`${last.quote} ${quote}`)) last.quote = `${last.quote} ${quote}`;
        else quotes.push({ passage, quote });
    }
    return quotes;
}

/** A quote without the signs of Markdown; a table's row with the names of its columns. */
function readable(quote: string, text: string): string {
    const cells = (row: string) => row.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim());
    let plain = quote;
    if (/^\s*\|.*\|\s*$/.test(quote)) {
        const header = /^(\|.*)\n\|[\s:|-]+$/m.exec(text)?.[1];
        const names = header === undefined || header === quote ? [] : cells(header);
        plain = cells(quote).map((cell, i) => (cell === "" ? "" : names[i] ? `${names[i]}: ${cell}` : cell)).filter((cell) => cell !== "").join("; ");
    }
    return plain
        .replace(/^\s*(?:[-*+]|\d{1,3}[.)])\s+/, "")
        .replace(/(\*\*|__|`)(\S.*?)\1/g, "$2")
        .replace(/\[([^\]]+)\]\([^)]*\)/g, "$1")
        .replace(/\s+/g, " ")
        .trim();
}

function* words(text: string): Generator<AnswerPart> {
    for (const [part] of text.matchAll(/\S+\s*/g)) yield { type: "token", text: part };
}

function dot(a: Float32Array, b: Float32Array): number {
    let sum = 0;
    for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
    return sum;
}
