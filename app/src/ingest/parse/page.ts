/** What every parser turns a document into: pages of Markdown. Formats without pages yield one, numbered null. */
export interface Page {
    page: number | null;
    markdown: string;
}

export interface PageBatch {
    pages: Page[];
    /** Pages of the whole document; null where there are none. */
    total: number | null;
}

/** Why a document cannot be read; the code and the words reach the person who uploaded it. */
export class ParseError extends Error {
    constructor(
        readonly code: string,
        message: string,
        /** Whether trying again could help. */
        readonly transient = false,
        cause?: unknown,
    ) {
        super(message, { cause });
        this.name = "ParseError";
    }
}
