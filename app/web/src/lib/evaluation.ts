/** Evaluations in plain words and beside each other. */
import type { Evaluation, GoldenQuestion, Ranking, Scores } from "../api/types.ts";

export const rankings: { value: Ranking; label: string; about: string }[] = [
    { value: "hybrid", label: "Hybrid", about: "by meaning and by words together; what the chat uses" },
    { value: "dense", label: "Meaning only", about: "by the likeness of meaning" },
    { value: "words", label: "Words only", about: "by the words of the question" },
];

export const metrics: { key: Exclude<keyof Scores, "questions">; label: string; about: string }[] = [
    { key: "ndcg10", label: "Ranking (nDCG@10)", about: "How high the right passage stands among the first ten" },
    { key: "recall1", label: "Right passage first", about: "Questions whose right passage is found first" },
    { key: "recall5", label: "Among the first 5", about: "Questions whose right passage is among the first five" },
    { key: "recall20", label: "Among the first 20", about: "Questions whose right passage is among the first twenty" },
    { key: "answered", label: "Answered", about: "Answerable questions that got an answer" },
    { key: "citations", label: "Right source", about: "Answers that cite the passage which answers" },
    { key: "refusals", label: "Right refusals", about: "Questions without an answer that were refused" },
];

/** The name of a ranking for people. */
export function rankingLabel(ranking: string): string {
    return rankings.find(({ value }) => value === ranking)?.label ?? ranking;
}

/** `90.6 %`; a dash where nothing was measured. */
export function share(value: number | null | undefined): string {
    return typeof value === "number" && Number.isFinite(value) ? `${(value * 100).toFixed(1)} %` : "–";
}

/** `+1.2 points`, `same`; empty where one is missing. */
export function difference(a: number | null | undefined, b: number | null | undefined): string {
    if (typeof a !== "number" || typeof b !== "number") {
        return "";
    }
    const points = (b - a) * 100;
    return Math.abs(points) < 0.05 ? "same" : `${points > 0 ? "+" : "−"}${Math.abs(points).toFixed(1)} points`;
}

/** The newest evaluation, and the newest of another ranking to put beside it. */
export function newestTwo(evaluations: readonly Evaluation[]): [Evaluation | undefined, Evaluation | undefined] {
    const [first] = evaluations;
    return [first, evaluations.find(({ ranking }) => ranking !== first?.ranking) ?? evaluations[1]];
}

/** A golden set as typed: one question a line, `question | phrase that answers | file name`; a question alone has no answer. */
export function questionsFrom(text: string): { questions: GoldenQuestion[]; problems: string[] } {
    const questions: GoldenQuestion[] = [];
    const problems: string[] = [];
    const seen = new Set<string>();
    text.split("\n").forEach((line, i) => {
        const [question = "", phrase = "", document = "", ...more] = line.split("|").map((part) => part.trim());
        if (line.trim() === "") {
            return;
        }
        if (question.length < 3 || more.length > 0) {
            problems.push(`Line ${i + 1}: ${more.length > 0 ? "there are more than three parts" : "the question is too short"}.`);
        } else if (document !== "" && phrase === "") {
            problems.push(`Line ${i + 1}: a file name needs the phrase that answers.`);
        } else if (seen.has(question)) {
            problems.push(`Line ${i + 1}: this question is there already.`);
        } else {
            seen.add(question);
            questions.push({ question, ...(document ? { document } : {}), ...(phrase ? { phrase } : {}) });
        }
    });
    return { questions, problems };
}

/** The other way round. */
export function questionsAsText(questions: readonly GoldenQuestion[]): string {
    const flat = (part: string | undefined): string => (part ?? "").replace(/[|\s]+/g, " ").trim();
    return questions.map(({ question, phrase, document }) => [flat(question), ...(phrase ? [flat(phrase)] : []), ...(document ? [flat(document)] : [])].join(" | ")).join("\n");
}
