/** Files that a killed process never leaves half written. */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Writes beside and renames, readable by the owner only unless told otherwise. */
export function writeAtomic(path: string, content: string | Uint8Array, mode = 0o600): void {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const draft = `${path}.${process.pid}.new`;
    const file = openSync(draft, "w", mode);
    try {
        const bytes = Buffer.from(content);
        for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
        fsyncSync(file);
    } finally {
        closeSync(file);
    }
    renameSync(draft, path);
}

/** The content of a file, or nothing when there is no such file. */
export function readIfThere(path: string): string | undefined {
    try {
        return readFileSync(path, "utf8");
    } catch {
        return undefined;
    }
}

/** The value in a JSON file, or nothing when it is missing or no JSON. */
export function readJson<T>(path: string): T | undefined {
    try {
        return JSON.parse(readFileSync(path, "utf8")) as T;
    } catch {
        return undefined;
    }
}
