/** What a file is, judged by its content; names and declared types are only hints that may be wrong. */
import { closeSync, openSync, readSync, fstatSync } from "node:fs";
import { ApiError } from "../http/errors.js";
import { readZipDirectory, requireModestZip } from "./zip.js";

export type MediaType = "application/pdf" | "application/vnd.openxmlformats-officedocument.wordprocessingml.document" | "text/html" | "text/markdown" | "text/plain";

export const DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

const EXTENSIONS: Record<MediaType, readonly string[]> = {
    "application/pdf": ["pdf"],
    [DOCX]: ["docx", "docm", "dotx"],
    "text/html": ["html", "htm", "xhtml"],
    "text/markdown": ["md", "markdown", "mdx"],
    "text/plain": ["txt", "text", "log"],
};
const NAMES: Record<MediaType, string> = { "application/pdf": "a PDF", [DOCX]: "a Word document (DOCX)", "text/html": "an HTML page", "text/markdown": "Markdown", "text/plain": "plain text" };
const SAMPLE = 65_536;

export interface Format {
    mediaType: MediaType;
    /** Said to the person when the name promises something else. */
    note: string | null;
}

/** Rejects with a reason in plain words what cannot be taken. */
export function recognize(path: string, filename: string): Format {
    const file = openSync(path, "r");
    try {
        const size = fstatSync(file).size;
        const sample = Buffer.alloc(Math.min(SAMPLE, size));
        readSync(file, sample, 0, sample.length, 0);
        const extension = /\.([^.]+)$/.exec(filename.toLowerCase())?.[1] ?? "";
        const mediaType = recognizeContent(sample, extension, () => {
            requireModestZip(file, size);
            return readZipDirectory(file, size).map((entry) => entry.name);
        });
        const known = Object.values(EXTENSIONS).flat().includes(extension);
        const texts = mediaType === "text/plain" || mediaType === "text/markdown";
        const fits = EXTENSIONS[mediaType].includes(extension) || (texts && !known);
        return { mediaType, note: fits ? null : `The file is named “.${extension}” but is ${NAMES[mediaType]}; it was read as what it is.` };
    } finally {
        closeSync(file);
    }
}

function recognizeContent(sample: Buffer, extension: string, zipEntries: () => string[]): MediaType {
    if (sample.subarray(0, 1024).includes("%PDF-")) return "application/pdf";
    if (sample.subarray(0, 4).equals(Buffer.from("PK\x03\x04"))) {
        if (zipEntries().includes("word/document.xml")) return DOCX;
        throw unsupported("It is a ZIP archive, but not a Word document.");
    }
    if (sample.subarray(0, 4).equals(Buffer.from([0xd0, 0xcf, 0x11, 0xe0]))) {
        if (sample.includes(Buffer.from("EncryptedPackage", "utf16le")) || extension === "docx") {
            throw new ApiError(422, "DOCUMENT_ENCRYPTED", "The document is protected by a password. Save it without one and upload it again.");
        }
        throw unsupported("It is an Office file of the old binary kind. Save it as DOCX or PDF and upload it again.");
    }
    const text = decodeText(sample, true);
    if (text === undefined) throw unsupported("Its content is neither text nor a known kind of document.");
    const start = text.slice(0, 4096).replace(/<!--[\s\S]*?-->/g, "").trimStart();
    if (/^(<\?xml[^>]*>\s*)?(<!doctype\s+html|<(html|head|body)[\s>])/i.test(start)) return "text/html";
    if (EXTENSIONS["text/html"].includes(extension) && /<(p|div|h[1-6]|table|ul|ol|a|span|article)[\s>]/i.test(text)) return "text/html";
    if (EXTENSIONS["text/markdown"].includes(extension)) return "text/markdown";
    if (EXTENSIONS["text/plain"].includes(extension)) return "text/plain";
    return /^#{1,6} \S/m.test(text) && /\n\s*\n/.test(text) ? "text/markdown" : "text/plain";
}

function unsupported(reason: string): ApiError {
    return new ApiError(415, "UNSUPPORTED_TYPE", `This kind of file cannot be read. ${reason} Accepted are PDF, DOCX, HTML, Markdown and plain text.`);
}

/**
 * Text of unknown encoding: by its byte order mark, else UTF-8, else Windows-1252. Undefined when it is not text.
 * @param cut whether the bytes may end in the middle of a character
 */
export function decodeText(bytes: Buffer, cut = false): string | undefined {
    if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
    if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder("utf-16be").decode(bytes);
    const odd = bytes.reduce((count, byte) => count + (byte < 9 || (byte > 13 && byte < 32 && byte !== 27) ? 1 : 0), 0);
    if (bytes.includes(0) || odd > bytes.length / 100) return undefined;
    try {
        return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: cut });
    } catch {
        return new TextDecoder("windows-1252").decode(bytes);
    }
}
