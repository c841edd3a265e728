/** What a document could be asked about, for a first question that has an answer. */
import type { Passage } from "../api/types.ts";

const longest = 60;
const nesting = /\s[›>/]\s/;

/** A heading that appears in the document, or the beginning of a passage; null when there is nothing to ask about. */
export function topicOf(passages: Passage[]): string | null {
    const headings = passages.map((passage) => passage.heading);
    const candidates = [
        // A nested heading is about something; the outermost is often only the title.
        ...headings.filter((heading) => nesting.test(heading)).map(lastPart),
        ...headings.map(lastPart),
        ...passages.map((passage) => opening(passage.text)),
    ];
    return candidates.find((topic) => topic.length >= 4 && topic.length <= longest && /\p{L}{3}/u.test(topic)) ?? null;
}

/** The innermost of nested headings such as "Manual › Cleaning". */
function lastPart(heading: string): string {
    return clean(heading.split(nesting).at(-1) ?? "");
}

/** The first clause of a text. */
function opening(text: string): string {
    return clean(/^[^.:;!?\n]+/.exec(text.trim())?.[0] ?? "");
}

function clean(text: string): string {
    return text
        .replace(/[*_#`|]/g, "")
        .replace(/^[\d.\s]+/, "")
        .replace(/\s+/g, " ")
        .trim();
}
