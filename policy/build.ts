/**
 * Builds the pack: `npm run build -w policy`. The engine loads JavaScript only, and one file loads fastest.
 * `packState` tells without building whether what was built is what the sources say.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { build, type Plugin } from "esbuild";

export interface PackState {
    /** True if `bin/` was built from the sources as they are now. */
    readonly current: boolean;
    /** Names the sources; equal sources have equal names on every machine. */
    readonly sources: string;
    /** Names what was built; record it to prove later which rules were in force. Absent before the first build. */
    readonly digest?: string;
}

interface Manifest {
    sources: string;
    digest: string;
}

/** Looks whether the pack in this folder is built and current, in milliseconds. */
export function packState(folder: string = __dirname): PackState {
    const sources = hashOfSources(folder);
    const manifest = readManifest(folder);
    const bundle = join(folder, "bin/index.js");
    if (!manifest || !existsSync(bundle)) return { current: false, sources };
    const digest = sha256(readFileSync(bundle));
    return { current: manifest.sources === sources && manifest.digest === digest, sources, digest };
}

/** Builds the pack unless it is current. Safe to kill, and to run twice at once: files are replaced whole. */
export async function buildPack(folder: string = __dirname): Promise<PackState> {
    const before = packState(folder);
    if (before.current) return before;
    const result = await build({
        entryPoints: [join(folder, "src/index.ts")],
        absWorkingDir: folder,
        bundle: true,
        platform: "node",
        format: "cjs",
        target: "node22",
        plugins: [slimSdk, copyOnce],
        write: false,
        outfile: join(folder, "bin/index.js"),
        logLevel: "silent",
    });
    const text = result.outputFiles[0]!.text;
    const manifest: Manifest = { sources: before.sources, digest: sha256(text) };
    await replace(join(folder, "bin/index.js"), text);
    await replace(join(folder, "bin/build.json"), `${JSON.stringify(manifest, undefined, 4)}\n`);
    return { current: true, ...manifest };
}

/**
 * Of Pulumi's SDK the policy SDK uses two classes, yet importing it whole loads npm's own installer, a third of the
 * pack's start. So the policy SDK goes into the bundle and gets just these; all else stays outside, because the engine's
 * entry point loads the same copies.
 */
const slimSdk: Plugin = {
    name: "slim-sdk",
    setup({ onResolve, onLoad }) {
        onResolve({ filter: /^[^./]/ }, ({ path, namespace, kind }) => {
            if (kind === "entry-point" || path === "@pulumi/policy") return undefined;
            return path === "@pulumi/pulumi" && namespace !== "slim" ? { path, namespace: "slim" } : { path, external: true };
        });
        onLoad({ filter: /.*/, namespace: "slim" }, () => ({ contents: `export { Output } from "@pulumi/pulumi/output";\nexport * as asset from "@pulumi/pulumi/asset";\n` }));
    },
};

/**
 * The policy SDK copies all properties of a resource anew for every policy: with a hundred rules that is most of what
 * the pack costs the engine. Rules only read, so all of them may have the same copy, which is kept as long as the
 * request is. Copies for remediation, which writes, are left as they are.
 */
const copyOnce: Plugin = {
    name: "copy-once",
    setup({ onLoad }) {
        onLoad({ filter: /@pulumi[\\/]policy[\\/]deserialize\.js$/ }, ({ path }) => ({
            loader: "js",
            contents: `${readFileSync(path, "utf8")}
const copy = exports.deserializeProperties;
const copies = new WeakMap();
exports.deserializeProperties = (properties, writable) => {
    if (writable || !properties) return copy(properties, writable);
    if (!copies.has(properties)) copies.set(properties, copy(properties, writable));
    return copies.get(properties);
};
`,
        }));
    },
};

function readManifest(folder: string): Manifest | undefined {
    try {
        return JSON.parse(readFileSync(join(folder, "bin/build.json"), "utf8")) as Manifest;
    } catch {
        return undefined;
    }
}

function hashOfSources(folder: string): string {
    const hash = createHash("sha256");
    const files = ["build.ts", "package.json", "PulumiPolicy.yaml", ...sourcesBelow(join(folder, "src")).map(file => relative(folder, file).split(sep).join("/"))];
    for (const file of files.sort()) hash.update(file).update("\0").update(readFileSync(join(folder, file))).update("\0");
    return hash.digest("hex");
}

function sourcesBelow(folder: string): string[] {
    return readdirSync(folder, { withFileTypes: true, recursive: true })
        .filter(entry => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"))
        .map(entry => join(entry.parentPath, entry.name));
}

function sha256(text: string | Buffer): string {
    return createHash("sha256").update(text).digest("hex");
}

async function replace(file: string, text: string): Promise<void> {
    await mkdir(join(file, ".."), { recursive: true });
    const temporary = `${file}.${process.pid}`;
    try {
        await writeFile(temporary, text);
        await rename(temporary, file);
    } finally {
        await rm(temporary, { force: true });
    }
}

if (require.main === module) {
    buildPack().then(
        state => console.log(`policy pack ${state.digest?.slice(0, 12)} from sources ${state.sources.slice(0, 12)}`),
        error => {
            console.error(error);
            process.exitCode = 1;
        },
    );
}
