/** DOCX to Markdown. Word documents carry no pages of their own: where a page ends depends on the printer. */
import mammoth from "mammoth";
import { readFile } from "node:fs/promises";
import { requireHonestZip } from "../zip.js";
import { htmlToMarkdown } from "./html.js";
import { ParseError, type PageBatch } from "./page.js";

export async function* parseDocx(path: string): AsyncGenerator<PageBatch> {
    const bytes = await readFile(path);
    requireHonestZip(bytes);
    let html: string;
    try {
        html = (await mammoth.convertToHtml({ buffer: bytes }, { convertImage: mammoth.images.imgElement(async () => ({ src: "" })), styleMap: ["p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => h2:fresh"] })).value;
    } catch {
        throw new ParseError("DOCUMENT_DAMAGED", "The document is damaged or incomplete. Open it in the program it was made with, save it again, and upload that.");
    }
    yield { pages: [{ page: null, markdown: htmlToMarkdown(html) }], total: null };
}
