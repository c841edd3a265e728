/** What turns passages into an answer. The default one quotes; a language model can stand in its place. */
import type { Passage } from "../rag/passage.js";

export interface Citation {
    /** Number in the text, as in `[1]`. */
    n: number;
    documentId: string;
    filename: string;
    page: number | null;
    passageId: string;
    /** The words of the document, verbatim. */
    quote: string;
}

export type AnswerPart = { type: "token"; text: string } | ({ type: "citation" } & Citation);

export interface Answerer {
    /** @param tenantId whose budget a language model is paid from. Streams the answer; yields an honest refusal without citations when the passages do not hold it. */
    answer(question: string, passages: readonly Passage[], signal?: AbortSignal, tenantId?: string): AsyncIterable<AnswerPart>;
}
