/** Builds the images that are not standing yet, and tells by which digest each is to be used. */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "../core/lock";
import { cacheFolder, repository } from "../core/paths";
import { Problem } from "../core/problem";
import type { Report } from "../core/provision";
import { CommandFailed } from "../core/run";
import { ensureBase, findBase, baseKey, type BaseName } from "./bases";
import { images, notForImages, type ImageName } from "./catalogue";
import { collect, contentKey, type Entry } from "./contentKey";
import { removeLeftovers, withContext, withNpmSecrets } from "./context";
import { findEngine, type Engine } from "./engine";
import { ensureHostTools } from "./hostTools";
import type { ImageArchive } from "./oci";
import { publicBase, registryAnswers } from "./registry";

export interface BuiltImage extends ImageArchive {
    image: ImageName;
    /** `NAME@sha256:…`: what goes into a pod. */
    reference: string;
    /** Content key of everything that went in. */
    key: string;
}

/** Where the images are called from when no registry is involved. */
const localPrefix = "localhost/agent-platform";

/**
 * Builds what is missing and writes `.agent-platform/images.json`. Without a change it only compares content keys.
 * @param options.registry pushes there as well and refers to the images by that name
 * @throws Problem AP-IMAGE-…
 */
export async function buildImages(report: Report, options: { registry?: string } = {}): Promise<Record<ImageName, BuiltImage>> {
    const built = {} as Record<ImageName, BuiltImage>;
    for (const name of Object.keys(images) as ImageName[]) {
        const image = await ensureImage(name, (line) => report(`${name}: ${line}`));
        built[name] = options.registry === undefined ? image : await pushed(image, options.registry, (line) => report(`${name}: ${line}`));
    }
    writeReferences(built);
    return built;
}

/**
 * One image, built when it is not standing.
 * @throws Problem AP-IMAGE-…
 */
export async function ensureImage(name: ImageName, report: Report): Promise<BuiltImage> {
    return findImage(name) ?? buildImage(name, report);
}

/** The image with the present content, if it is in the cache; asks neither an engine nor the network. */
export function findImage(name: ImageName): BuiltImage | undefined {
    const files = inputs(name);
    // Built on public bases or on home-made ones: either will do, as long as its inputs are these.
    for (const kind of ["public", "debian"] as const) {
        const facts = standingFacts(name, kind);
        const found = facts && readRecord(name, contentKey(files, facts));
        if (found) return found;
    }
    return undefined;
}

/** The references of `.agent-platform/images.json`, if it was written. */
export function readReferences(): Partial<Record<ImageName, string>> {
    try {
        return JSON.parse(readFileSync(referencesFile(), "utf8")) as Partial<Record<ImageName, string>>;
    } catch {
        return {};
    }
}

async function buildImage(name: ImageName, report: Report): Promise<BuiltImage> {
    // One at a time on a machine: buildah's store and the two cores are shared.
    return withLock(cacheFolder("images", "build.lock"), `building the image ${name}`, async () => {
        await ensureHostTools(report);
        const engine = await findEngine();
        const usePublic = await registryAnswers();
        removeLeftovers();
        await engine.tidy();
        const args: Record<string, string> = {};
        for (const [argument, base] of Object.entries(images[name].bases)) args[argument] = usePublic ? await fetchedBase(engine, base, report) : await homemadeBase(engine, base, report);
        const files = inputs(name);
        const key = contentKey(files, standingFacts(name, usePublic ? "public" : "debian") ?? {});
        const meanwhile = readRecord(name, key);
        if (meanwhile) return meanwhile;
        const tag = `${localPrefix}/${name}:${key.slice(0, 16)}`;
        await withContext(repository, files, async (context) => {
            const build = (secrets: Record<string, string>) => engine.build({ dockerfile: images[name].dockerfile, context, args, secrets, name: tag }, report);
            try {
                await (images[name].npm ? withNpmSecrets(build) : build({}));
            } catch (error) {
                throw buildProblem(name, error);
            }
        });
        report("packing");
        const image = await engine.save(tag, join(cacheFolder("images", "archives"), `${name}-${key.slice(0, 16)}.tar`));
        await forgetOthers(engine, name, key);
        return writeRecord(name, key, image);
    }, (holder) => report(`waiting for process ${holder.pid}: ${holder.purpose}`));
}

/** What decides over an image besides its files. Nothing when its bases do not stand yet. */
function standingFacts(name: ImageName, kind: "public" | "debian"): Record<string, string> | undefined {
    const facts: Record<string, string> = { name, kind, arch: process.arch, format: "1" };
    for (const [argument, base] of Object.entries(images[name].bases)) {
        const identity = kind === "debian" ? findBase(base)?.sha256 : recordedPublic(base);
        if (identity === undefined) return undefined;
        facts[argument] = identity;
    }
    return facts;
}

function recordedPublic(base: BaseName): string | undefined {
    try {
        return (JSON.parse(readFileSync(join(cacheFolder("images"), "bases", `public-${base}.json`), "utf8")) as { reference: string }).reference;
    } catch {
        return undefined;
    }
}

async function fetchedBase(engine: Engine, base: BaseName, report: Report): Promise<string> {
    try {
        const reference = await publicBase(base);
        await engine.pull(reference, report);
        const file = join(cacheFolder("images"), "bases", `public-${base}.json`);
        mkdirSync(cacheFolder("images", "bases"), { recursive: true });
        writeFileSync(`${file}.${process.pid}`, JSON.stringify({ reference }));
        renameSync(`${file}.${process.pid}`, file);
        return reference;
    } catch (error) {
        throw new Problem("AP-IMAGE-PULL", {
            what: `the public base image for ${base} could not be fetched`,
            why: error instanceof Error ? error.message.split("\n").slice(-1)[0]! : String(error),
            fix: "run again; or make the bases from Debian packages instead: AGENT_PLATFORM_BASES=debian npm run up",
            cause: error,
        });
    }
}

async function homemadeBase(engine: Engine, base: BaseName, report: Report): Promise<string> {
    const made = await ensureBase(base, (line) => report(`base ${base}: ${line}`));
    const name = `${localPrefix}/base-${base}:${baseKey(base)}-${made.sha256.slice(0, 12)}`;
    if (await engine.has(name)) return name;
    report(`base ${base}: loading`);
    const folder = join(made.archive, "..");
    const dockerfile = join(folder, "Dockerfile");
    writeFileSync(dockerfile, "FROM scratch\nADD rootfs.tar /\nENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n");
    writeFileSync(join(folder, ".dockerignore"), "*\n!rootfs.tar\n!Dockerfile\n");
    await engine.build({ dockerfile: "Dockerfile", context: folder, args: {}, secrets: {}, name }, () => undefined);
    return name;
}

/**
 * Copies an image to a registry.
 * @returns the image with the reference that it has there
 * @throws Problem AP-IMAGE-PUSH
 */
export async function pushed(image: BuiltImage, registry: string, report: Report): Promise<BuiltImage> {
    const repositoryName = `${registry.replace(/\/+$/, "")}/agent-platform/${image.image}`;
    try {
        const engine = await findEngine();
        // The archive outlives the engine's store, which its owner may have emptied.
        if (!(await engine.has(image.name))) await engine.load(image.archive, image.name);
        const digest = await engine.push(image.name, `${repositoryName}:${image.key.slice(0, 16)}`, report);
        return { ...image, reference: `${repositoryName}@${digest}` };
    } catch (error) {
        if (error instanceof Problem) throw error;
        throw new Problem("AP-IMAGE-PUSH", {
            what: `${repositoryName} could not be pushed`,
            why: error instanceof CommandFailed ? error.result.stderr.trim().split("\n").at(-1)! : String(error),
            fix: `docker login ${registry.split("/")[0]} (buildah login without Docker), and check that you may write there`,
            cause: error,
        });
    }
}

function buildProblem(name: ImageName, error: unknown): unknown {
    if (!(error instanceof CommandFailed)) return error;
    const lines = `${error.result.stdout}\n${error.result.stderr}`.split("\n").filter((line) => line.trim() !== "");
    const telling = lines.findLast((line) => /npm error (?!A complete log|code|errno)|Error:|error TS|No space left/.test(line)) ?? lines.at(-1);
    return new Problem("AP-IMAGE-BUILD", {
        what: `the image ${name} could not be built`,
        why: telling?.trim() ?? "the build gave no reason",
        fix: `look for the lines before it in the log file; the recipe is ${images[name].dockerfile}`,
        cause: error,
    });
}

function inputs(name: ImageName): Entry[] {
    return collect(repository, [images[name].dockerfile, ...images[name].inputs], notForImages).filter((entry, at, all) => all.findIndex((other) => other.path === entry.path) === at);
}

function recordFile(name: ImageName, key: string): string {
    return cacheFolder("images", "archives", `${name}-${key.slice(0, 16)}.json`);
}

function readRecord(name: ImageName, key: string): BuiltImage | undefined {
    try {
        const image = JSON.parse(readFileSync(recordFile(name, key), "utf8")) as BuiltImage;
        const archive = cacheFolder("images", "archives", `${name}-${key.slice(0, 16)}.tar`);
        return image.key === key && existsSync(archive) ? { ...image, archive } : undefined;
    } catch {
        return undefined;
    }
}

function writeRecord(name: ImageName, key: string, image: ImageArchive): BuiltImage {
    const built: BuiltImage = { ...image, image: name, key, reference: `${localPrefix}/${name}@${image.digest}` };
    const file = recordFile(name, key);
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(built, undefined, 2));
    renameSync(`${file}.${process.pid}`, file);
    return built;
}

/** Archives are large: the present one and the two before it stay, the others go. */
async function forgetOthers(engine: Engine, name: ImageName, key: string): Promise<void> {
    const folder = cacheFolder("images", "archives");
    const pattern = new RegExp(`^${name}-([0-9a-f]{16})\\.tar$`);
    const others = readdirSync(folder)
        .flatMap((entry) => pattern.exec(entry)?.[1] ?? [])
        .filter((other) => other !== key.slice(0, 16))
        .map((other) => ({ other, archive: join(folder, `${name}-${other}.tar`) }))
        .sort((a, b) => statSync(b.archive).mtimeMs - statSync(a.archive).mtimeMs);
    for (const { other, archive } of others.slice(2)) {
        rmSync(archive.replace(/\.tar$/, ".json"), { force: true });
        rmSync(archive, { force: true });
        await engine.remove(`${localPrefix}/${name}:${other}`);
    }
}

function referencesFile(): string {
    return join(repository, ".agent-platform", "images.json");
}

function writeReferences(built: Record<ImageName, BuiltImage>): void {
    const text = `${JSON.stringify(Object.fromEntries(Object.values(built).map((image) => [image.image, image.reference])), undefined, 2)}\n`;
    const file = referencesFile();
    if (existsSync(file) && readFileSync(file, "utf8") === text) return;
    mkdirSync(join(file, ".."), { recursive: true });
    writeFileSync(`${file}.${process.pid}`, text);
    renameSync(`${file}.${process.pid}`, file);
}
