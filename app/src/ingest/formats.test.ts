import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { docx, eml, pdf, pptx, xlsx, zip } from "../testing/files.js";
import { DOCX, PPTX, recognize, XLSX, ZIP } from "./formats.js";

describe("recognising files by their content", () => {
    let folder: string;
    before(() => (folder = mkdtempSync(join(tmpdir(), "formats-"))));
    after(() => rmSync(folder, { recursive: true }));

    const given = (content: Buffer | string, filename: string) => {
        const path = join(folder, "file");
        writeFileSync(path, content);
        return recognize(path, filename);
    };
    const refused = (content: Buffer | string, filename: string, code: string) => assert.throws(() => given(content, filename), { code });

    it("knows every format it takes", () => {
        assert.deepEqual(given(pdf([["x"]]), "a.pdf"), { mediaType: "application/pdf", note: null });
        assert.deepEqual(given(docx(["x"]), "a.docx"), { mediaType: DOCX, note: null });
        assert.deepEqual(given("<!-- made by hand --><!DOCTYPE html><p>x", "a.html"), { mediaType: "text/html", note: null });
        assert.deepEqual(given("<p>part of a page</p>", "a.htm"), { mediaType: "text/html", note: null });
        assert.deepEqual(given("just words", "a.md"), { mediaType: "text/markdown", note: null });
        assert.deepEqual(given("just words", "a.txt"), { mediaType: "text/plain", note: null });
        assert.deepEqual(given("# Title\n\nwords", "README"), { mediaType: "text/markdown", note: null });
        assert.deepEqual(given(xlsx({ A: [["x"]] }), "a.xlsx"), { mediaType: XLSX, note: null });
        assert.deepEqual(given(pptx([{ title: "x", lines: [] }]), "a.pptx"), { mediaType: PPTX, note: null });
        assert.deepEqual(given("a;b\n1;2", "a.csv"), { mediaType: "text/csv", note: null });
        assert.deepEqual(given(eml("Subject", "%PDF-1.4 is how a PDF begins"), "a.eml"), { mediaType: "message/rfc822", note: null });
        assert.deepEqual(given("From: here\nto there, a text.", "a.txt"), { mediaType: "text/plain", note: null });
        assert.deepEqual(given(zip([{ name: "a/b.txt", content: "x" }]), "a.zip"), { mediaType: ZIP, note: null });
        assert.deepEqual(given(Buffer.from("89504e470d0a1a0a0000", "hex"), "a.png"), { mediaType: "image/png", note: null });
        assert.deepEqual(given(Buffer.from("ffd8ffe000104a46", "hex"), "a.jpg"), { mediaType: "image/jpeg", note: null });
        assert.deepEqual(given("BM is a short name", "a.txt"), { mediaType: "text/plain", note: null });
        assert.deepEqual(given("Grüße", "notes"), { mediaType: "text/plain", note: null });
    });

    it("takes a wrong extension and says so", () => {
        const { mediaType, note } = given(pdf([["x"]]), "report.docx");
        assert.equal(mediaType, "application/pdf");
        assert.match(note!, /“\.docx” but is a PDF/);
        assert.match(given("<html><p>x", "a.txt").note!, /HTML/);
        assert.match(given("words", "a.pdf").note!, /plain text/);
    });

    it("refuses what it cannot read, with the reason", () => {
        refused(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 3]), "a.txt", "UNSUPPORTED_TYPE");
        refused(Buffer.from("d0cf11e0a1b11ae1", "hex"), "old.doc", "UNSUPPORTED_TYPE");
        refused(Buffer.concat([Buffer.from("d0cf11e0a1b11ae1", "hex"), Buffer.alloc(600), Buffer.from("EncryptedPackage", "utf16le")]), "a.docx", "DOCUMENT_ENCRYPTED");
        refused(docx(["x"]).subarray(0, 300), "a.docx", "DOCUMENT_DAMAGED");
    });

    it("refuses archives whose directory shows no good", () => {
        const named = (name: string) => zip([{ name, content: "x" }]);
        for (const name of ["../../etc/passwd", "/etc/passwd", "C:\\x.txt", "a/../../b.txt", "a\u0007.txt"]) refused(named(name), "a.zip", "ARCHIVE_NAME_REFUSED");
        refused(named("inner.zip"), "a.zip", "ARCHIVE_NESTED");
        refused(zip([]), "a.zip", "ARCHIVE_EMPTY");
        refused(zip(Array.from({ length: 501 }, (_, i) => ({ name: `${i}.txt`, content: "x" }))), "a.zip", "ARCHIVE_TOO_MANY_FILES");
        const locked = named("a.txt");
        locked[locked.indexOf("PK\x01\x02") + 8] = 1;
        refused(locked, "a.zip", "DOCUMENT_ENCRYPTED");
        refused(zip([{ name: "a.txt", content: Buffer.alloc(20 * 2 ** 20) }]), "a.zip", "UNPACKS_TOO_LARGE");
    });

    it("refuses archives that unpack to gigabytes, by what they claim", () => {
        refused(docx(["x"], [{ name: "word/media/a.bin", content: "x", claims: 4_000_000_000 }]), "a.docx", "UNPACKS_TOO_LARGE");
        refused(docx(["x"], [{ name: "word/extra.xml", content: Buffer.alloc(20 * 2 ** 20) }]), "a.docx", "UNPACKS_TOO_LARGE");
    });
});
