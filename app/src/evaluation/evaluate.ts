/** Measures search and answers over questions with known answers. */
import type { Answerer, Citation } from "../models/answerer.js";
import type { Passage } from "../rag/passage.js";
import type { GoldenQuestion } from "./golden.js";

export interface Evaluated {
    search(question: string, k: number): Promise<Passage[]>;
    answerer?: Answerer;
    tenantId?: string;
}

export interface Scores {
    questions: number;
    /** Of the first ten, by place of the passage that answers. */
    ndcg10: number;
    recall1: number;
    recall5: number;
    recall20: number;
    /** Answers that cite the passage which answers, of those that cite anything; null without an answerer. */
    citations: number | null;
    /** Answerable questions that were answered. */
    answered: number | null;
    /** Questions without an answer that were refused. */
    refusals: number | null;
}

export interface Evaluation {
    scores: Scores;
    /** What went wrong, for a person to look at. */
    misses: { question: string; why: "not found" | "wrong citation" | "not answered" | "not refused" }[];
}

/** What an answerer is given, as the agent gives it. */
const GIVEN = 8;

export async function evaluate(subject: Evaluated, questions: readonly GoldenQuestion[]): Promise<Evaluation> {
    const misses: Evaluation["misses"] = [];
    const sums = { ndcg10: 0, recall1: 0, recall5: 0, recall20: 0, cited: 0, citing: 0, refused: 0 };
    const answerable = questions.filter(({ phrase }) => phrase !== undefined);
    for (const { question, document, phrase } of questions) {
        const passages = await subject.search(question, 20);
        const holds = (text: string, filename: string) => (document === undefined || filename === document) && phrase !== undefined && flat(text).includes(flat(phrase));
        if (phrase !== undefined) {
            const place = passages.findIndex(({ text, filename }) => holds(text, filename));
            if (place >= 0 && place < 10) sums.ndcg10 += 1 / Math.log2(place + 2);
            if (place === 0) sums.recall1++;
            if (place >= 0 && place < 5) sums.recall5++;
            if (place >= 0) sums.recall20++;
            else misses.push({ question, why: "not found" });
        }
        if (subject.answerer === undefined) continue;
        const given = passages.slice(0, GIVEN);
        const citations = await citationsOf(subject.answerer, question, given, subject.tenantId);
        if (phrase === undefined) {
            if (citations.length === 0) sums.refused++;
            else misses.push({ question, why: "not refused" });
        } else if (citations.length === 0) {
            misses.push({ question, why: "not answered" });
        } else {
            sums.citing++;
            const right = citations.some(({ passageId, filename }) => holds(given.find(({ id }) => id === passageId)?.text ?? "", filename));
            if (right) sums.cited++;
            else misses.push({ question, why: "wrong citation" });
        }
    }
    const share = (sum: number, of: number) => (of === 0 ? 1 : sum / of);
    const answers = subject.answerer !== undefined;
    const scores: Scores = {
        questions: questions.length,
        ndcg10: share(sums.ndcg10, answerable.length),
        recall1: share(sums.recall1, answerable.length),
        recall5: share(sums.recall5, answerable.length),
        recall20: share(sums.recall20, answerable.length),
        citations: answers ? share(sums.cited, sums.citing) : null,
        answered: answers ? share(sums.citing, answerable.length) : null,
        refusals: answers ? share(sums.refused, questions.length - answerable.length) : null,
    };
    return { scores, misses };
}

async function citationsOf(answerer: Answerer, question: string, passages: readonly Passage[], tenantId?: string): Promise<Citation[]> {
    const citations: Citation[] = [];
    for await (const part of answerer.answer(question, passages, undefined, tenantId)) if (part.type === "citation") citations.push(part);
    return citations;
}

function flat(text: string): string {
    return text.replace(/\s+/g, " ").trim();
}
