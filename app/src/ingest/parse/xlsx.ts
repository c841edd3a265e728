/** XLSX to Markdown: a sheet is a page with its name as heading and its cells as a table, values as they are shown. */
import { OfficePackage } from "./office.js";
import { damaged, type PageBatch } from "./page.js";
import { markdownTable } from "./table.js";

const WORKBOOK = "xl/workbook.xml";
const DAY_MS = 86_400_000;

export async function* parseXlsx(bytes: Buffer): AsyncGenerator<PageBatch> {
    const office = new OfficePackage(bytes);
    const relations = office.relations(WORKBOOK);
    const sheets: { name: string; part: string }[] = [];
    let epoch = Date.UTC(1899, 11, 30);
    office.walk(WORKBOOK, {
        open(name, attributes) {
            if (name === "workbookPr" && /^(1|true)$/.test(attributes.date1904 ?? "")) epoch = Date.UTC(1904, 0, 1);
            const part = name === "sheet" ? relations.get(attributes["r:id"] ?? "")?.target : undefined;
            if (part !== undefined && office.has(part)) sheets.push({ name: attributes.name ?? "", part });
        },
    });
    if (sheets.length === 0) throw damaged();
    const strings = readStrings(office);
    const dates = readDateStyles(office);
    for (const [i, { name, part }] of sheets.entries()) {
        const table = markdownTable(readCells(office, part, strings, (value, style) => (dates.has(style) ? dateText(value, epoch) : value)));
        yield { pages: [{ page: i + 1, markdown: table === "" ? "" : `# ${name}\n\n${table}` }], total: sheets.length };
    }
}

/** Texts are stored once and named by number. */
function readStrings(office: OfficePackage): string[] {
    const strings: string[] = [];
    if (!office.has("xl/sharedStrings.xml")) return strings;
    let current = "";
    let inText = false;
    let phonetic = false;
    office.walk("xl/sharedStrings.xml", {
        open(name) {
            if (name === "si") current = "";
            else if (name === "rPh") phonetic = true;
            else if (name === "t") inText = !phonetic;
        },
        text(text) {
            if (inText) current += text;
        },
        close(name) {
            if (name === "t") inText = false;
            else if (name === "rPh") phonetic = false;
            else if (name === "si") strings.push(current);
        },
    });
    return strings;
}

/** Numbers of the cell styles that show a number as a date. */
function readDateStyles(office: OfficePackage): Set<number> {
    const styles = new Set<number>();
    if (!office.has("xl/styles.xml")) return styles;
    const formats = new Set<number>();
    let inCells = false;
    let count = 0;
    office.walk("xl/styles.xml", {
        open(name, attributes) {
            if (name === "numFmt") {
                const code = (attributes.formatCode ?? "").replace(/"[^"]*"|\[[^\]]*\]|\\./g, "");
                if (/[dyhs]/i.test(code)) formats.add(Number(attributes.numFmtId));
            } else if (name === "cellXfs") {
                inCells = true;
            } else if (name === "xf" && inCells) {
                const format = Number(attributes.numFmtId ?? 0);
                if ((format >= 14 && format <= 22) || (format >= 45 && format <= 47) || formats.has(format)) styles.add(count);
                count++;
            }
        },
        close(name) {
            if (name === "cellXfs") inCells = false;
        },
    });
    return styles;
}

function readCells(office: OfficePackage, part: string, strings: readonly string[], shown: (value: string, style: number) => string): string[][] {
    const rows: string[][] = [];
    let row: string[] = [];
    let column = 0;
    let type = "";
    let style = 0;
    let value = "";
    let inValue = false;
    office.walk(part, {
        open(name, attributes) {
            if (name === "row") row = [];
            else if (name === "c") {
                column = columnOf(attributes.r) ?? row.length;
                type = attributes.t ?? "n";
                style = Number(attributes.s ?? 0);
                value = "";
            } else if (name === "v" || name === "t") inValue = true;
        },
        text(text) {
            if (inValue) value += text;
        },
        close(name) {
            if (name === "v" || name === "t") inValue = false;
            else if (name === "c" && column < 16_384) {
                const text = type === "s" ? (strings[Number(value)] ?? "") : type === "b" ? (value === "1" ? "TRUE" : "FALSE") : type === "n" ? shown(value, style) : value;
                while (row.length < column) row.push("");
                row[column] = text;
            } else if (name === "row") rows.push(row);
        },
    });
    return rows;
}

/** "AB12" is the 28th column. */
function columnOf(reference: string | undefined): number | undefined {
    const letters = /^[A-Z]{1,3}/.exec(reference ?? "")?.[0];
    return letters === undefined ? undefined : [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

function dateText(value: string, epoch: number): string {
    const serial = Number(value);
    if (value === "" || !Number.isFinite(serial) || serial < 0 || serial > 2_958_465) return value;
    const iso = new Date(epoch + Math.round(serial * DAY_MS)).toISOString();
    if (serial < 1) return iso.slice(11, 16);
    return Number.isInteger(serial) ? iso.slice(0, 10) : `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}
