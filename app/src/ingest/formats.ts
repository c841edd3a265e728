/** What a file is, judged by its content; names and declared types are only hints that may be wrong. */
import { closeSync, openSync, readSync, fstatSync } from "node:fs";
import { ApiError } from "../http/errors.js";
import { readZipDirectory, requireHarmlessArchive, requireModestZip, zipDirectoryOf, type ZipEntry } from "./zip.js";

export const DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
export const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
export const PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
export const ZIP = "application/zip";
export const EML = "message/rfc822";

/** What each format is called, the endings that go with it. */
const FORMATS = {
    "application/pdf": { name: "a PDF", endings: ["pdf"] },
    [DOCX]: { name: "a Word document (DOCX)", endings: ["docx", "docm", "dotx"] },
    [XLSX]: { name: "an Excel workbook (XLSX)", endings: ["xlsx", "xlsm", "xltx"] },
    [PPTX]: { name: "a PowerPoint presentation (PPTX)", endings: ["pptx", "pptm", "ppsx"] },
    "text/html": { name: "an HTML page", endings: ["html", "htm", "xhtml"] },
    "text/markdown": { name: "Markdown", endings: ["md", "markdown", "mdx"] },
    "text/csv": { name: "a CSV table", endings: ["csv", "tsv"] },
    "text/plain": { name: "plain text", endings: ["txt", "text", "log"] },
    [EML]: { name: "an e-mail", endings: ["eml"] },
    [ZIP]: { name: "a ZIP archive", endings: ["zip"] },
    "image/png": { name: "a PNG picture", endings: ["png"] },
    "image/jpeg": { name: "a JPEG picture", endings: ["jpg", "jpeg"] },
    "image/tiff": { name: "a TIFF picture", endings: ["tif", "tiff"] },
    "image/bmp": { name: "a BMP picture", endings: ["bmp"] },
    "image/webp": { name: "a WebP picture", endings: ["webp"] },
} as const;

export type MediaType = keyof typeof FORMATS;

const ENDINGS: ReadonlySet<string> = new Set(Object.values(FORMATS).flatMap(({ endings }) => endings));
/** Text may be called anything that promises no other format. */
const TEXTS: ReadonlySet<MediaType> = new Set(["text/plain", "text/markdown"]);
const OFFICE: readonly [part: string, mediaType: MediaType][] = [["word/document.xml", DOCX], ["xl/workbook.xml", XLSX], ["ppt/presentation.xml", PPTX]];
const PICTURES: readonly [start: string, mediaType: MediaType][] = [["89504e470d0a1a0a", "image/png"], ["ffd8ff", "image/jpeg"], ["49492a00", "image/tiff"], ["4d4d002a", "image/tiff"], ["424d", "image/bmp"]];
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
        return judge(sample, filename, () => readZipDirectory(file, size));
    } finally {
        closeSync(file);
    }
}

/** The same for a file that is in memory, such as one from an archive. */
export function recognizeBytes(bytes: Buffer, filename: string): Format {
    return judge(bytes.subarray(0, SAMPLE), filename, () => zipDirectoryOf(bytes));
}

function judge(sample: Buffer, filename: string, zipEntries: () => ZipEntry[]): Format {
    const extension = /\.([^.]+)$/.exec(filename.toLowerCase())?.[1] ?? "";
    const mediaType = recognizeContent(sample, extension, zipEntries);
    const endings: readonly string[] = FORMATS[mediaType].endings;
    const fits = endings.includes(extension) || (TEXTS.has(mediaType) && !ENDINGS.has(extension));
    return { mediaType, note: fits ? null : `The file is named “.${extension}” but is ${FORMATS[mediaType].name}; it was read as what it is.` };
}

function recognizeContent(sample: Buffer, extension: string, zipEntries: () => ZipEntry[]): MediaType {
    const endsLike = (mediaType: MediaType) => (FORMATS[mediaType].endings as readonly string[]).includes(extension);
    if (sample.subarray(0, 4).equals(Buffer.from("PK\x03\x04")) || sample.subarray(0, 4).equals(Buffer.from("PK\x05\x06"))) {
        const entries = zipEntries();
        requireModestZip(entries);
        const names = new Set(entries.map((entry) => entry.name));
        const office = OFFICE.find(([part]) => names.has(part))?.[1];
        if (office === undefined) requireHarmlessArchive(entries);
        return office ?? ZIP;
    }
    const picture = PICTURES.find(([start]) => sample.subarray(0, start.length / 2).equals(Buffer.from(start, "hex")))?.[1];
    // Two letters begin many a text too.
    if (picture !== undefined && (picture !== "image/bmp" || endsLike(picture))) return picture;
    if (sample.toString("latin1", 0, 4) === "RIFF" && sample.toString("latin1", 8, 12) === "WEBP") return "image/webp";
    if (sample.subarray(0, 4).equals(Buffer.from([0xd0, 0xcf, 0x11, 0xe0]))) {
        if (sample.includes(Buffer.from("EncryptedPackage", "utf16le")) || /^(doc|xls|ppt)x$/.test(extension)) {
            throw new ApiError(422, "DOCUMENT_ENCRYPTED", "The document is protected by a password. Save it without one and upload it again.");
        }
        throw unsupported("It is an Office file of the old binary kind. Save it as DOCX, XLSX, PPTX or PDF and upload it again.");
    }
    const text = decodeText(sample, true);
    // A mail may carry a PDF in plain sight; a PDF begins as one.
    if (text !== undefined && isMail(text, endsLike(EML))) return EML;
    if (sample.subarray(0, 1024).includes("%PDF-")) return "application/pdf";
    if (text === undefined) throw unsupported("Its content is neither text nor a known kind of document.");
    const start = text.slice(0, 4096).replace(/<!--[\s\S]*?-->/g, "").trimStart();
    if (/^(<\?xml[^>]*>\s*)?(<!doctype\s+html|<(html|head|body)[\s>])/i.test(start)) return "text/html";
    if (endsLike("text/html") && /<(p|div|h[1-6]|table|ul|ol|a|span|article)[\s>]/i.test(text)) return "text/html";
    for (const mediaType of ["text/markdown", "text/csv", "text/plain"] as const) if (endsLike(mediaType)) return mediaType;
    return /^#{1,6} \S/m.test(text) && /\n\s*\n/.test(text) ? "text/markdown" : "text/plain";
}

/** The head of a message: header lines only, with those that every mail has. */
function isMail(text: string, named: boolean): boolean {
    const head = text.replace(/^\ufeff/, "").split(/\r?\n\r?\n/, 1)[0]!;
    const lines = head.split(/\r?\n/);
    if (!lines.every((line) => /^([\w-]+:|\s)/.test(line))) return false;
    const has = (name: string) => lines.some((line) => line.toLowerCase().startsWith(`${name}:`));
    return has("from") && (named || has("mime-version") || has("message-id") || has("received")) && (has("date") || has("subject") || has("received"));
}

function unsupported(reason: string): ApiError {
    return new ApiError(415, "UNSUPPORTED_TYPE", `This kind of file cannot be read. ${reason} Accepted are PDF, DOCX, XLSX, PPTX, HTML, Markdown, text, CSV, pictures (PNG, JPEG, TIFF, BMP, WebP), e-mails (EML) and ZIP archives of these.`);
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
