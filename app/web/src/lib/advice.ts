/** What a person can do about a document that could not be read, by the server's stable code. */
const advice: Record<string, string> = {
    DOCUMENT_ENCRYPTED: "Save it without a password and add that file.",
    DOCUMENT_DAMAGED: "Open it in the program it was made with, save it again, and add that file.",
    NO_PAGES: "Export it again and add that file.",
    NO_TEXT: "Scan it again at a higher resolution, or add a version with text.",
    TOO_MANY_PAGES: "Split it and add the parts.",
    PARSER_TIMEOUT: "Split it, or save it in a simpler form, and add that.",
    PARSER_MEMORY: "Split it, or save it in a simpler form, and add that.",
    PARSER_FAILED: "Save it again in the program it was made with, and add that file.",
    WORKER_LOST: "Retry it. If it ends the same way, split it and add the parts.",
    ARCHIVE_UNREADABLE: "Add one of its files by itself: its row will name the reason.",
};

/** Why a document failed and the next step, apart: the server's message often says both, the reason first. */
export function failureOf(error: { code: string; message: string } | null): { reason: string; todo: string } {
    const [, reason = "", rest = ""] = /^(.*?[.!?])\s+(\p{Lu}.*)$/su.exec(error?.message ?? "") ?? [];
    if (reason !== "") {
        return { reason, todo: rest };
    }
    return { reason: error?.message || "This document could not be processed.", todo: adviceFor(error?.code) };
}

function adviceFor(code: string | undefined): string {
    return advice[code ?? ""] ?? "Retry it. If it fails again, tell whoever runs this application the code below.";
}
