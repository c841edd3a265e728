/**
 * A freshly initialised embedded database, kept as a file: initialising costs five seconds of a processor, loading
 * this one. Only ever a cache; without it everything works, slower.
 */
import { PGlite } from "@electric-sql/pglite";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { appFolder } from "../env.js";
import { packageFolder } from "../process.js";

/** Undefined when it neither exists nor can be made. */
export async function emptyDatabase(): Promise<Blob | undefined> {
    const path = templatePath();
    try {
        if (existsSync(path)) return new Blob([readFileSync(path)]);
        const fresh = await PGlite.create();
        const dump = await fresh.dumpDataDir("none");
        await fresh.close();
        mkdirSync(dirname(path), { recursive: true });
        const draft = `${path}.${process.pid}`;
        writeFileSync(draft, Buffer.from(await dump.arrayBuffer()));
        renameSync(draft, path);
        return dump;
    } catch {
        return undefined;
    }
}

/** One per version, because the files of one cannot be read by another. */
function templatePath(): string {
    const { version } = JSON.parse(readFileSync(join(packageFolder("@electric-sql/pglite"), "package.json"), "utf8")) as { version: string };
    return appFolder("models", `pglite-${version}.tar`);
}
