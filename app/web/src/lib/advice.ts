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

/** The next step after a failure; retrying where nothing better is known. */
export function adviceFor(code: string | undefined): string {
    return advice[code ?? ""] ?? "Retry it. If it fails again, tell whoever runs this application the code below.";
}
