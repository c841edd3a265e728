/** HTML to Markdown: structure stays (headings, lists, tables, code), everything else of a page goes. */
import { Parser } from "htmlparser2";

const SKIPPED = new Set(["script", "style", "noscript", "template", "svg", "math", "nav", "iframe", "object", "head", "button", "select", "form", "title"]);
const BLOCKS = new Set(["p", "div", "section", "article", "main", "header", "footer", "aside", "blockquote", "figure", "figcaption", "dl", "dt", "dd", "address", "details", "summary", "fieldset", "hr", "body", "html"]);

export function htmlToMarkdown(html: string): string {
    const walker = new Walker();
    const parser = new Parser(
        { onopentag: (name) => walker.open(name), onclosetag: (name) => walker.close(name), ontext: (text) => walker.text(text) },
        { decodeEntities: true, lowerCaseTags: true },
    );
    parser.end(html);
    return walker.result();
}

class Walker {
    private readonly blocks: string[] = [];
    private line = "";
    private skipped = 0;
    private pre = 0;
    private heading = 0;
    private readonly lists: { ordered: boolean; count: number }[] = [];
    private marker = "";
    /** Rows of the table being read; tables inside tables are layout and flow into the cell. */
    private rows: string[][] | undefined;
    private tables = 0;
    private cell: string | undefined;

    open(name: string): void {
        if (SKIPPED.has(name)) this.skipped++;
        if (this.skipped > 0) return;
        if (/^h[1-6]$/.test(name)) {
            this.flush();
            this.heading = Number(name[1]);
        } else if (name === "ul" || name === "ol") {
            this.flush();
            this.lists.push({ ordered: name === "ol", count: 0 });
        } else if (name === "li") {
            this.flush();
            const list = this.lists.at(-1);
            if (list !== undefined) list.count++;
            this.marker = `${"  ".repeat(Math.max(0, this.lists.length - 1))}${list?.ordered ? `${list.count}.` : "-"} `;
        } else if (name === "pre") {
            this.flush();
            this.pre++;
        } else if (name === "br") {
            this.add(this.pre > 0 ? "\n" : " ");
        } else if (name === "table") {
            if (this.tables++ === 0) {
                this.flush();
                this.rows = [];
            }
        } else if (name === "tr" && this.tables === 1) {
            this.rows!.push([]);
        } else if ((name === "td" || name === "th") && this.tables === 1) {
            this.cell = "";
        } else if (BLOCKS.has(name)) {
            this.flush();
        }
    }

    close(name: string): void {
        if (SKIPPED.has(name)) this.skipped = Math.max(0, this.skipped - 1);
        else if (this.skipped > 0) return;
        else if (/^h[1-6]$/.test(name)) {
            this.flush();
            this.heading = 0;
        } else if (name === "ul" || name === "ol") {
            this.flush();
            this.lists.pop();
        } else if (name === "pre") {
            this.flush();
            this.pre = Math.max(0, this.pre - 1);
        } else if (name === "table") {
            this.tables = Math.max(0, this.tables - 1);
            if (this.tables === 0) this.endTable();
        } else if ((name === "td" || name === "th") && this.tables === 1) {
            this.rows!.at(-1)?.push((this.cell ?? "").replace(/\s+/g, " ").trim().replace(/\|/g, "\\|"));
            this.cell = undefined;
        } else if (name === "li" || BLOCKS.has(name)) {
            this.flush();
        }
    }

    text(text: string): void {
        if (this.skipped === 0) this.add(text);
    }

    result(): string {
        this.flush();
        if (this.rows !== undefined) this.endTable();
        return this.blocks.join("\n\n");
    }

    private add(text: string): void {
        if (this.cell !== undefined) this.cell += text;
        else if (this.tables === 0) this.line += text;
        // Text between cells belongs nowhere.
    }

    private flush(): void {
        if (this.cell !== undefined) {
            this.cell += " ";
            return;
        }
        const line = this.line;
        this.line = "";
        if (this.pre > 0) {
            if (line.trim() !== "") this.blocks.push(`\`\`\`\n${line.replace(/^\n|\s+$/g, "")}\n\`\`\``);
            return;
        }
        const text = line.replace(/\s+/g, " ").trim();
        if (text === "") return;
        if (this.heading > 0) this.blocks.push(`${"#".repeat(this.heading)} ${text}`);
        else this.blocks.push(`${this.marker}${text}`);
        this.marker = "";
    }

    private endTable(): void {
        const rows = (this.rows ?? []).filter((row) => row.some((cell) => cell !== ""));
        this.rows = undefined;
        if (rows.length === 0) return;
        const width = Math.max(...rows.map((row) => row.length));
        // A table of one column is layout.
        if (width === 1) {
            this.blocks.push(...rows.map((row) => row[0]!));
            return;
        }
        const lines = rows.map((row) => `| ${Array.from({ length: width }, (_, i) => row[i] ?? "").join(" | ")} |`);
        lines.splice(1, 0, `|${" --- |".repeat(width)}`);
        this.blocks.push(lines.join("\n"));
    }
}
