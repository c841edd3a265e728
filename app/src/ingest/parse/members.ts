/** Documents within a document: the files of an archive, the attachments of a mail. */
import { ApiError } from "../../http/errors.js";
import { displayName } from "../filenames.js";
import { recognizeBytes, ZIP } from "../formats.js";
import { filesOf, nestedArchive, requireHarmlessArchive, unpack, zipDirectoryOf } from "../zip.js";
import { open } from "./open.js";
import { ParseError, type Page, type PageBatch, type Source } from "./page.js";

/** A mail in an archive is read, and what is attached to it too; nothing deeper. */
const DEEPEST = 2;

export async function* parseArchive(source: Source): AsyncGenerator<PageBatch> {
    const entries = zipDirectoryOf(source.bytes);
    requireHarmlessArchive(entries);
    const files = filesOf(entries);
    const unread: string[] = [];
    for (const entry of files) {
        const read = yield* readMember(unpack(source.bytes, entry), entry.name, source);
        if (!read) unread.push(entry.name);
    }
    if (unread.length === files.length) throw new ParseError("ARCHIVE_UNREADABLE", "None of the files in the archive can be read.");
    if (unread.length > 0) yield { pages: [], total: null, note: `${unread.length} of ${files.length} files in the archive could not be read: ${unread.slice(0, 5).map(displayName).join(", ")}.` };
}

/** Yields the pages under the member's name as heading; false when it cannot be read. Attacks are thrown, not skipped. */
export async function* readMember(bytes: Buffer, name: string, outer: Source): AsyncGenerator<PageBatch, boolean> {
    if (outer.depth + 1 > DEEPEST) return false;
    try {
        const { mediaType } = recognizeBytes(bytes, name);
        if (mediaType === ZIP) throw nestedArchive();
        for await (const batch of open({ ...outer, bytes, mediaType, depth: outer.depth + 1 })) yield { ...batch, pages: batch.pages.map((page) => within(name, page)), total: null };
        return true;
    } catch (error) {
        const code = error instanceof ParseError || error instanceof ApiError ? error.code : undefined;
        if (code === undefined || code === "UNPACKS_TOO_LARGE" || code === "ARCHIVE_NESTED") throw error;
        return false;
    }
}

/** The member's page number is its own, not the whole's: it moves into the heading. */
function within(name: string, { page, markdown }: Page): Page {
    const title = `# ${displayName(name)}${page === null ? "" : `, page ${page}`}`;
    let fenced = false;
    const lines = markdown.split("\n").map((line) => {
        if (/^\s*(```|~~~)/.test(line)) fenced = !fenced;
        return !fenced && /^#{1,5}\s/.test(line) ? `#${line}` : line;
    });
    return { page: null, markdown: `${title}\n\n${lines.join("\n")}` };
}
