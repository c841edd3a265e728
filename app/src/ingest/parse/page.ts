/** What every parser turns a document into: pages of Markdown. Formats without pages yield one, numbered null. */
export interface Page {
    page: number | null;
    markdown: string;
}

export interface PageBatch {
    pages: Page[];
    /** Pages of the whole document; null where there are none. */
    total: number | null;
    /** What the person should know although the document was read. */
    note?: string;
}

/** What is parsed, in the process that parses. */
export interface Source {
    bytes: Buffer;
    mediaType: string;
    /** Folder with the language data of text recognition. */
    tessdata: string;
    /** How many documents this one lies within. */
    depth: number;
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

export function damaged(): ParseError {
    return new ParseError("DOCUMENT_DAMAGED", "The document is damaged or incomplete. Open it in the program it was made with, save it again, and upload that.");
}
