/** For tests: pictures of text, and PDFs that hold only such pictures, like a scan. */
import { LiteParse } from "@llamaindex/liteparse";
import { tmpdir } from "node:os";
import { deflateSync, inflateSync } from "node:zlib";
import { pdf } from "./files.js";

/** A PNG of each page of lines. */
export async function pictures(pages: readonly (readonly string[])[], dpi = 150): Promise<Buffer[]> {
    const parser = new LiteParse({ ocrEnabled: false, extractScreenshots: true, tessdataPath: tmpdir(), dpi, quiet: true });
    return (await parser.parse(pdf(pages))).screenshots.map(({ imageBuffer }) => imageBuffer);
}

/** A PDF whose pages are either lines of text or a PNG. */
export function scan(pages: readonly Buffer[]): Buffer {
    const objects: Buffer[] = [];
    const text = (value: string) => Buffer.from(value, "latin1");
    const stream = (dictionary: string, content: Buffer) => Buffer.concat([text(`<< ${dictionary} /Length ${content.length} >>\nstream\n`), content, text("\nendstream")]);
    objects.push(text("<< /Type /Catalog /Pages 2 0 R >>"));
    objects.push(text(`<< /Type /Pages /Kids [${pages.map((_, i) => `${3 + i * 3} 0 R`).join(" ")}] /Count ${pages.length} >>`));
    pages.forEach((png, i) => {
        const first = 3 + i * 3;
        const { width, height, rgb } = decodePng(png);
        objects.push(text(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${first + 1} 0 R /Resources << /XObject << /Im ${first + 2} 0 R >> >> >>`));
        objects.push(stream("", text("q 595 0 0 842 0 0 cm /Im Do Q")));
        objects.push(stream(`/Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /FlateDecode`, deflateSync(rgb)));
    });
    const parts: Buffer[] = [text("%PDF-1.4\n")];
    const offsets: number[] = [];
    let length = parts[0]!.length;
    objects.forEach((object, i) => {
        offsets.push(length);
        const part = Buffer.concat([text(`${i + 1} 0 obj\n`), object, text("\nendobj\n")]);
        parts.push(part);
        length += part.length;
    });
    const table = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
    parts.push(text(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${length}\n%%EOF\n`));
    return Buffer.concat(parts);
}

/** Eight bits a channel, not interlaced: what the renderer writes. */
function decodePng(png: Buffer): { width: number; height: number; rgb: Buffer } {
    const width = png.readUInt32BE(16);
    const height = png.readUInt32BE(20);
    const channels = { 0: 1, 2: 3, 6: 4 }[png[25]!]!;
    const data: Buffer[] = [];
    for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) if (png.toString("latin1", at + 4, at + 8) === "IDAT") data.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
    const raw = inflateSync(Buffer.concat(data));
    const stride = width * channels;
    const pixels = Buffer.alloc(stride * height);
    for (let y = 0; y < height; y++) {
        const filter = raw[y * (stride + 1)]!;
        for (let x = 0; x < stride; x++) {
            const a = x >= channels ? pixels[y * stride + x - channels]! : 0;
            const b = y > 0 ? pixels[(y - 1) * stride + x]! : 0;
            const c = x >= channels && y > 0 ? pixels[(y - 1) * stride + x - channels]! : 0;
            const paeth = [a, b, c].reduce((best, next) => (Math.abs(a + b - c - next) < Math.abs(a + b - c - best) ? next : best));
            pixels[y * stride + x] = raw[y * (stride + 1) + 1 + x]! + [0, a, b, (a + b) >> 1, paeth][filter]!;
        }
    }
    const rgb = Buffer.alloc(width * height * 3);
    for (let i = 0; i < width * height; i++) for (let channel = 0; channel < 3; channel++) rgb[i * 3 + channel] = pixels[i * channels + (channels < 3 ? 0 : channel)]!;
    return { width, height, rgb };
}
