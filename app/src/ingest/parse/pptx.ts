/** PPTX to Markdown: a slide is a page, its title a heading; tables and speaker notes come along. */
import { OfficePackage } from "./office.js";
import { damaged, type PageBatch } from "./page.js";
import { markdownTable } from "./table.js";

const PRESENTATION = "ppt/presentation.xml";

export async function* parsePptx(bytes: Buffer): AsyncGenerator<PageBatch> {
    const office = new OfficePackage(bytes);
    const relations = office.relations(PRESENTATION);
    const slides: string[] = [];
    office.walk(PRESENTATION, {
        open(name, attributes) {
            const target = name === "sldId" ? relations.get(attributes["r:id"] ?? "")?.target : undefined;
            if (target !== undefined && office.has(target)) slides.push(target);
        },
    });
    if (slides.length === 0) throw damaged();
    for (const [i, slide] of slides.entries()) {
        const notes = [...office.relations(slide).values()].find(({ type }) => type.endsWith("/notesSlide"))?.target;
        const blocks = readShapes(office, slide, true);
        if (notes !== undefined && office.has(notes)) blocks.push(...readShapes(office, notes, false));
        yield { pages: [{ page: i + 1, markdown: blocks.join("\n\n") }], total: slides.length };
    }
}

/** Placeholders that repeat on every slide. */
const FURNITURE = new Set(["sldNum", "ftr", "dt", "hdr", "sldImg"]);

function readShapes(office: OfficePackage, part: string, titles: boolean): string[] {
    const blocks: string[] = [];
    let placeholder = "";
    let paragraph = "";
    let level = 0;
    let paragraphs: string[] = [];
    let row: string[] | undefined;
    let rows: string[][] = [];
    let inText = false;
    office.walk(part, {
        open(name, attributes) {
            if (name === "sp") placeholder = "";
            else if (name === "ph") placeholder = attributes.type ?? "body";
            else if (name === "p") (paragraph = ""), (level = 0);
            else if (name === "pPr") level = Number(attributes.lvl ?? 0) || 0;
            else if (name === "t") inText = true;
            else if (name === "br" || name === "tab") paragraph += " ";
            else if (name === "tbl") rows = [];
            else if (name === "tr") row = [];
            else if (name === "tc") paragraphs = [];
        },
        text(text) {
            if (inText) paragraph += text;
        },
        close(name) {
            if (name === "t") inText = false;
            else if (name === "p") {
                const text = paragraph.replace(/\s+/g, " ").trim();
                if (text !== "") paragraphs.push(row === undefined && level > 0 ? `${"  ".repeat(level)}- ${text}` : text);
            } else if (name === "tc") {
                row?.push(paragraphs.join(" "));
                paragraphs = [];
            } else if (name === "tr") {
                rows.push(row ?? []);
                row = undefined;
            } else if (name === "tbl") {
                blocks.push(markdownTable(rows));
            } else if (name === "sp") {
                if (!FURNITURE.has(placeholder) && paragraphs.length > 0) {
                    if (titles && /title/i.test(placeholder)) blocks.unshift(`# ${paragraphs.join(" ")}`);
                    else blocks.push(...paragraphs);
                }
                paragraphs = [];
            }
        },
    });
    return blocks.filter((block) => block !== "");
}
