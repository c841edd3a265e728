/** PDF and pictures to Markdown, page by page. Text is recognised (OCR) only on pages that have none. */
import { LiteParse, type LiteParseConfig } from "@llamaindex/liteparse";
import { damaged, ParseError, type Page, type PageBatch, type Source } from "./page.js";

/** Small enough that the first pages are there at once, large enough that running headers are recognised. */
const BATCH = 10;
const MAX_PAGES = 10_000;

export async function* parsePdf(source: Source): AsyncGenerator<PageBatch> {
    const parser = reader(source, { ocrEnabled: false });
    const seen = { pages: 0, characters: 0 };
    const count = (pages: readonly Page[]) => {
        seen.pages += pages.length;
        seen.characters += pages.reduce((sum, page) => sum + textLength(page.markdown), 0);
    };
    try {
        // As bytes: given a path, the library judges by the name's ending.
        for await (const { result } of parser.parseBatches(source.bytes, { batchSize: BATCH })) {
            const total = result.totalPages;
            if (total > MAX_PAGES) throw new ParseError("TOO_MANY_PAGES", `The document has ${total} pages; at most ${MAX_PAGES} can be read. Split it and upload the parts.`);
            let ready: Page[] = [];
            for (const parsed of result.pages) {
                // Where pages are all alike, everything on them is taken for a running header and nothing would be left.
                const page = { page: parsed.pageNum, markdown: textLength(parsed.markdown) > 0 ? parsed.markdown : parsed.text };
                if (textLength(page.markdown) === 0) {
                    // A page at a time, each told about as it is done: recognising takes seconds.
                    if (ready.length > 0) yield { pages: ready, total };
                    ready = [];
                    page.markdown = await recognize(source, page.page);
                    count([page]);
                    yield { pages: [page], total };
                } else {
                    count([page]);
                    ready.push(page);
                }
            }
            if (ready.length > 0) yield { pages: ready, total };
        }
    } catch (error) {
        throw explain(error);
    }
    if (seen.pages === 0) throw new ParseError("NO_PAGES", "The document has no pages.");
    if (seen.characters === 0) throw noText();
}

export async function* parsePicture(source: Source): AsyncGenerator<PageBatch> {
    let result;
    try {
        result = await reader(source, { ocrEnabled: true }).parse(source.bytes);
    } catch {
        throw damaged();
    }
    const pages = result.pages.map(({ pageNum, markdown }) => ({ page: pageNum, markdown }));
    if (pages.every(({ markdown }) => textLength(markdown) === 0)) throw noText();
    yield { pages, total: pages.length };
}

function reader(source: Source, config: Partial<LiteParseConfig>): LiteParse {
    return new LiteParse({
        outputFormat: "markdown",
        imageMode: "off",
        extractLinks: false,
        // Without it the library would download language data.
        tessdataPath: source.tessdata,
        maxPages: MAX_PAGES,
        continueOnPageError: true,
        ocrFailureFatal: false,
        numWorkers: 1,
        quiet: true,
        ...config,
    });
}

async function recognize(source: Source, page: number): Promise<string> {
    const { pages } = await reader(source, { ocrEnabled: true, targetPages: String(page) }).parse(source.bytes);
    const found = pages.find(({ pageNum }) => pageNum === page) ?? pages[0];
    return found === undefined ? "" : textLength(found.markdown) > 0 ? found.markdown : found.text;
}

function noText(): ParseError {
    return new ParseError("NO_TEXT", "The document holds no text, and none could be recognised in its pictures. Scan it again with a higher resolution, or upload a version with text.");
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
    return message.startsWith("PDF error") ? damaged() : error;
}
