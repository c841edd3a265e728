import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { docx, pdf, zip } from "../../testing/files.js";
import { DOCX } from "../formats.js";
import { ParseError, type Page } from "./page.js";
import { parseDocument, type ParseLimits } from "./parser.js";

describe("parsing in a child process", function () {
    this.timeout(120_000);
    let folder: string;
    before(() => (folder = mkdtempSync(join(tmpdir(), "parser-"))));
    after(() => rmSync(folder, { recursive: true }));

    let files = 0;
    async function parse(content: Buffer | string, mediaType: string, limits?: ParseLimits, signal?: AbortSignal): Promise<{ pages: Page[]; total: number | null }> {
        const path = join(folder, `file-${files++}`);
        writeFileSync(path, content);
        const pages: Page[] = [];
        let total: number | null = null;
        for await (const batch of parseDocument(path, mediaType, limits, signal)) {
            pages.push(...batch.pages);
            total = batch.total;
        }
        return { pages, total };
    }
    const refused = (code: string, content: Buffer | string, mediaType: string, limits?: ParseLimits) =>
        assert.rejects(parse(content, mediaType, limits), (error: unknown) => {
            assert(error instanceof ParseError, String(error));
            assert.equal(error.code, code, error.message);
            return true;
        });

    it("reads a PDF page by page", async () => {
        const { pages, total } = await parse(pdf([["# Refunds", "Money comes back within ten days."], ["The second page."]]), "application/pdf");
        assert.equal(total, 2);
        assert.deepEqual(pages.map(({ page }) => page), [1, 2]);
        assert.match(pages[0]!.markdown, /Refunds[\s\S]*within ten days/);
        assert.match(pages[1]!.markdown, /second page/);
    });

    it("reads 500 pages", async () => {
        const { pages, total } = await parse(pdf(Array.from({ length: 500 }, (_, i) => [`Statement number ${i + 1} of the long report.`])), "application/pdf");
        assert.equal(total, 500);
        assert.deepEqual(pages.map(({ page }) => page), Array.from({ length: 500 }, (_, i) => i + 1));
        assert.match(pages[499]!.markdown, /number 500/);
    });

    it("reads DOCX with headings", async () => {
        const { pages, total } = await parse(docx(["# Warranty", "Two years from the day of purchase."]), DOCX);
        assert.equal(total, null);
        assert.deepEqual(pages, [{ page: null, markdown: "# Warranty\n\nTwo years from the day of purchase." }]);
    });

    it("reads HTML without what is not its text", async () => {
        const html = `<!doctype html><title>t</title><style>p{}</style><nav>Menu</nav><h2>Prices</h2><p>From <b>10</b>&nbsp;EUR.</p><ul><li>one<li>two</ul><table><tr><th>a<th>b</tr><tr><td>1<td>2</tr></table><script>alert(1)</script>`;
        const { pages } = await parse(html, "text/html");
        assert.equal(pages[0]!.markdown, "## Prices\n\nFrom 10 EUR.\n\n- one\n\n- two\n\n| a | b |\n| --- | --- |\n| 1 | 2 |");
    });

    it("reads text in UTF-8, UTF-16 and Windows-1252", async () => {
        for (const bytes of [Buffer.from("Café"), Buffer.from("\ufeffCafé", "utf16le"), Buffer.from("Café", "latin1")]) {
            assert.equal((await parse(bytes, "text/plain")).pages[0]!.markdown, "Café");
        }
    });

    it("says why a PDF cannot be read", async () => {
        await refused("DOCUMENT_ENCRYPTED", pdf([["Secret."]], { password: "open sesame" }), "application/pdf");
        await refused("NO_PAGES", pdf([]), "application/pdf");
        await refused("NO_TEXT", pdf([[], []]), "application/pdf");
        await refused("DOCUMENT_DAMAGED", "%PDF-1.4\nand then nothing of the kind", "application/pdf");
        const whole = pdf([["One."], ["Two."]]);
        await refused("DOCUMENT_DAMAGED", whole.subarray(0, 200), "application/pdf");
    });

    it("says why a DOCX cannot be read", async () => {
        await refused("DOCUMENT_DAMAGED", docx(["Text."]).subarray(0, 400), DOCX);
        await refused("DOCUMENT_DAMAGED", zip([{ name: "word/document.xml", content: "<not xml" }]), DOCX);
    });

    it("refuses a DOCX that holds more than it claims, before unpacking it", async () => {
        await refused("UNPACKS_TOO_LARGE", docx([], [{ name: "word/numbering.xml", content: Buffer.alloc(30 * 2 ** 20), claims: 1000 }]), DOCX);
    });

    it("stops what takes too long, and what takes too much memory", async () => {
        const large = pdf(Array.from({ length: 300 }, () => Array.from({ length: 40 }, (_, i) => `Line ${i} of a page that is full of words.`)));
        await refused("PARSER_TIMEOUT", large, "application/pdf", { totalMs: 5 });
        await refused("PARSER_MEMORY", large, "application/pdf", { memoryBytes: 40 * 2 ** 20 });
    });

    it("stops when it is told to", async () => {
        const controller = new AbortController();
        const work = parse(pdf(Array.from({ length: 500 }, (_, i) => [`Page ${i}.`])), "application/pdf", {}, controller.signal);
        controller.abort();
        await assert.rejects(work, { code: "CANCELLED" });
    });
});
