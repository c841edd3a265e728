/** Where the other entry points of this package are: TypeScript beside TypeScript, compiled beside compiled. */

/** The module `name` in the folder of `from`, as something a Worker or a child process can be started with. */
export function beside(from: string, name: string): URL {
    return new URL(`./${name}${from.endsWith(".ts") ? ".ts" : ".js"}`, from);
}

/** Node options for a child that runs TypeScript when this process does. */
export function childOptions(): string[] {
    return import.meta.url.endsWith(".ts") ? ["--import", import.meta.resolve("tsx")] : [];
}
