/** An e-mail: who to whom when about what, its text, and its attachments as documents within. */
import PostalMime from "postal-mime";
import { readMember } from "./members.js";
import { htmlToMarkdown } from "./html.js";
import { damaged, type PageBatch, type Source } from "./page.js";
import { escapeStructure } from "./text.js";

/** Deep nesting and heads without end are attacks. */
const LIMITS = { maxNestingDepth: 20, maxHeadersSize: 512 * 1024 };

export async function* parseMail(source: Source): AsyncGenerator<PageBatch> {
    const mail = await PostalMime.parse(source.bytes, { ...LIMITS, attachmentEncoding: "arraybuffer" }).catch(() => undefined);
    if (mail === undefined) throw damaged();
    const head = [
        ["From", people(mail.from === undefined ? [] : [mail.from])],
        ["To", people(mail.to ?? [])],
        ["Cc", people(mail.cc ?? [])],
        ["Date", mail.date ?? ""],
    ].filter(([, value]) => value !== "");
    const text = mail.text !== undefined && mail.text.trim() !== "" ? escapeStructure(mail.text.replace(/\r\n?/g, "\n")) : htmlToMarkdown(mail.html ?? "");
    yield { pages: [{ page: null, markdown: `# ${mail.subject ?? "E-mail"}\n\n${head.map(([name, value]) => `${name}: ${value}`).join("\n")}\n\n${text}` }], total: null };
    const unread: string[] = [];
    for (const [i, attachment] of mail.attachments.entries()) {
        const name = attachment.filename ?? `attachment ${i + 1}`;
        // Pictures of a signature are no documents.
        if (attachment.disposition === "inline" && attachment.mimeType.startsWith("image/")) continue;
        const read = yield* readMember(Buffer.from(attachment.content as ArrayBuffer), name, source);
        if (!read) unread.push(name);
    }
    if (unread.length > 0) yield { pages: [], total: null, note: `${unread.length} of ${mail.attachments.length} attachments could not be read: ${unread.slice(0, 5).join(", ")}.` };
}

interface Person {
    name?: string;
    address?: string;
    group?: Person[];
}

function people(list: readonly Person[]): string {
    return list
        .flatMap((person) => person.group ?? [person])
        .map(({ name, address }) => (name ? `${name} (${address ?? ""})` : (address ?? "")))
        .join(", ");
}
