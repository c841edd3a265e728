/**
 * Content keys: equal exactly when what goes into a build is equal. Nothing of the machine, the checkout's
 * location, file times or the umask takes part, so that a second checkout finds the first one's results.
 */
import { createHash } from "node:crypto";
import { createReadStream, lstatSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** One file of a build: its path below the root (with `/`), its content's hash, and whether it is executable. */
export interface Entry {
    path: string;
    sha256: string;
    executable: boolean;
}

/** The key of a set of files together with named facts (versions, digests of bases, options). Order does not matter. */
export function contentKey(entries: readonly Entry[], facts: Readonly<Record<string, string>>): string {
    const hash = createHash("sha256");
    // Each part goes in with its length, so that moving a byte from one part to the next changes the key.
    const add = (text: string) => hash.update(`${Buffer.byteLength(text)}:`).update(text);
    for (const name of Object.keys(facts).sort(byCodeUnit)) add("fact"), add(name), add(facts[name]!);
    for (const entry of [...entries].sort((a, b) => byCodeUnit(a.path, b.path))) {
        add("file");
        add(entry.path);
        add(entry.executable ? "x" : "-");
        add(entry.sha256);
    }
    return hash.digest("hex");
}

/**
 * Every regular file below `root/path` for each of `paths`; a path may be a file or a folder, a missing one is
 * left out (its absence is part of the key, because its entries are absent).
 * @param skip decides by the path below the root; a skipped folder is not entered
 */
export function collect(root: string, paths: readonly string[], skip: (path: string) => boolean = () => false): Entry[] {
    const entries: Entry[] = [];
    const visit = (path: string) => {
        if (skip(path)) return;
        const found = lstatSync(join(root, path), { throwIfNoEntry: false });
        if (found === undefined) return;
        if (found.isDirectory()) for (const name of readdirSync(join(root, path)).sort(byCodeUnit)) visit(`${path}/${name}`);
        else if (found.isFile()) entries.push({ path, sha256: sha256(readFileSync(join(root, path))), executable: (found.mode & 0o100) !== 0 });
        // Symbolic links and devices do not belong in a build context: they would mean something else in the image.
    };
    for (const path of paths) visit(path);
    return entries;
}

export function sha256(content: string | Buffer): string {
    return createHash("sha256").update(content).digest("hex");
}

/** Like `sha256`, for files too large to hold in memory. */
export async function sha256File(path: string): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
    return hash.digest("hex");
}

/** Locale-free, so that the key is the same on every machine. */
function byCodeUnit(a: string, b: string): number {
    return a < b ? -1 : a > b ? 1 : 0;
}
