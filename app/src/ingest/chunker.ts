/**
 * Cuts pages into passages along their structure. A passage never spans two pages, carries the path of headings
 * above it, and fits the model with its path: nothing of it is cut off unseen when it is embedded.
 */
import { readBlocks } from "./blocks.js";
import type { Page } from "./parse/page.js";

export interface Chunk {
    ordinal: number;
    page: number | null;
    /** The headings above, outermost first, joined by " › ". */
    heading: string;
    text: string;
}

/** Raise when documents cut before must not be mixed with what is cut now. */
export const PIPELINE = "markdown-blocks-1";

const BODY_TOKENS = 192;
const HEADING_TOKENS = 48;
const JOINT = " › ";

export class Chunker {
    private ordinal = 0;
    private readonly path: { level: number; text: string }[] = [];
    /** A heading whose text no passage has carried yet. */
    private bare = false;
    private body: string[] = [];
    private tokens = 0;

    constructor(private readonly count: (text: string) => number) {}

    /** The passages of the next page. Pages are given in order: headings reach over page ends. */
    cut({ page, markdown }: Page): Chunk[] {
        const chunks: Chunk[] = [];
        const emit = () => {
            if (this.body.length === 0) return;
            chunks.push({ ordinal: this.ordinal++, page, heading: this.headingText(), text: this.body.join("\n\n") });
            this.body = [];
            this.tokens = 0;
            this.bare = false;
        };
        const add = (text: string) => {
            const tokens = this.count(text);
            if (this.tokens + tokens > BODY_TOKENS) emit();
            this.body.push(text);
            this.tokens += tokens;
        };
        for (const block of readBlocks(markdown.replaceAll("\0", ""))) {
            if (block.kind === "heading") {
                emit();
                this.enter(block.level, block.text, (text) => {
                    add(text);
                    emit();
                });
            } else if (block.kind === "table") {
                for (const part of this.cutLines(block.rows, block.header)) add(part);
            } else if (block.kind === "code") {
                for (const part of this.cutLines(block.lines, [])) add(part);
            } else {
                for (const part of this.cutText(block.text)) add(part);
            }
        }
        emit();
        return chunks;
    }

    /** What is left when the document ends: a last heading with nothing below it. */
    end(page: number | null): Chunk[] {
        if (!this.bare) return [];
        const last = this.path.pop()!;
        this.bare = false;
        return [{ ordinal: this.ordinal++, page, heading: this.headingText(), text: last.text }];
    }

    private enter(level: number, text: string, keep: (text: string) => void): void {
        const last = this.path.at(-1);
        // Two headings of one level in a row: the first has no text of its own and would be lost.
        if (this.bare && last !== undefined && last.level >= level) {
            this.path.pop();
            keep(last.text);
        }
        while ((this.path.at(-1)?.level ?? 0) >= level) this.path.pop();
        this.path.push({ level, text });
        this.bare = true;
    }

    /** The innermost headings that fit. */
    private headingText(): string {
        let kept = "";
        for (const { text } of this.path.toReversed()) {
            const longer = kept === "" ? text : text + JOINT + kept;
            if (this.count(longer) > HEADING_TOKENS) break;
            kept = longer;
        }
        // A single heading that is too long gives its beginning.
        const innermost = this.path.at(-1)?.text ?? "";
        return kept === "" && innermost !== "" ? this.packed(innermost.split(/\s+/), " ", HEADING_TOKENS)[0]! : kept;
    }

    private cutText(text: string): string[] {
        if (this.count(text) <= BODY_TOKENS) return [text];
        const sentences = text.split(/(?<=[.!?…。！？]["'”’)\]]?)\s+/u);
        return this.packed(sentences, " ", BODY_TOKENS);
    }

    /** Whole when it fits; otherwise in parts of whole lines, each under the header. */
    private cutLines(lines: readonly string[], header: readonly string[]): string[] {
        const whole = [...header, ...lines].join("\n");
        if (this.count(whole) <= BODY_TOKENS) return [whole];
        const top = header.join("\n");
        const room = BODY_TOKENS - this.count(top);
        // A header that leaves no room is cut like the rest.
        if (room < BODY_TOKENS / 4) return this.packed([...header, ...lines], "\n", BODY_TOKENS);
        return this.packed(lines, "\n", room).map((part) => (top === "" ? part : `${top}\n${part}`));
    }

    /** Joins pieces up to the limit; a piece that is too long itself is cut at words, and a word at characters. */
    private packed(pieces: readonly string[], joint: string, limit: number): string[] {
        const parts: string[] = [];
        let current: string[] = [];
        let tokens = 0;
        const flush = () => {
            if (current.length > 0) parts.push(current.join(joint));
            current = [];
            tokens = 0;
        };
        for (const piece of pieces) {
            const size = this.count(piece);
            if (size > limit) {
                flush();
                const words = piece.split(/\s+/);
                parts.push(...(words.length > 1 ? this.packed(words, " ", limit) : cutCharacters(piece, limit)));
                continue;
            }
            if (tokens + size > limit) flush();
            current.push(piece);
            tokens += size;
        }
        flush();
        return parts;
    }
}

/** No token is longer than its characters, so as many characters as tokens always fit. */
function cutCharacters(text: string, limit: number): string[] {
    const characters = [...text];
    const parts: string[] = [];
    for (let i = 0; i < characters.length; i += limit) parts.push(characters.slice(i, i + limit).join(""));
    return parts;
}
