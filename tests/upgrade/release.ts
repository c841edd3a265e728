/**
 * What a release left on its users' machines: the state of every stack, as its own program deployed it to simulated clouds.
 * Kept in one file, `<version>.json.gz`: the texts of an installation by their place in it.
 */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";

/** Stands for the installation's folder, wherever a text names it. */
const HOME = "<home>";
/** Of an installation, what tells of its stacks; tools and logs are made anew. */
const KEPT = ["clouds", "kubeconfig", "passphrase", "stacks", "state"];

/** Every release that is kept, by its version, the oldest first. */
export function releases(): string[] {
    return readdirSync(__dirname).flatMap((file) => /^(.+)\.json\.gz$/.exec(file)?.[1] ?? []).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

/** Keeps the installation in `home` as that of a release. */
export function keepRelease(version: string, home: string): void {
    const texts = Object.fromEntries(KEPT.flatMap((name) => filesIn(join(home, name))).map((file) => [relative(home, file), readFileSync(file, "utf8").replaceAll(home, HOME)]));
    writeFileSync(join(__dirname, `${version}.json.gz`), gzipSync(JSON.stringify(texts), { level: 9 }));
}

/** Makes `home` the installation that a release left behind. */
export function restoreRelease(version: string, home: string): void {
    const texts = JSON.parse(gunzipSync(readFileSync(join(__dirname, `${version}.json.gz`))).toString("utf8")) as Record<string, string>;
    for (const [place, text] of Object.entries(texts)) {
        mkdirSync(join(home, dirname(place)), { recursive: true });
        writeFileSync(join(home, place), text.replaceAll(HOME, home), { mode: 0o600 });
    }
}

function filesIn(path: string): string[] {
    if (!statSync(path, { throwIfNoEntry: false })) return [];
    if (!statSync(path).isDirectory()) return [path];
    // The backups repeat the state of every step, and the history tells nothing to a preview.
    return readdirSync(path).filter((name) => !["backups", "history", "locks"].includes(name) && !name.endsWith(".bak")).flatMap((name) => filesIn(join(path, name)));
}
