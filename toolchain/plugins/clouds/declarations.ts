/** Reads the members of one class or interface out of a package's type declarations, as text: a compiler would take seconds. */

export type Type =
    | { kind: "string" | "number" | "boolean" | "any" }
    | { kind: "list" | "map"; of: Type }
    /** A named type of types/output.d.ts, e.g. `compute.SubnetworkLogConfig`. */
    | { kind: "object"; name: string };

export interface Member {
    name: string;
    type: Type;
    /** May be missing. */
    optional: boolean;
    doc: string;
}

/** The members of `interface NAME` or `class NAME`; nothing when the text declares no such thing. */
export function membersOf(text: string, name: string): Member[] | undefined {
    const head = [`interface ${name} {`, `class ${name} extends pulumi.CustomResource {`].find((each) => text.includes(each));
    return head === undefined ? undefined : readMembers(text, text.indexOf(head) + head.length);
}

/** Where in types/output.d.ts each interface begins, e.g. `compute.SubnetworkLogConfig`; one without a namespace stands for itself. */
export function indexOf(text: string): Map<string, number> {
    const index = new Map<string, number>();
    const namespaces: string[] = [];
    // Namespaces are indented by their depth, and end where a line closes that depth.
    for (const match of text.matchAll(/^( *)(?:export )?(?:declare )?(?:namespace (\w+) \{|interface (\w+) \{)/gm)) {
        namespaces.length = match[1]!.length / 4;
        if (match[2] !== undefined) namespaces.push(match[2]);
        else index.set([...namespaces, match[3]!].join("."), match.index + match[0].length);
    }
    return index;
}

export function membersAt(text: string, from: number): Member[] {
    return readMembers(text, from);
}

/** The documentation right before `class NAME`. */
export function classDoc(text: string, name: string): string {
    const end = text.indexOf(`export declare class ${name} `);
    const start = text.lastIndexOf("/**", end);
    return end < 0 || start < 0 ? "" : plain(text.slice(start, end));
}

/** The declared type of `name` without the wrappers of inputs and outputs, and whether it may be missing. */
export function readType(text: string): { type: Type; optional: boolean } {
    let source = text.trim();
    let optional = false;
    for (;;) {
        const parts = unionOf(source);
        const rest = parts.filter((part) => part !== "undefined" && part !== "null");
        if (rest.length < parts.length) optional = true;
        source = rest.join(" | ");
        const inner = /^pulumi\.(?:Input|Output)<([\s\S]*)>$/.exec(source)?.[1];
        if (rest.length !== 1 || inner === undefined) break;
        source = inner.trim();
    }
    return { type: typeOf(source), optional };
}

function typeOf(source: string): Type {
    const union = unionOf(source);
    if (union.length > 1) {
        const kinds = union.map((part) => readType(part).type);
        return kinds.every(({ kind }) => kind === kinds[0]!.kind) ? kinds[0]! : { kind: "any" };
    }
    if (source.endsWith("[]")) return { kind: "list", of: readType(source.slice(0, -2).replace(/^\(([\s\S]*)\)$/, "$1")).type };
    const map = /^\{\s*\[key: string\]:\s*([\s\S]*?);?\s*\}$/.exec(source);
    if (map !== null) return { kind: "map", of: readType(map[1]!).type };
    const named = /^(?:outputs|inputs)\.([\w.]+)$/.exec(source);
    if (named !== null) return { kind: "object", name: named[1]! };
    if (source === "string" || /^["']/.test(source) || source.startsWith("enums.")) return { kind: "string" };
    if (source === "number" || source === "boolean") return { kind: source };
    return { kind: "any" };
}

/** The parts of `A | B`, not counting what is inside brackets. */
function unionOf(source: string): string[] {
    const parts: string[] = [];
    let depth = 0;
    let start = 0;
    for (let at = 0; at < source.length; at++) {
        const char = source[at]!;
        if ("<{[(".includes(char)) depth++;
        else if (">}])".includes(char)) depth--;
        else if (char === "|" && depth === 0) {
            parts.push(source.slice(start, at).trim());
            start = at + 1;
        }
    }
    return [...parts, source.slice(start).trim()];
}

function readMembers(text: string, from: number): Member[] {
    const members: Member[] = [];
    let doc = "";
    let at = from;
    for (;;) {
        while (/\s/.test(text[at] ?? "}")) at++;
        if (text[at] === "}" || at >= text.length) return members;
        if (text.startsWith("/**", at)) {
            const end = text.indexOf("*/", at) + 2;
            doc = plain(text.slice(at, end));
            at = end;
            continue;
        }
        const end = endOfMember(text, at);
        const match = /^(?:readonly )?(\w+)(\?)?:\s*([\s\S]*)$/.exec(text.slice(at, end).trim());
        if (match !== null) {
            const { type, optional } = readType(match[3]!);
            members.push({ name: match[1]!, type, optional: optional || match[2] === "?", doc });
        }
        doc = "";
        at = end + 1;
    }
}

/** The semicolon that ends the member that begins at `from`. */
function endOfMember(text: string, from: number): number {
    let depth = 0;
    for (let at = from; at < text.length; at++) {
        const char = text[at]!;
        if ("<{[(".includes(char)) depth++;
        else if ("}])".includes(char) || (char === ">" && text[at - 1] !== "=")) depth--;
        else if (char === ";" && depth === 0) return at;
    }
    return text.length;
}

function plain(comment: string): string {
    return comment.replace(/^\/\*\*/, "").replace(/\*\/\s*$/, "").replace(/^\s*\* ?/gm, "").trim();
}
