/**
 * Makes the stand-in language host and plugins from their sources: one JavaScript file each, with a small starter that
 * knows which Node to use. The result is kept in the cache under a hash of all that went into it.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, copyFile, link, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { cacheFolder, repository } from "../core/paths";
import { cliVersion, plugins } from "./versions";

/** What is bundled; their versions are part of the hash. */
const PACKAGES = ["@grpc/grpc-js", "@kubernetes/client-node", "@pulumi/kubernetes", "@pulumi/pulumi", "@pulumi/random", "bcryptjs", "esbuild", "google-protobuf", "protobufjs", "yaml", "zod"];
const SOURCES = join(repository, "toolchain", "plugins");

export interface StandIns {
    /** Identifies sources and packages; changes with any of them. */
    hash: string;
    folder: string;
}

let described: Promise<StandIns> | undefined;

/** Where the stand-ins are, or would be. */
export function describeStandIns(): Promise<StandIns> {
    described ??= describe();
    return described;
}

async function describe(): Promise<StandIns> {
    const hash = createHash("sha256");
    for (const file of await sourceFiles(SOURCES)) hash.update(`${file.slice(SOURCES.length)}\0`).update(await readFile(file));
    for (const name of PACKAGES) hash.update(`${name}@${await packageVersion(name)}\0`);
    // The starters name this Node.
    hash.update(process.execPath).update(await readFile(__filename));
    const key = hash.digest("hex").slice(0, 16);
    return { hash: key, folder: cacheFolder("pulumi", `standins-${key}`) };
}

/** Builds them unless they are there. Two builds at once do not disturb each other: the last rename wins, with the same content. */
export async function buildStandIns(): Promise<StandIns> {
    const standIns = await describeStandIns();
    if (existsSync(standIns.folder)) return standIns;
    const draft = `${standIns.folder}.${process.pid}.tmp`;
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    try {
        const bin = join(draft, "bin");
        await bundle(join(SOURCES, "language-nodejs", "main.ts"), bin, "pulumi-language-nodejs");
        await writeStarter(join(bin, "pulumi-language-nodejs"), startBundle("pulumi-language-nodejs"));
        await bundle(join(SOURCES, "sdk", "watchParentNow.ts"), bin, WATCHDOG);
        await writeStarter(join(bin, "pulumi-resource-pulumi-nodejs"), DYNAMIC_PROVIDER);
        for (const { name } of plugins) {
            const folder = join(draft, `resource-${name}`);
            await bundle(join(SOURCES, name, "main.ts"), folder, `pulumi-resource-${name}`);
            await writeStarter(join(folder, `pulumi-resource-${name}`), startBundle(`pulumi-resource-${name}`));
            await writeFile(join(folder, MARKER), JSON.stringify({ hash: standIns.hash }));
        }
        await replaceFolder(draft, standIns.folder);
    } finally {
        await rm(draft, { recursive: true, force: true });
    }
    return standIns;
}

/** In the folder of an installed plugin: says that it is a stand-in, and which. */
export const MARKER = "stand-in.json";

/**
 * A folder to put on PATH: the CLI, and the stand-in language host beside it. The CLI is silent about a language host
 * only when that lies next to the real executable, so this is a hard link or a copy, never a symbolic link.
 */
export async function joinWithCli(cli: string, standIns: StandIns): Promise<string> {
    const folder = binFolder(standIns);
    if (existsSync(folder)) return folder;
    const draft = `${folder}.${process.pid}.tmp`;
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    try {
        for (const file of await readdir(join(standIns.folder, "bin"))) await copyFile(join(standIns.folder, "bin", file), join(draft, file));
        await link(cli, join(draft, "pulumi")).catch(() => copyFile(cli, join(draft, "pulumi")));
        await replaceFolder(draft, folder);
    } finally {
        await rm(draft, { recursive: true, force: true });
    }
    return folder;
}

export function binFolder(standIns: StandIns): string {
    return cacheFolder("pulumi", `bin-${cliVersion}-${standIns.hash}`);
}

async function bundle(entry: string, folder: string, name: string): Promise<void> {
    const { build } = await import("esbuild");
    await build({
        entryPoints: [entry],
        outfile: join(folder, `${name}.cjs`),
        bundle: true,
        platform: "node",
        target: "node22",
        format: "cjs",
        minifySyntax: true,
        legalComments: "eof",
        logLevel: "silent",
        absWorkingDir: repository,
    });
}

/** The command of a starter; `$0` is the starter itself, its folder what comes before the last slash. */
function startBundle(name: string): string {
    return `exec "$node" "\${0%/*}/${name}.cjs" "$@"`;
}

const WATCHDOG = "watch-parent";
/** The SDK brings the program of dynamic providers; it is found from where the engine starts it. */
const DYNAMIC_PROVIDER = `exec "$node" --require "\${0%/*}/${WATCHDOG}.cjs" "$("$node" -p "require.resolve('@pulumi/pulumi/cmd/dynamic-provider')")" "$@"`;

async function writeStarter(path: string, command: string): Promise<void> {
    const node = `'${process.execPath.replaceAll("'", `'\\''`)}'`;
    const text = ["#!/bin/sh", "# The Node that this was installed with; the machine's own may be too old.", `node=${node}`, '[ -x "$node" ] || node=node', command, ""].join("\n");
    await writeFile(path, text);
    await chmod(path, 0o755);
}

/** Puts a finished folder in its place at once. Another process that was faster has put the same there. */
async function replaceFolder(draft: string, folder: string): Promise<void> {
    await rename(draft, folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
}

async function sourceFiles(folder: string): Promise<string[]> {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    return entries.filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts")).map((entry) => join(entry.parentPath, entry.name)).sort();
}

async function packageVersion(name: string): Promise<string> {
    for (let folder = repository; ; folder = dirname(folder)) {
        const manifest = join(folder, "node_modules", name, "package.json");
        if (existsSync(manifest)) return (JSON.parse(await readFile(manifest, "utf8")) as { version: string }).version;
        if (folder === dirname(folder)) throw new Error(`package ${basename(name)} is not installed`);
    }
}
