/**
 * The little Markdown that answers use, as plain data that React renders: never HTML.
 * What is not understood stays text, so that nothing an answer says can get lost.
 */

export type Block =
    | { kind: "paragraph" | "quote"; text: string }
    | { kind: "heading"; level: number; text: string }
    | { kind: "code"; text: string; language: string }
    | { kind: "list"; ordered: boolean; start: number; items: string[] };

export type Inline = { kind: "text" | "strong" | "emphasis" | "code"; text: string };

const bullet = /^\s{0,3}[-*•]\s+(.*)$/;
const numbered = /^\s{0,3}(\d{1,4})[.)]\s+(.*)$/;
const heading = /^(#{1,6})\s+(.*)$/;
const fence = /^\s{0,3}```\s*([\w+-]*)\s*$/;
const quoted = /^\s{0,3}>\s?(.*)$/;

/** The blocks of an answer; works on a half-streamed one too. */
export function blocks(source: string): Block[] {
    const lines = source.replace(/\r\n?/g, "\n").split("\n");
    const found: Block[] = [];
    let open: Block | null = null;
    for (let i = 0; i < lines.length; i += 1) {
        const line = lines[i] as string;
        const fenced = fence.exec(line);
        if (fenced) {
            const code: string[] = [];
            for (i += 1; i < lines.length && !/^\s{0,3}```\s*$/.test(lines[i] as string); i += 1) {
                code.push(lines[i] as string);
            }
            found.push({ kind: "code", language: fenced[1] ?? "", text: code.join("\n") });
            open = null;
            continue;
        }
        if (line.trim() === "") {
            // A list goes on over an empty line; everything else ends.
            if (open?.kind !== "list") {
                open = null;
            }
            continue;
        }
        const next: Block = begin(line, open);
        if (next === open) {
            extend(next, line);
        } else {
            found.push(next);
            open = next.kind === "heading" ? null : next;
        }
    }
    return found;
}

/** The block that `line` opens, or the open one if it goes on. */
function begin(line: string, open: Block | null): Block {
    const title = heading.exec(line);
    if (title) {
        return { kind: "heading", level: (title[1] as string).length, text: title[2] as string };
    }
    const item = bullet.exec(line);
    if (item) {
        return open?.kind === "list" && !open.ordered ? open : { kind: "list", ordered: false, start: 1, items: [item[1] as string] };
    }
    const step = numbered.exec(line);
    if (step) {
        return open?.kind === "list" && open.ordered ? open : { kind: "list", ordered: true, start: Number(step[1]), items: [step[2] as string] };
    }
    const said = quoted.exec(line);
    if (said) {
        return open?.kind === "quote" ? open : { kind: "quote", text: said[1] as string };
    }
    const goesOn = open?.kind === "paragraph" || open?.kind === "quote" || (open?.kind === "list" && /^\s{2,}/.test(line));
    return goesOn && open ? open : { kind: "paragraph", text: line };
}

function extend(block: Block, line: string): void {
    if (block.kind === "list") {
        const item = bullet.exec(line)?.[1] ?? numbered.exec(line)?.[2];
        if (item !== undefined) {
            block.items.push(item);
        } else {
            block.items.push(`${block.items.pop() ?? ""}\n${line.trim()}`);
        }
    } else {
        block.text += `\n${block.kind === "quote" ? (quoted.exec(line)?.[1] ?? line) : line}`;
    }
}

/** Bold, emphasised and code parts of a line. */
export function inlines(text: string): Inline[] {
    const parts: Inline[] = [];
    let last = 0;
    for (const match of text.matchAll(/`([^`\n]+)`|\*\*(\S(?:[^*]*\S)?)\*\*|(?<![\w*])\*([^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])/g)) {
        if (match.index > last) {
            parts.push({ kind: "text", text: text.slice(last, match.index) });
        }
        const kind = match[1] !== undefined ? "code" : match[2] !== undefined ? "strong" : "emphasis";
        parts.push({ kind, text: (match[1] ?? match[2] ?? match[3]) as string });
        last = match.index + match[0].length;
    }
    if (last < text.length) {
        parts.push({ kind: "text", text: text.slice(last) });
    }
    return parts;
}
