/** Markdown, plain text and HTML: one read, one page. */
import { decodeText } from "../formats.js";
import { htmlToMarkdown } from "./html.js";
import { ParseError, type PageBatch } from "./page.js";

export async function* parseText(bytes: Buffer, mediaType: string): AsyncGenerator<PageBatch> {
    const text = decodeText(bytes)?.replace(/\r\n?/g, "\n").replace(/^\ufeff/, "");
    if (text === undefined) throw new ParseError("DOCUMENT_DAMAGED", "The document begins as text but goes on as something else. Save it again as text and upload that.");
    const markdown = mediaType === "text/html" ? htmlToMarkdown(text) : mediaType === "text/plain" ? escapeStructure(text) : withoutFrontMatter(text);
    yield { pages: [{ page: null, markdown }], total: null };
}

/** A "#" at the start of a line of plain text is no heading. */
export function escapeStructure(text: string): string {
    return text.replace(/^(\s*)(#{1,6}\s|```|~~~)/gm, "$1\\$2");
}

function withoutFrontMatter(text: string): string {
    return text.replace(/^---\n[\s\S]*?\n---\n/, "");
}
