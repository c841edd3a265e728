/** DOCX to Markdown. Word documents carry no pages of their own: where a page ends depends on the printer. */
import mammoth from "mammoth";
import { requireHonestZip } from "../zip.js";
import { htmlToMarkdown } from "./html.js";
import { damaged, type PageBatch } from "./page.js";

export async function* parseDocx(bytes: Buffer): AsyncGenerator<PageBatch> {
    requireHonestZip(bytes);
    let html: string;
    try {
        html = (await mammoth.convertToHtml({ buffer: bytes }, { convertImage: mammoth.images.imgElement(async () => ({ src: "" })), styleMap: ["p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => h2:fresh"] })).value;
    } catch {
        throw damaged();
    }
    yield { pages: [{ page: null, markdown: htmlToMarkdown(html) }], total: null };
}
