/** Finds what there is to scan: files, folders, standard input. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

export interface Source {
    /** As a person names it; relative to the working directory where possible. */
    name: string;
    text: string;
    /** It was named itself, and not found in a folder: it must hold something to look at. */
    named: boolean;
}

/** Something that was named is not there or cannot be read. */
export class UnreadableSource extends Error {}

const extensions = /\.(ya?ml|json)$/i;
const ignored = new Set(["node_modules", ".git"]);

/** @throws UnreadableSource */
export function readSources(paths: readonly string[], standardInput: () => string = () => readFileSync(0, "utf8")): Source[] {
    return paths.flatMap(path => (path === "-" ? [{ name: "standard input", text: standardInput(), named: true }] : filesAt(path).map(file => ({ name: shown(file), text: readFileSync(file, "utf8"), named: file === path }))));
}

function filesAt(path: string): string[] {
    if (!existsSync(path)) throw new UnreadableSource(`${path} does not exist`);
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path, { withFileTypes: true })
        .sort((one, other) => (one.name < other.name ? -1 : 1))
        .flatMap(entry => {
            if (entry.isDirectory()) return ignored.has(entry.name) ? [] : filesAt(join(path, entry.name));
            return entry.isFile() && extensions.test(entry.name) ? [join(path, entry.name)] : [];
        });
}

function shown(file: string): string {
    const short = relative(process.cwd(), file);
    return short.startsWith("..") ? file : short;
}
