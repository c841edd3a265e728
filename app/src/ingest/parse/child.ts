/** The process that parses. It works on request, one batch at a time, so that neither side piles up pages. */
import { readFile } from "node:fs/promises";
import { ApiError } from "../../http/errors.js";
import { open } from "./open.js";
import { ParseError, type PageBatch } from "./page.js";

export type ParseRequest = { kind: "start"; path: string; mediaType: string; tessdata: string } | { kind: "next" };
export type ParseReply = { kind: "batch"; batch: PageBatch } | { kind: "end" } | { kind: "error"; code: string; message: string; transient: boolean };

let pages: AsyncGenerator<PageBatch> | undefined;

process.on("message", async (request: ParseRequest) => {
    try {
        if (request.kind === "start") {
            const { path, mediaType, tessdata } = request;
            pages = open({ bytes: await readFile(path), mediaType, tessdata, depth: 0 });
        }
        const { done, value } = await pages!.next();
        reply(done ? { kind: "end" } : { kind: "batch", batch: value });
    } catch (error) {
        if (error instanceof ParseError || error instanceof ApiError) reply({ kind: "error", code: error.code, message: error.message, transient: error instanceof ParseError && error.transient });
        else throw error;
    }
});
// The parent is gone: nobody wants the result.
process.on("disconnect", () => process.exit());

// The commonest parser is loaded before there is anything to parse.
await import("./pdf.js");

function reply(message: ParseReply): void {
    process.send!(message);
}
