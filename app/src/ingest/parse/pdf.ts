/** PDF to Markdown, page by page. */
import { LiteParse } from "@llamaindex/liteparse";
import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { ParseError, type PageBatch } from "./page.js";

/** Small enough that the first pages are there at once, large enough that running headers are recognised. */
const BATCH = 10;
const MAX_PAGES = 10_000;

export async function* parsePdf(path: string): AsyncGenerator<PageBatch> {
    const parser = new LiteParse({
        outputFormat: "markdown",
        imageMode: "off",
        extractLinks: false,
        ocrEnabled: false,
        // Never looked into with OCR off; without it the library would download language data.
        tessdataPath: tmpdir(),
        maxPages: MAX_PAGES,
        continueOnPageError: true,
        quiet: true,
    });
    // As bytes: given a path, the library judges by the name's ending.
    const bytes = await readFile(path);
    let seen = 0;
    let characters = 0;
    try {
        for await (const { result } of parser.parseBatches(bytes, { batchSize: BATCH })) {
            if (result.totalPages > MAX_PAGES) throw new ParseError("TOO_MANY_PAGES", `The document has ${result.totalPages} pages; at most ${MAX_PAGES} can be read. Split it and upload the parts.`);
            // Where pages are all alike, everything on them is taken for a running header and nothing would be left.
            const pages = result.pages.map((page) => ({ page: page.pageNum, markdown: textLength(page.markdown) > 0 ? page.markdown : page.text }));
            seen += pages.length;
            characters += pages.reduce((sum, page) => sum + textLength(page.markdown), 0);
            yield { pages, total: result.totalPages };
        }
    } catch (error) {
        throw explain(error);
    }
    if (seen === 0) throw new ParseError("NO_PAGES", "The document has no pages.");
    if (characters === 0) throw new ParseError("NO_TEXT", "The document holds no text: its pages are probably scanned images. Run text recognition (OCR) over it and upload the result.");
}

/** The library's frame of code marks around a page of nothing is not text. */
function textLength(markdown: string): number {
    return markdown.replace(/^```.*$/gm, "").replace(/\s/g, "").length;
}

/** The library's words for what is wrong with a document; anything else is not the document's fault. */
function explain(error: unknown): unknown {
    const message = error instanceof ParseError ? "" : (error as Error).message;
    if (/password|encrypt|security handler/i.test(message)) {
        return new ParseError("DOCUMENT_ENCRYPTED", "The document is protected by a password. Save it without one and upload it again.");
    }
    if (message.startsWith("PDF error")) return new ParseError("DOCUMENT_DAMAGED", "The document is damaged or incomplete. Open it in the program it was made with, save it again, and upload that.");
    return error;
}
