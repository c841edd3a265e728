/** Citation markers in an answer, and the exact place of a quote in its passage. */
import type { Citation } from "../api/types.ts";

export type Piece = { text: string } | { citation: Citation };

/** Cuts a line at its `[1]` (or `[1, 2]`) markers; numbers without a source stay text. */
export function withCitations(text: string, citations: Citation[]): Piece[] {
    const known = new Map(citations.map((citation) => [citation.n, citation]));
    const pieces: Piece[] = [];
    let last = 0;
    for (const match of text.matchAll(/\[(\d{1,3}(?:\s*,\s*\d{1,3})*)\]/g)) {
        const found = (match[1] ?? "").split(",").map((n) => known.get(Number(n)));
        if (found.some((citation) => citation === undefined)) {
            continue;
        }
        // A marker belongs to the word before it, also when a space stands between them.
        const before = text.slice(last, match.index).replace(/[ \t]+$/, "");
        if (before !== "") {
            pieces.push({ text: before });
        }
        found.forEach((citation) => pieces.push({ citation: citation as Citation }));
        last = match.index + match[0].length;
    }
    if (last < text.length) {
        pieces.push({ text: text.slice(last) });
    }
    return pieces;
}

/** The sources that an answer really uses, once each, in the order of their numbers. */
export function usedSources(text: string, citations: Citation[]): Citation[] {
    const unique = [...new Map(citations.map((citation) => [citation.n, citation])).values()].sort((a, b) => a.n - b.n);
    const used = new Set<number>();
    for (const piece of withCitations(text, unique)) {
        if ("citation" in piece) {
            used.add(piece.citation.n);
        }
    }
    // An answer without any marker still has the sources it came with.
    return used.size === 0 ? unique : unique.filter((citation) => used.has(citation.n));
}

export interface Span {
    start: number;
    end: number;
}

/** Where `quote` stands in `text`, whatever the white space, case, hyphens and kinds of quotation marks; null when it does not. */
export function locate(text: string, quote: string): Span | null {
    const haystack = folded(text);
    const parts = quote.split(/\s*(?:…|\.\.\.)\s*/).map((part) => folded(part).text).filter((part) => part !== "");
    let start = -1;
    let end = -1;
    for (const part of parts) {
        const at = haystack.text.indexOf(part, Math.max(0, end));
        if (at < 0) {
            return null;
        }
        start = start < 0 ? at : start;
        end = at + part.length;
    }
    if (start < 0) {
        return null;
    }
    return { start: haystack.origin[start] as number, end: (haystack.origin[end - 1] as number) + 1 };
}

/** Text without what typesetting changes, and where each of its characters came from. */
function folded(text: string): { text: string; origin: number[] } {
    const kept: string[] = [];
    const origin: number[] = [];
    for (let i = 0; i < text.length; i += 1) {
        const character = text[i] as string;
        if (/[\s\u00AD\u200B-\u200D\uFEFF‐‑–—\-*_#`|]/.test(character)) {
            continue;
        }
        const plain = character.replace(/[“”„«»]/, '"').replace(/[‘’‚]/, "'").toLowerCase();
        for (const unit of plain) {
            kept.push(unit);
            origin.push(i);
        }
    }
    return { text: kept.join(""), origin };
}
