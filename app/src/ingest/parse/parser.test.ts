import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { docx, eml, pdf, pptx, xlsx, zip } from "../../testing/files.js";
import { pictures, scan } from "../../testing/pictures.js";
import { DOCX, PPTX, XLSX, ZIP } from "../formats.js";
import { ParseError, type Page } from "./page.js";
import { createParser, type Parser, type ParseLimits } from "./parser.js";

describe("parsing in a child process", function () {
    this.timeout(120_000);
    let folder: string;
    let shared: Parser;
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "parser-"));
        shared = createParser();
    });
    after(async () => {
        await shared.close();
        rmSync(folder, { recursive: true });
    });

    let files = 0;
    async function parse(content: Buffer | string, mediaType: string, limits?: ParseLimits, signal?: AbortSignal): Promise<{ pages: Page[]; total: number | null; note: string | undefined }> {
        const parser = limits === undefined ? shared : createParser(limits);
        const path = join(folder, `file-${files++}`);
        writeFileSync(path, content);
        const pages: Page[] = [];
        let total: number | null = null;
        let note: string | undefined;
        try {
            for await (const batch of parser.parse({ path, mediaType, filename: "file", tenantId: "one" }, signal)) {
                pages.push(...batch.pages);
                total = batch.total;
                note = batch.note;
            }
        } finally {
            if (parser !== shared) await parser.close();
        }
        return { pages, total, note };
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

    it("recognises the text of scanned pages and pictures", async () => {
        const [first, second] = await pictures([["The harbour opens at seven in the morning."], ["Ships leave before noon."]]);
        const { pages, total } = await parse(scan([first!, second!]), "application/pdf");
        assert.equal(total, 2);
        assert.deepEqual(pages.map(({ page }) => page), [1, 2]);
        assert.match(pages[0]!.markdown, /harbour opens at seven/);
        assert.match(pages[1]!.markdown, /leave before noon/);
        const picture = await parse(first!, "image/png");
        assert.match(picture.pages[0]!.markdown, /harbour opens at seven/);
        await refused("DOCUMENT_DAMAGED", first!.subarray(0, 500), "image/png");
    });

    it("reads a workbook: a sheet is a page, its values as they are shown", async () => {
        const { pages, total } = await parse(xlsx({ Prices: [["item", "price", "since"], ["bolt & nut", 0.4, new Date("2026-03-01")], ["", 2, ""]], Empty: [] }), XLSX);
        assert.equal(total, 2);
        assert.deepEqual(pages, [
            { page: 1, markdown: "# Prices\n\n| item | price | since |\n| --- | --- | --- |\n| bolt & nut | 0.4 | 2026-03-01 |\n|  | 2 |  |" },
            { page: 2, markdown: "" },
        ]);
    });

    it("reads slides in the order of the presentation, with tables and notes", async () => {
        const { pages } = await parse(pptx([{ title: "Plan", lines: ["First we dig.", "Then we build."], notes: "Say it slowly." }, { title: "Costs", lines: [], table: [["what", "EUR"], ["digger", "90"]] }]), PPTX);
        assert.deepEqual(pages, [
            { page: 1, markdown: "# Plan\n\nFirst we dig.\n\nThen we build.\n\nSay it slowly." },
            { page: 2, markdown: "# Costs\n\n| what | EUR |\n| --- | --- |\n| digger | 90 |" },
        ]);
    });

    it("reads CSV whatever separates it", async () => {
        const table = "| a | b |\n| --- | --- |\n| 1,5 | x \\| y |";
        for (const text of ['a;b\n"1,5";"x | y"\n', 'a,b\r\n"1,5","x |\ny"', 'sep=;\na;b\n1,5;x | y', "a\tb\n1,5\tx | y"]) assert.equal((await parse(text, "text/csv")).pages[0]!.markdown, table, text);
    });

    it("reads a mail with its attachments", async () => {
        const mail = eml("Leave request", "Dear all,\r\nI am away in May.", [{ name: "plan.csv", type: "text/csv", content: Buffer.from("week,who\n19,Ada") }, { name: "setup.exe", type: "application/octet-stream", content: Buffer.from([0, 1, 2, 3]) }]);
        const { pages, note } = await parse(mail, "message/rfc822");
        assert.match(pages[0]!.markdown, /^# Leave request\n\nFrom: Ada Example \(ada@example\.test\)[\s\S]*away in May/);
        assert.equal(pages[1]!.markdown, "# plan.csv\n\n| week | who |\n| --- | --- |\n| 19 | Ada |");
        assert.equal(note, "1 of 2 attachments could not be read: setup.exe.");
    });

    it("reads the files of an archive under their names, and says which it could not read", async () => {
        const archive = zip([{ name: "docs/rules.md", content: "# Rules\n\nNo running." }, { name: "__MACOSX/._rules.md", content: "x" }, { name: "two.pdf", content: pdf([["Page one."], ["Page two."]]) }, { name: "tool.bin", content: Buffer.from([0, 1, 2]) }]);
        const { pages, note } = await parse(archive, ZIP);
        assert.deepEqual(pages.map(({ page, markdown }) => [page, markdown.split("\n")[0]]), [[null, "# rules.md"], [null, "# two.pdf, page 1"], [null, "# two.pdf, page 2"]]);
        assert.match(pages[0]!.markdown, /## Rules/);
        assert.equal(note, "1 of 3 files in the archive could not be read: tool.bin.");
        await refused("ARCHIVE_UNREADABLE", zip([{ name: "tool.bin", content: Buffer.from([0, 1, 2]) }]), ZIP);
        await refused("ARCHIVE_NESTED", zip([{ name: "inner.dat", content: zip([{ name: "a.txt", content: "x" }]) }]), ZIP);
        await refused("UNPACKS_TOO_LARGE", zip([{ name: "a.txt", content: "x".repeat(5000), claims: 100 }]), ZIP);
    });

    it("keeps what one document does to its parser from the next one", async () => {
        const parser = createParser({ memoryBytes: 400 * 2 ** 20 });
        const path = join(folder, "good");
        writeFileSync(path, "Some words.");
        const read = async (tenantId: string) => {
            const pages = [];
            for await (const batch of parser.parse({ path, mediaType: "text/plain", filename: "good", tenantId })) pages.push(...batch.pages);
            return pages.length;
        };
        assert.deepEqual(await Promise.all([read("one"), read("two"), read("one")]), [1, 1, 1]);
        const controller = new AbortController();
        const broken = (async () => {
            for await (const _ of parser.parse({ path, mediaType: "text/plain", filename: "good", tenantId: "one" }, controller.signal)) controller.abort();
        })();
        await assert.rejects(broken, { code: "CANCELLED" });
        assert.equal(await read("one"), 1);
        await parser.close();
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
        const work = parse(pdf(Array.from({ length: 500 }, (_, i) => [`Page ${i}.`])), "application/pdf", undefined, controller.signal);
        controller.abort();
        await assert.rejects(work, { code: "CANCELLED" });
    });
});
