/**
 * Reads the one file of a multipart/form-data body as it arrives, into a temporary file: nothing is held in
 * memory, and the limit holds to the byte however the length was declared.
 */
import { createHash, randomUUID } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ApiError } from "../http/errors.js";

export interface ReceivedFile {
    path: string;
    /** As the client named it. */
    filename: string | undefined;
    bytes: number;
    sha256: string;
    discard(): Promise<void>;
}

const MAX_PART_HEADER = 16 * 1024;

export async function receiveFile(contentType: string | undefined, body: ReadableStream<Uint8Array> | null, limit: number): Promise<ReceivedFile> {
    const boundary = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType ?? "");
    if (boundary === null || body === null) throw malformed("Send the file as multipart/form-data, in a field named “file”.");
    const path = join(tmpdir(), `upload-${randomUUID()}`);
    const discard = () => rm(path, { force: true });
    const file = await open(path, "wx", 0o600);
    try {
        const reader = new PartReader(body, Buffer.from(`\r\n--${boundary[1] ?? boundary[2]}`));
        for (;;) {
            const header = await reader.nextPart();
            if (header === undefined) throw malformed("The request has no field named “file”.");
            const { name, filename } = parseDisposition(header);
            if (name !== "file") {
                await reader.readBody(async () => undefined);
                continue;
            }
            const hash = createHash("sha256");
            let bytes = 0;
            await reader.readBody(async (chunk) => {
                bytes += chunk.length;
                if (bytes > limit) {
                    throw new ApiError(413, "UPLOAD_TOO_LARGE", `The file is larger than ${describeBytes(limit)}, the most that is taken here. Split it, or ask an administrator to raise the limit.`);
                }
                hash.update(chunk);
                for (let written = 0; written < chunk.length; ) written += (await file.write(chunk, written)).bytesWritten;
            });
            // The rest is read to its end, so that the client gets to read the answer.
            while ((await reader.nextPart()) !== undefined) await reader.readBody(async () => undefined);
            if (bytes === 0) throw new ApiError(400, "EMPTY_FILE", "The file is empty.");
            return { path, filename, bytes, sha256: hash.digest("hex"), discard };
        }
    } catch (error) {
        await discard();
        throw error;
    } finally {
        await file.close();
    }
}

export function describeBytes(bytes: number): string {
    return bytes >= 2 ** 20 ? `${Math.floor((bytes / 2 ** 20) * 10) / 10} MiB` : `${Math.ceil(bytes / 1024)} KiB`;
}

/** Walks the parts of a body. Every part's body has to be read before the next part. */
class PartReader {
    private readonly source: ReadableStreamDefaultReader<Uint8Array>;
    // The first boundary has no line break before it; giving it one makes all boundaries alike.
    private buffer: Buffer = Buffer.from("\r\n");
    private started = false;

    constructor(
        body: ReadableStream<Uint8Array>,
        private readonly delimiter: Buffer,
    ) {
        this.source = body.getReader();
    }

    /** The header lines of the next part, or undefined at the end. */
    async nextPart(): Promise<string | undefined> {
        if (!this.started) {
            this.started = true;
            await this.readBody(async () => undefined);
        }
        while (this.buffer.length < 2) await this.more();
        if (this.buffer.subarray(0, 2).toString() === "--") {
            await this.drain();
            return undefined;
        }
        let end: number;
        while ((end = this.buffer.indexOf("\r\n\r\n")) < 0) {
            if (this.buffer.length > MAX_PART_HEADER) throw malformed("A part of the request has a header that is too long.");
            await this.more();
        }
        const header = this.buffer.toString("utf8", 0, end);
        this.buffer = this.buffer.subarray(end + 4);
        return header;
    }

    /** Hands over the part's content up to the next boundary. */
    async readBody(take: (chunk: Buffer) => Promise<void>): Promise<void> {
        for (;;) {
            const at = this.buffer.indexOf(this.delimiter);
            if (at >= 0) {
                if (at > 0) await take(this.buffer.subarray(0, at));
                this.buffer = this.buffer.subarray(at + this.delimiter.length);
                return;
            }
            // The end of what is here may be the beginning of a boundary.
            const safe = this.buffer.length - this.delimiter.length;
            if (safe > 0) {
                await take(this.buffer.subarray(0, safe));
                this.buffer = this.buffer.subarray(safe);
            }
            await this.more();
        }
    }

    /** Whatever follows the last boundary is nothing, but leaving it unread would cut the connection. */
    private async drain(): Promise<void> {
        for (let seen = 0; seen < MAX_PART_HEADER; ) {
            const { done, value } = await this.source.read();
            if (done) return;
            seen += value.byteLength;
        }
    }

    private async more(): Promise<void> {
        const { done, value } = await this.source.read();
        if (done) throw malformed("The upload broke off before its end. Try again.");
        this.buffer = this.buffer.length === 0 ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.concat([this.buffer, value]);
    }
}

function parseDisposition(header: string): { name: string | undefined; filename: string | undefined } {
    const line = header.split("\r\n").find((each) => /^content-disposition\s*:/i.test(each)) ?? "";
    const parameter = (name: string) => {
        const match = new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]+))`, "i").exec(line);
        // Browsers write %22 for a quote in a name and leave the rest alone.
        return (match?.[1] ?? match?.[2])?.replace(/\\(["\\])/g, "$1").replace(/%22/g, '"');
    };
    const extended = /;\s*filename\*=UTF-8''([^;\s]+)/i.exec(line)?.[1];
    let filename = parameter("filename");
    if (extended !== undefined) {
        try {
            filename = decodeURIComponent(extended);
        } catch {
            // Not what it claims to be: the plain form is used.
        }
    }
    return { name: parameter("name"), filename };
}

function malformed(message: string): ApiError {
    return new ApiError(400, "INVALID_UPLOAD", message);
}
