/** Finds what there is to scan: files, folders, standard input. */
import { existsSync, readdirSync, readFileSync, statSync, type Dirent } from "node:fs";
import { join, relative } from "node:path";
import type { PolicyReport } from "../report/model";

export interface Source {
    /** As a person names it; relative to the working directory where possible. */
    name: string;
    text: string;
    /** It was named itself, and not found in a folder: it must hold something to look at. */
    named: boolean;
}

/** Something that was named is not there or cannot be read. */
export class UnreadableSource extends Error {
    /** @param report what all the rest came to */
    constructor(message: string, readonly report?: PolicyReport) {
        super(message);
    }
}

const extensions = /\.(ya?ml|json)$/i;
const ignored = new Set(["node_modules", ".git"]);

/** @throws UnreadableSource */
export function readSources(paths: readonly string[], standardInput: () => string = () => textOf(readFileSync(0))): Source[] {
    return paths.flatMap(path => (path === "-" ? [{ name: "standard input", text: standardInput(), named: true }] : filesAt(path).map(file => ({ name: shown(file), text: textOf(readFileSync(file)), named: file === path }))));
}

function filesAt(path: string): string[] {
    if (!existsSync(path)) throw new UnreadableSource(`${path} does not exist`);
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path, { withFileTypes: true })
        .sort((one, other) => (one.name < other.name ? -1 : 1))
        .flatMap(entry => {
            if (entry.isDirectory()) return ignored.has(entry.name) ? [] : filesAt(join(path, entry.name));
            return isFile(path, entry) && extensions.test(entry.name) ? [join(path, entry.name)] : [];
        });
}

function shown(file: string): string {
    const short = relative(process.cwd(), file);
    return short.startsWith("..") ? file : short;
}

/** A link to a file is one; links to folders are left alone, because they may lead in circles. */
function isFile(folder: string, entry: Dirent): boolean {
    return entry.isFile() || (entry.isSymbolicLink() && (statSync(join(folder, entry.name), { throwIfNoEntry: false })?.isFile() ?? false));
}

/** As text, without the mark at its beginning; PowerShell writes UTF-16 where others write UTF-8. */
function textOf(bytes: Buffer): string {
    const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
    return new TextDecoder(encoding).decode(bytes);
}
