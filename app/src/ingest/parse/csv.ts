/** CSV and TSV: one table. The separator is the one that splits the first lines most evenly. */
import { decodeText } from "../formats.js";
import { damaged, type PageBatch } from "./page.js";
import { markdownTable } from "./table.js";

const SEPARATORS = [",", ";", "\t", "|"];

export async function* parseCsv(bytes: Buffer): AsyncGenerator<PageBatch> {
    const text = decodeText(bytes)?.replace(/^\ufeff/, "");
    if (text === undefined) throw damaged();
    // Some programs name the separator in a line of its own.
    const [line, declared] = /^sep=(.)\r?\n/.exec(text) ?? ["", undefined];
    const rest = text.slice(line.length);
    yield { pages: [{ page: null, markdown: markdownTable(readCsv(rest, declared ?? separatorOf(rest))) }], total: null };
}

function separatorOf(text: string): string {
    const sample = text.slice(0, 20_000);
    const evenness = SEPARATORS.map((separator) => {
        const widths = readCsv(sample, separator).slice(0, 50).map((row) => row.length);
        const wide = widths.filter((width) => width > 1 && width === widths[0]).length;
        return { separator, rank: wide * 1000 + (widths[0] ?? 0) };
    });
    return evenness.reduce((best, next) => (next.rank > best.rank ? next : best)).separator;
}

/** Quoted cells may hold separators, line breaks and doubled quotes (RFC 4180). */
export function readCsv(text: string, separator: string): string[][] {
    const rows: string[][] = [];
    let row: string[] = [];
    let cell = "";
    let quoted = false;
    for (let i = 0; i < text.length; i++) {
        const character = text[i]!;
        if (quoted) {
            if (character !== '"') cell += character;
            else if (text[i + 1] === '"') (cell += '"'), i++;
            else quoted = false;
        } else if (character === '"' && cell.trim() === "") {
            quoted = true;
            cell = "";
        } else if (character === separator) {
            row.push(cell);
            cell = "";
        } else if (character === "\n") {
            rows.push([...row, cell.replace(/\r$/, "")]);
            row = [];
            cell = "";
        } else {
            cell += character;
        }
    }
    if (cell !== "" || row.length > 0) rows.push([...row, cell]);
    return rows;
}
