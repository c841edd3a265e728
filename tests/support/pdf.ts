/** A small true PDF with one text per page. */
export function pdf(pages: readonly string[]): Uint8Array {
    const objects: string[] = [];
    const add = (body: string) => objects.push(body);
    add("<< /Type /Catalog /Pages 2 0 R >>");
    add(`<< /Type /Pages /Count ${pages.length} /Kids [${pages.map((_, index) => `${4 + index * 2} 0 R`).join(" ")}] >>`);
    add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
    for (const [index, text] of pages.entries()) {
        const lines = text.match(/.{1,80}(?:\s|$)/g) ?? [text];
        const content = `BT /F1 12 Tf 14 TL 50 780 Td ${lines.map(line => `(${line.trim().replace(/[\\()]/g, "\\$&")}) Tj T*`).join(" ")} ET`;
        add(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents ${5 + index * 2} 0 R >>`);
        add(`<< /Length ${Buffer.byteLength(content)} >>\nstream\n${content}\nendstream`);
    }
    let text = "%PDF-1.4\n";
    const offsets = objects.map((body, index) => {
        const offset = Buffer.byteLength(text);
        text += `${index + 1} 0 obj\n${body}\nendobj\n`;
        return offset;
    });
    const start = Buffer.byteLength(text);
    text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.map(offset => `${String(offset).padStart(10, "0")} 00000 n \n`).join("")}`;
    text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
    return new TextEncoder().encode(text);
}
