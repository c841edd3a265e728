import assert from "node:assert/strict";
import { extensionOf, kindOf, refusal } from "./files.ts";

describe("refusal", () => {
    it("takes every kind that can be read, whatever the case", () => {
        for (const name of ["a.pdf", "a.DOCX", "a.html", "a.htm", "a.md", "a.markdown", "a.tar.txt", "a.xlsx", "a.pptx", "a.csv", "a.tsv", "a.eml", "a.zip", "a.png", "a.JPG", "a.jpeg", "a.tif", "a.tiff", "a.bmp", "a.webp"]) {
            assert.equal(refusal({ name, size: 10 }), null, name);
        }
    });

    it("says why it does not take a file", () => {
        assert.match(refusal({ name: "a.exe", size: 10 }) ?? "", /^\.exe is not a kind/);
        assert.match(refusal({ name: "README", size: 10 }) ?? "", /without an ending/);
        assert.match(refusal({ name: "a.pdf", size: 0 }) ?? "", /empty/);
        assert.match(refusal({ name: "a.pdf", size: 60_000_000 }) ?? "", /57 MB; the limit is 50 MB/);
    });

    it("knows endings", () => {
        assert.equal(extensionOf(".pdf"), "");
        assert.equal(kindOf("x.markdown"), "MD");
        assert.equal(kindOf("x"), "FILE");
    });
});
