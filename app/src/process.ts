/** Where other entry points and packages are: TypeScript beside TypeScript, compiled beside compiled. */
import { findPackageJSON } from "node:module";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";

/** The module `name` in the folder of `from`, as something a Worker or a child process can be started with. */
export function beside(from: string, name: string): URL {
    return new URL(`./${name}${from.endsWith(".ts") ? ".ts" : ".js"}`, from);
}

/** Node options for a child that runs TypeScript when this process does. */
export function childOptions(): string[] {
    return import.meta.url.endsWith(".ts") ? ["--import", pathToFileURL(`${packageFolder("tsx")}/dist/loader.mjs`).href] : [];
}

/** The folder of an installed package, whatever it exports. */
export function packageFolder(name: string): string {
    const manifest = findPackageJSON(name, import.meta.url);
    if (manifest === undefined) throw new Error(`The package ${name} is not installed. Run: npm ci`);
    return dirname(manifest);
}
