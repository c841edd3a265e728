/** The process that parses. It works on request, one batch at a time, so that neither side piles up pages. */
import { ApiError } from "../../http/errors.js";
import { DOCX } from "../formats.js";
import { ParseError, type PageBatch } from "./page.js";

export type ParseRequest = { kind: "start"; path: string; mediaType: string } | { kind: "next" };
export type ParseReply = { kind: "batch"; batch: PageBatch } | { kind: "end" } | { kind: "error"; code: string; message: string; transient: boolean };

let pages: AsyncGenerator<PageBatch> | undefined;

process.on("message", async (request: ParseRequest) => {
    try {
        if (request.kind === "start") pages = await parse(request.path, request.mediaType);
        const { done, value } = await pages!.next();
        reply(done ? { kind: "end" } : { kind: "batch", batch: value });
    } catch (error) {
        if (error instanceof ParseError || error instanceof ApiError) reply({ kind: "error", code: error.code, message: error.message, transient: error instanceof ParseError && error.transient });
        else throw error;
    }
});
// The parent is gone: nobody wants the result.
process.on("disconnect", () => process.exit());

/** Loads only the parser that is needed: starting is most of the time that a small document takes. */
async function parse(path: string, mediaType: string): Promise<AsyncGenerator<PageBatch>> {
    if (mediaType === "application/pdf") return (await import("./pdf.js")).parsePdf(path);
    if (mediaType === DOCX) return (await import("./docx.js")).parseDocx(path);
    return (await import("./text.js")).parseText(path, mediaType);
}

function reply(message: ParseReply): void {
    process.send!(message);
}
