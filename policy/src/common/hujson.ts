/**
 * Reads HuJSON, as Tailscale writes its policies: JSON with comments and trailing commas. Nothing if it is neither.
 * One pass over the text, so that hostile input costs no more than its length.
 */
export function parseHuJson(text: string): unknown {
    try {
        return JSON.parse(standardized(text)) as unknown;
    } catch {
        return undefined;
    }
}

/** The same as plain JSON. */
function standardized(text: string): string {
    const out: string[] = [];
    // A comma, and the space after it, are held back until it is clear that no bracket closes there.
    let held = "";
    for (let at = 0; at < text.length; ) {
        const end = endOfComment(text, at) ?? (text[at] === '"' ? endOfString(text, at) : at + 1);
        const part = isComment(text, at) ? "" : text.slice(at, end);
        at = end;
        if (part === ",") {
            if (held !== "") out.push(held);
            held = ",";
        } else if (held !== "" && part.trim() === "") held += part;
        else {
            if (held !== "") out.push(part === "]" || part === "}" ? held.slice(1) : held);
            held = "";
            out.push(part);
        }
    }
    return out.join("") + held;
}

function isComment(text: string, at: number): boolean {
    return text[at] === "/" && (text[at + 1] === "/" || text[at + 1] === "*");
}

function endOfComment(text: string, at: number): number | undefined {
    if (!isComment(text, at)) return undefined;
    const end = text[at + 1] === "/" ? text.indexOf("\n", at) : text.indexOf("*/", at + 2);
    return end < 0 ? text.length : end + (text[at + 1] === "/" ? 0 : 2);
}

function endOfString(text: string, from: number): number {
    for (let at = from + 1; at < text.length; at++) {
        if (text[at] === "\\") at++;
        else if (text[at] === '"') return at + 1;
    }
    return text.length;
}
