/** What can be said about a file before it is sent. The server checks everything again. */
import { bytes } from "./format.ts";

/** The server's own default; it decides. */
export const maxUploadBytes = 52_428_800;

/** The kinds that are taken, in the words of the drop zone, with their endings and the label of their icon. */
const kinds: { words: string; endings: Record<string, string> }[] = [
    { words: "PDF", endings: { pdf: "PDF" } },
    { words: "Word", endings: { docx: "DOCX" } },
    { words: "Excel", endings: { xlsx: "XLSX" } },
    { words: "PowerPoint", endings: { pptx: "PPTX" } },
    { words: "web page", endings: { html: "HTML", htm: "HTML" } },
    { words: "text and Markdown", endings: { txt: "TXT", md: "MD", markdown: "MD" } },
    { words: "CSV", endings: { csv: "CSV", tsv: "TSV" } },
    { words: "e-mail (EML)", endings: { eml: "EML" } },
    { words: "pictures", endings: { png: "PNG", jpg: "JPG", jpeg: "JPG", tif: "TIFF", tiff: "TIFF", bmp: "BMP", webp: "WEBP" } },
    { words: "ZIP of these", endings: { zip: "ZIP" } },
];
const labels = new Map(kinds.flatMap(({ endings }) => Object.entries(endings)));

/** "PDF, Word, …": what can be added. */
export const kindsInWords = kinds.map(({ words }) => words).join(", ");

/** For the file picker's `accept`. */
export const accept = [...labels.keys()].map((extension) => `.${extension}`).join(",");

/** Why this file cannot be uploaded, or null when it can. */
export function refusal(file: { name: string; size: number }, limit = maxUploadBytes): string | null {
    const extension = extensionOf(file.name);
    if (!labels.has(extension)) {
        const kind = extension === "" ? "A file without an ending" : `.${extension}`;
        return `${kind} is not a kind of document that can be read here. Save it as PDF, Word, Excel, PowerPoint, HTML, text or a picture and add that.`;
    }
    if (file.size === 0) {
        return "This file is empty (0 bytes).";
    }
    if (file.size > limit) {
        return `This file is ${bytes(file.size)}; the limit is ${bytes(limit)}. Split it or make it smaller.`;
    }
    return null;
}

/** The ending of a file name in lower case, without the dot. */
export function extensionOf(name: string): string {
    const dot = name.lastIndexOf(".");
    return dot > 0 ? name.slice(dot + 1).toLowerCase() : "";
}

/** The short label on a document's icon. */
export function kindOf(name: string): string {
    return labels.get(extensionOf(name)) ?? "FILE";
}
