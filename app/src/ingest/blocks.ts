/** The blocks of a page of Markdown: as much structure as cutting it into passages needs. */
export type Block =
    | { kind: "heading"; level: number; text: string }
    | { kind: "text"; text: string }
    | { kind: "table"; header: string[]; rows: string[] }
    | { kind: "code"; lines: string[] };

export function readBlocks(markdown: string): Block[] {
    const blocks: Block[] = [];
    let paragraph: string[] = [];
    const flush = () => {
        const text = paragraph.join("\n").trim();
        if (text !== "") blocks.push({ kind: "text", text: unescape(text) });
        paragraph = [];
    };
    const lines = markdown.split("\n");
    for (let i = 0; i < lines.length; i++) {
        const line = lines[i]!;
        const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line);
        const fence = /^\s*(```+|~~~+)/.exec(line)?.[1];
        if (heading !== null) {
            flush();
            const text = unescape(heading[2]!.replace(/[*_`]{1,3}(\S.*?\S|\S)[*_`]{1,3}/g, "$1"));
            if (text !== "") blocks.push({ kind: "heading", level: heading[1]!.length, text });
        } else if (fence !== undefined) {
            flush();
            const code: string[] = [];
            for (i++; i < lines.length && !lines[i]!.trimStart().startsWith(fence); i++) code.push(lines[i]!);
            if (code.some((each) => each.trim() !== "")) blocks.push({ kind: "code", lines: code });
        } else if (line.trimStart().startsWith("|") && /^\s*\|?[\s:|-]*-[\s:|-]*$/.test(lines[i + 1] ?? "")) {
            flush();
            const header = [line, lines[i + 1]!];
            const rows: string[] = [];
            for (i += 2; i < lines.length && lines[i]!.trimStart().startsWith("|"); i++) rows.push(lines[i]!);
            i--;
            blocks.push({ kind: "table", header, rows });
        } else if (line.trim() === "") {
            flush();
        } else if (/^\s*([-*+]|\d{1,3}[.)])\s+\S/.test(line)) {
            flush();
            paragraph.push(line);
        } else {
            paragraph.push(line);
        }
    }
    flush();
    return blocks;
}

/** Markdown's backslashes are for readers of the source, not of the text. */
function unescape(text: string): string {
    return text.replace(/\\([\\`*_{}[\]()#+\-.!|<>~])/g, "$1");
}
