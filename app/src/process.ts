/** Where other entry points and packages are: TypeScript beside TypeScript, compiled beside compiled. */
import { createRequire, findPackageJSON } from "node:module";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";

/** The module `name` in the folder of `from`, as something a Worker or a child process can be started with. */
export function beside(from: string, name: string): URL {
    return new URL(`./${name}${from.endsWith(".ts") ? ".ts" : ".js"}`, from);
}

/** Node options for a child that runs TypeScript when this process does: what this one runs it by. */
export function childOptions(): string[] {
    if (!import.meta.url.endsWith(".ts")) return [];
    const imported = process.execArgv.flatMap((option, at, all) => (option === "--import" ? [all[at + 1]!] : option.startsWith("--import=") ? [option.slice("--import=".length)] : []));
    // A child may have another working folder.
    const here = createRequire(`${process.cwd()}/`);
    return imported.flatMap((name) => ["--import", name.startsWith("file:") ? name : pathToFileURL(here.resolve(name)).href]);
}

/** The folder of an installed package, whatever it exports. */
export function packageFolder(name: string): string {
    const manifest = findPackageJSON(name, import.meta.url);
    if (manifest === undefined) throw new Error(`The package ${name} is not installed. Run: npm ci`);
    return dirname(manifest);
}
