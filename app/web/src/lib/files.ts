/** What can be said about a file before it is sent. The server checks everything again. */
import { bytes } from "./format.ts";

/** The server's own default; it decides. */
export const maxUploadBytes = 52_428_800;

const extensions = ["pdf", "docx", "html", "htm", "md", "markdown", "txt"];

/** For the file picker's `accept`. */
export const accept = extensions.map((extension) => `.${extension}`).join(",");

/** Why this file cannot be uploaded, or null when it can. */
export function refusal(file: { name: string; size: number }, limit = maxUploadBytes): string | null {
    const extension = extensionOf(file.name);
    if (!extensions.includes(extension)) {
        const kind = extension === "" ? "A file without an ending" : `.${extension}`;
        return `${kind} is not a kind of document that can be read here. Use PDF, DOCX, HTML, Markdown or plain text.`;
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
    const kinds: Record<string, string> = { htm: "HTML", html: "HTML", md: "MD", markdown: "MD", txt: "TXT", pdf: "PDF", docx: "DOCX" };
    return kinds[extensionOf(name)] ?? "FILE";
}
