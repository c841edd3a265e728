/** The parser for each format. Loads only the one that is needed: starting is most of the time that a small document takes. */
import { DOCX, EML, PPTX, XLSX, ZIP } from "../formats.js";
import type { PageBatch, Source } from "./page.js";

export async function* open(source: Source): AsyncGenerator<PageBatch> {
    yield* await parserOf(source);
}

async function parserOf(source: Source): Promise<AsyncGenerator<PageBatch>> {
    const { bytes, mediaType } = source;
    if (mediaType === "application/pdf") return (await import("./pdf.js")).parsePdf(source);
    if (mediaType.startsWith("image/")) return (await import("./pdf.js")).parsePicture(source);
    if (mediaType === DOCX) return (await import("./docx.js")).parseDocx(bytes);
    if (mediaType === XLSX) return (await import("./xlsx.js")).parseXlsx(bytes);
    if (mediaType === PPTX) return (await import("./pptx.js")).parsePptx(bytes);
    if (mediaType === "text/csv") return (await import("./csv.js")).parseCsv(bytes);
    if (mediaType === EML) return (await import("./mail.js")).parseMail(source);
    if (mediaType === ZIP) return (await import("./members.js")).parseArchive(source);
    return (await import("./text.js")).parseText(bytes, mediaType);
}
