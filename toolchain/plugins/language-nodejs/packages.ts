/** Which packages a program has installed, and which of them need a provider plugin. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface Manifest {
    name: string;
    version: string;
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
    pulumi?: { resource?: boolean; name?: string; version?: string; server?: string; parameterization?: { name: string; version: string; value: string } };
}

export interface RequiredPlugin {
    name: string;
    version: string;
    server: string;
    parameterization?: { name: string; version: string; value: string };
}

/** Every package that a program in `directory` can load, from its own node_modules and those of the folders above. */
export function installedPackages(directory: string): Manifest[] {
    const found = new Map<string, Manifest>();
    for (let folder = directory; ; folder = dirname(folder)) {
        collect(join(folder, "node_modules"), found);
        if (folder === dirname(folder)) return [...found.values()];
    }
}

/** The provider plugins that the installed packages speak to. */
export function requiredPlugins(packages: Manifest[]): RequiredPlugin[] {
    return packages
        .filter((manifest) => manifest.pulumi?.resource === true)
        .map(({ name, version, pulumi }) => ({
            name: pulumi?.name ?? name.replace(/^@pulumi\//, ""),
            version: `v${(pulumi?.version ?? version).replace(/^v/, "")}`,
            server: pulumi?.server ?? "",
            parameterization: pulumi?.parameterization,
        }));
}

/** What `pulumi about` lists: the packages that the program names, or all that it could load. */
export function dependencies(directory: string, transitive: boolean): { name: string; version: string }[] {
    const own = manifestIn(directory);
    const named = new Set(Object.keys({ ...own?.dependencies, ...own?.devDependencies }));
    return installedPackages(directory).filter(({ name }) => transitive || named.has(name)).map(({ name, version }) => ({ name, version }));
}

function collect(modules: string, found: Map<string, Manifest>): void {
    for (const folder of packageFolders(modules)) {
        const manifest = manifestIn(folder);
        if (manifest?.name === undefined || manifest.version === undefined) continue;
        const key = `${manifest.name}@${manifest.version}`;
        if (!found.has(key)) found.set(key, manifest);
        collect(join(folder, "node_modules"), found);
    }
}

/** Links are not followed: they are packages of this repository's workspaces and may lead in a circle. */
function packageFolders(modules: string): string[] {
    if (!existsSync(modules)) return [];
    return readdirSync(modules, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
        .flatMap((entry) => {
            const folder = join(modules, entry.name);
            return entry.name.startsWith("@") ? readdirSync(folder, { withFileTypes: true }).filter((inner) => inner.isDirectory()).map((inner) => join(folder, inner.name)) : [folder];
        });
}

function manifestIn(folder: string): Manifest | undefined {
    try {
        return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
    } catch {
        return undefined;
    }
}
