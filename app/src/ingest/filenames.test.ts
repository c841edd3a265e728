import assert from "node:assert/strict";
import fc from "fast-check";
import { attachment, displayName } from "./filenames.js";

describe("file names", () => {
    it("keeps honest names", () => {
        for (const name of ["report.pdf", "Grüße aus Köln (2).docx", "日本語.md", "no extension"]) assert.equal(displayName(name), name);
    });

    it("cleans hostile ones", () => {
        assert.equal(displayName("../../etc/passwd"), "passwd");
        assert.equal(displayName("C:\\Users\\me\\a.pdf"), "a.pdf");
        assert.equal(displayName("invoice\u202efdp.exe"), "invoicefdp.exe");
        assert.equal(displayName("a\0b\r\nc.pdf"), "abc.pdf");
        assert.equal(displayName('<img src=x onerror="alert(1)">.pdf'), "_img src=x onerror=_alert(1)__.pdf");
        assert.equal(displayName("...hidden"), "hidden");
        for (const nothing of [undefined, "", "   ", "/", "..", "\u200b"]) assert.equal(displayName(nothing), "document");
        const long = displayName(`${"x".repeat(500)}.pdf`);
        assert.equal([...long].length, 200);
        assert(long.endsWith(".pdf"));
    });

    it("never gives a path, a control character or something a database refuses, whatever it is given", () => {
        fc.assert(
            fc.property(fc.string({ unit: "binary", maxLength: 400 }), (name) => {
                const shown = displayName(name);
                assert(shown.length > 0 && shown.isWellFormed());
                assert.doesNotMatch(shown, /[/\\\p{Cc}]/u);
                const header = attachment(shown);
                assert.match(header, /^attachment; filename="[\x20-\x7e]*"; filename\*=UTF-8''[\w.~%-]*$/);
                assert.equal(header.split('"').length, 3);
            }),
        );
    });
});
