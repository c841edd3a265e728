/** For tests: small files of every kind, good and bad, made by code. */
import { createHash } from "node:crypto";
import { crc32, deflateRawSync } from "node:zlib";

/** A PDF with the lines of text of each page; a page without lines shows a drawing only, like a scan. */
export function pdf(pages: readonly (readonly string[])[], options: { password?: string } = {}): Buffer {
    const id = createHash("md5").update("fixture").digest();
    const cipher = options.password === undefined ? undefined : new StandardSecurity(options.password, id);
    const objects: Buffer[] = [];
    const text = (value: string) => Buffer.from(value, "latin1");
    const stream = (number: number, content: string) => {
        const bytes = cipher === undefined ? text(content) : cipher.encrypt(number, text(content));
        return Buffer.concat([text(`<< /Length ${bytes.length} >>\nstream\n`), bytes, text("\nendstream")]);
    };
    const pageNumber = (i: number) => 4 + i * 2;
    objects.push(text("<< /Type /Catalog /Pages 2 0 R >>"));
    objects.push(text(`<< /Type /Pages /Kids [${pages.map((_, i) => `${pageNumber(i)} 0 R`).join(" ")}] /Count ${pages.length} >>`));
    objects.push(text("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"));
    pages.forEach((lines, i) => {
        const size = (line: string) => (line.startsWith("# ") ? 20 : 11);
        const content =
            lines.length === 0
                ? "0.5 g 100 100 300 300 re f"
                : `BT 14 TL 60 780 Td ${lines.map((line) => `/F1 ${size(line)} Tf (${line.replace(/^# /, "").replace(/[\\()]/g, "\\$&")}) Tj T* T*`).join(" ")} ET`;
        objects.push(text(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents ${pageNumber(i) + 1} 0 R /Resources << /Font << /F1 3 0 R >> >> >>`));
        objects.push(stream(pageNumber(i) + 1, content));
    });
    const encrypt = cipher === undefined ? "" : ` /Encrypt ${objects.push(text(cipher.dictionary()))} 0 R`;
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
    parts.push(text(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /ID [<${id.toString("hex")}> <${id.toString("hex")}>]${encrypt} >>\nstartxref\n${length}\n%%EOF\n`));
    return Buffer.concat(parts);
}

/** 40-bit RC4 of the PDF standard security handler, revision 2: weak, and all that a fixture needs. */
class StandardSecurity {
    private readonly key: Buffer;
    private readonly owner: Buffer;
    private static readonly PADDING = Buffer.from("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a", "hex");

    constructor(password: string, id: Buffer) {
        const padded = Buffer.concat([Buffer.from(password, "latin1"), StandardSecurity.PADDING]).subarray(0, 32);
        const md5 = (...parts: Buffer[]) => createHash("md5").update(Buffer.concat(parts)).digest();
        this.owner = rc4(md5(padded).subarray(0, 5), padded);
        const permissions = Buffer.alloc(4);
        permissions.writeInt32LE(-4);
        this.key = md5(padded, this.owner, permissions, id).subarray(0, 5);
    }

    dictionary(): string {
        return `<< /Filter /Standard /V 1 /R 2 /O <${this.owner.toString("hex")}> /U <${rc4(this.key, StandardSecurity.PADDING).toString("hex")}> /P -4 >>`;
    }

    encrypt(object: number, bytes: Buffer): Buffer {
        const salt = Buffer.from([object & 255, (object >> 8) & 255, (object >> 16) & 255, 0, 0]);
        return rc4(createHash("md5").update(Buffer.concat([this.key, salt])).digest().subarray(0, 10), bytes);
    }
}

function rc4(key: Buffer, input: Buffer): Buffer {
    const state = Array.from({ length: 256 }, (_, i) => i);
    for (let i = 0, j = 0; i < 256; i++) {
        j = (j + state[i]! + key[i % key.length]!) & 255;
        [state[i], state[j]] = [state[j]!, state[i]!];
    }
    let [i, j] = [0, 0];
    return Buffer.from(
        input.map((byte) => {
            i = (i + 1) & 255;
            j = (j + state[i]!) & 255;
            [state[i], state[j]] = [state[j]!, state[i]!];
            return byte ^ state[(state[i]! + state[j]!) & 255]!;
        }),
    );
}

export interface ZipFile {
    name: string;
    content: Buffer | string;
    /** What the archive says the size is, when it lies. */
    claims?: number;
}

export function zip(files: readonly ZipFile[]): Buffer {
    const local: Buffer[] = [];
    const central: Buffer[] = [];
    let offset = 0;
    for (const file of files) {
        const content = Buffer.from(file.content as string);
        const packed = deflateRawSync(content);
        const name = Buffer.from(file.name);
        const sizes = Buffer.alloc(16);
        sizes.writeUInt32LE(crc32(content), 0);
        sizes.writeUInt32LE(packed.length, 4);
        sizes.writeUInt32LE(file.claims ?? content.length, 8);
        sizes.writeUInt16LE(name.length, 12);
        const common = Buffer.concat([Buffer.from([20, 0, 0, 0, 8, 0, 0, 0, 0x21, 0]), sizes]);
        const head = Buffer.concat([Buffer.from("PK\x03\x04"), common, name]);
        local.push(head, packed);
        const place = Buffer.alloc(14);
        place.writeUInt32LE(offset, 10);
        central.push(Buffer.from("PK\x01\x02"), Buffer.from([20, 0]), common, place, name);
        offset += head.length + packed.length;
    }
    const directory = Buffer.concat(central);
    const end = Buffer.alloc(22);
    end.write("PK\x05\x06", "latin1");
    end.writeUInt16LE(files.length, 8);
    end.writeUInt16LE(files.length, 10);
    end.writeUInt32LE(directory.length, 12);
    end.writeUInt32LE(offset, 16);
    return Buffer.concat([...local, directory, end]);
}

/** A Word document; a paragraph that begins with "# " is a heading. */
export function docx(paragraphs: readonly string[], more: readonly ZipFile[] = []): Buffer {
    const escape = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
    const body = paragraphs
        .map((text) => (text.startsWith("# ") ? `<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>${escape(text.slice(2))}</w:t></w:r></w:p>` : `<w:p><w:r><w:t>${escape(text)}</w:t></w:r></w:p>`))
        .join("");
    const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
    const main = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
    return zip([
        {
            name: "[Content_Types].xml",
            content: `${declaration}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
        },
        {
            name: "_rels/.rels",
            content: `${declaration}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
        },
        { name: "word/styles.xml", content: `${declaration}<w:styles xmlns:w="${main}"><w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style></w:styles>` },
        {
            name: "word/_rels/document.xml.rels",
            content: `${declaration}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`,
        },
        { name: "word/document.xml", content: `${declaration}<w:document xmlns:w="${main}"><w:body>${body}</w:body></w:document>` },
        ...more,
    ]);
}

const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const escapeXml = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
const RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships";
const OFFICE_TYPES = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/** A workbook; numbers stay numbers, and a Date is one in a cell that is styled as a date. */
export function xlsx(sheets: Readonly<Record<string, readonly (readonly (string | number | Date)[])[]>>): Buffer {
    const names = Object.keys(sheets);
    const strings: string[] = [];
    const cell = (value: string | number | Date, row: number, column: number) => {
        const reference = `${String.fromCharCode(65 + column)}${row + 1}`;
        if (value instanceof Date) return `<c r="${reference}" s="1"><v>${value.getTime() / 86_400_000 + 25_569}</v></c>`;
        if (typeof value === "number") return `<c r="${reference}"><v>${value}</v></c>`;
        return value === "" ? "" : `<c r="${reference}" t="s"><v>${strings.push(value) - 1}</v></c>`;
    };
    const parts = names.map((name, i) => ({
        name: `xl/worksheets/sheet${i + 1}.xml`,
        content: `${DECLARATION}<worksheet><sheetData>${sheets[name]!.map((row, y) => `<row r="${y + 1}">${row.map((value, x) => cell(value, y, x)).join("")}</row>`).join("")}</sheetData></worksheet>`,
    }));
    return zip([
        { name: "xl/workbook.xml", content: `${DECLARATION}<workbook xmlns:r="${OFFICE_TYPES}"><sheets>${names.map((name, i) => `<sheet name="${escapeXml(name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`).join("")}</sheets></workbook>` },
        { name: "xl/_rels/workbook.xml.rels", content: `${DECLARATION}<Relationships xmlns="${RELATIONS}">${names.map((_, i) => `<Relationship Id="rId${i + 1}" Type="${OFFICE_TYPES}/worksheet" Target="worksheets/sheet${i + 1}.xml"/>`).join("")}</Relationships>` },
        { name: "xl/sharedStrings.xml", content: `${DECLARATION}<sst>${strings.map((text) => `<si><r><t>${escapeXml(text.slice(0, 1))}</t></r><r><t xml:space="preserve">${escapeXml(text.slice(1))}</t></r></si>`).join("")}</sst>` },
        { name: "xl/styles.xml", content: `${DECLARATION}<styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>` },
        ...parts,
    ]);
}

export interface Slide {
    title: string;
    lines: readonly string[];
    table?: readonly (readonly string[])[];
    notes?: string;
}

/** A presentation; the slides' files are named against their order, as happens after moving slides around. */
export function pptx(slides: readonly Slide[]): Buffer {
    const paragraph = (text: string) => `<a:p><a:r><a:t>${escapeXml(text)}</a:t></a:r></a:p>`;
    const shape = (kind: string, texts: readonly string[]) => `<p:sp><p:nvSpPr><p:nvPr><p:ph type="${kind}"/></p:nvPr></p:nvSpPr><p:txBody>${texts.map(paragraph).join("")}</p:txBody></p:sp>`;
    const table = (rows: readonly (readonly string[])[]) => `<p:graphicFrame><a:tbl>${rows.map((row) => `<a:tr>${row.map((text) => `<a:tc><a:txBody>${paragraph(text)}</a:txBody></a:tc>`).join("")}</a:tr>`).join("")}</a:tbl></p:graphicFrame>`;
    const file = (i: number) => `slide${slides.length - i}.xml`;
    return zip([
        { name: "ppt/presentation.xml", content: `${DECLARATION}<p:presentation><p:sldIdLst>${slides.map((_, i) => `<p:sldId id="${256 + i}" r:id="rId${i + 1}"/>`).join("")}</p:sldIdLst></p:presentation>` },
        { name: "ppt/_rels/presentation.xml.rels", content: `${DECLARATION}<Relationships xmlns="${RELATIONS}">${slides.map((_, i) => `<Relationship Id="rId${i + 1}" Type="${OFFICE_TYPES}/slide" Target="slides/${file(i)}"/>`).join("")}</Relationships>` },
        ...slides.flatMap(({ title, lines, table: rows, notes }, i) => [
            { name: `ppt/slides/${file(i)}`, content: `${DECLARATION}<p:sld>${shape("body", lines)}${shape("title", [title])}${rows === undefined ? "" : table(rows)}${shape("sldNum", [String(i + 1)])}</p:sld>` },
            ...(notes === undefined
                ? []
                : [
                      { name: `ppt/slides/_rels/${file(i)}.rels`, content: `${DECLARATION}<Relationships xmlns="${RELATIONS}"><Relationship Id="rId1" Type="${OFFICE_TYPES}/notesSlide" Target="../notesSlides/notes${i}.xml"/></Relationships>` },
                      { name: `ppt/notesSlides/notes${i}.xml`, content: `${DECLARATION}<p:notes>${shape("body", [notes])}</p:notes>` },
                  ]),
        ]),
    ]);
}

/** A mail with attachments, as programs send them. */
export function eml(subject: string, text: string, attachments: readonly { name: string; type: string; content: Buffer }[] = []): string {
    const part = (head: string, body: string) => `--cut\r\n${head}\r\n\r\n${body}\r\n`;
    return [
        "From: Ada Example <ada@example.test>\r\nTo: team@example.test\r\nDate: Mon, 2 Mar 2026 10:00:00 +0000\r\n",
        `Subject: ${subject}\r\nMessage-ID: <1@example.test>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="cut"\r\n\r\n`,
        part("Content-Type: text/plain; charset=utf-8", text),
        ...attachments.map(({ name, type, content }) => part(`Content-Type: ${type}\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64`, content.toString("base64").replace(/.{76}/g, "$&\r\n"))),
        "--cut--\r\n",
    ].join("");
}
