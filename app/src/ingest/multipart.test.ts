import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import fc from "fast-check";
import { receiveFile } from "./multipart.js";

const BOUNDARY = "----b0undary";
const type = `multipart/form-data; boundary=${BOUNDARY}`;

function body(parts: readonly { head: string; content: Buffer | string }[], cut = (bytes: Buffer) => [bytes]): ReadableStream<Uint8Array> {
    const bytes = Buffer.concat([...parts.flatMap(({ head, content }) => [Buffer.from(`--${BOUNDARY}\r\n${head}\r\n\r\n`), Buffer.from(content as string), Buffer.from("\r\n")]), Buffer.from(`--${BOUNDARY}--\r\n`)]);
    return ReadableStream.from(cut(bytes)) as ReadableStream<Uint8Array>;
}
const file = (content: Buffer | string, name = "a.txt") => ({ head: `Content-Disposition: form-data; name="file"; filename="${name}"`, content });

describe("receiving a multipart upload", () => {
    it("finds the file among other fields, however the bytes are cut", async () => {
        await fc.assert(
            fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.array(fc.nat({ max: 500 }), { maxLength: 8 }), async (content, cuts) => {
                const sent = body([{ head: 'Content-Disposition: form-data; name="note"', content: "file\r\n--" }, file(Buffer.from(content))], (bytes) => {
                    const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
                    return places.slice(1).map((end, i) => bytes.subarray(places[i], end));
                });
                const received = await receiveFile(type, sent, 1000);
                assert.deepEqual(readFileSync(received.path), Buffer.from(content));
                assert.equal(received.sha256, createHash("sha256").update(content).digest("hex"));
                assert.equal(received.bytes, content.length);
                await received.discard();
                assert(!existsSync(received.path));
            }),
            { numRuns: 50 },
        );
    });

    it("reads names as browsers and others write them", async () => {
        const names = { 'filename="a b.pdf"': "a b.pdf", 'filename="quote %22.pdf"': 'quote ".pdf', "filename=plain.pdf": "plain.pdf", "filename=x; filename*=UTF-8''Gr%C3%BC%C3%9Fe.pdf": "Grüße.pdf", 'filename="ok"; filename*=UTF-8\'\'%ff': "ok" };
        for (const [head, name] of Object.entries(names)) {
            const received = await receiveFile(type, body([{ head: `Content-Disposition: form-data; name="file"; ${head}`, content: "x" }]), 10);
            assert.equal(received.filename, name);
            await received.discard();
        }
    });

    it("takes a file of exactly the limit and refuses one byte more, leaving nothing behind", async () => {
        const received = await receiveFile(type, body([file(randomBytes(1000))]), 1000);
        await received.discard();
        const before = readdirSync(tmpdir()).filter((name) => name.startsWith("upload-"));
        await assert.rejects(receiveFile(type, body([file(randomBytes(1001))]), 1000), { code: "UPLOAD_TOO_LARGE", status: 413 });
        assert.deepEqual(readdirSync(tmpdir()).filter((name) => name.startsWith("upload-")), before);
    });

    it("says what is wrong with everything else", async () => {
        await assert.rejects(receiveFile(type, body([file("")]), 10), { code: "EMPTY_FILE" });
        await assert.rejects(receiveFile(type, body([{ head: 'Content-Disposition: form-data; name="other"', content: "x" }]), 10), { code: "INVALID_UPLOAD" });
        await assert.rejects(receiveFile("application/json", body([file("x")]), 10), { code: "INVALID_UPLOAD" });
        await assert.rejects(receiveFile(type, null, 10), { code: "INVALID_UPLOAD" });
        await assert.rejects(receiveFile(type, body([file("x".repeat(100))], (bytes) => [bytes.subarray(0, 120)]), 1000), { code: "INVALID_UPLOAD", message: /broke off/ });
        await assert.rejects(receiveFile(type, body([{ head: `X: ${"y".repeat(20_000)}`, content: "" }]), 10), { code: "INVALID_UPLOAD" });
    });
});
