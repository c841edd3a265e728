/** Images in the node's own store: imported from archives, pinned, and found by `name@sha256:…` without any registry. */
import { createReadStream, existsSync, statSync } from "node:fs";
import { spawn } from "node:child_process";
import { pipeline } from "node:stream/promises";
import { Problem } from "../core/problem";
import { log } from "../core/log";
import { tryRun } from "../core/run";
import { readJson, writeAtomic } from "./files";

/** The image store of one cluster. */
export interface ImageStore {
    /** Runs ctr against it; it must pass on standard input. */
    ctr: readonly string[];
    /** File that records what was imported. */
    record: string;
}

export interface ImportedImage {
    /** Without tag or digest, e.g. `agent-platform/app`. */
    name: string;
    digest: string;
    /** What a pod says. */
    reference: string;
    /** Where the archive was, so that a lost image can be imported again. */
    archive: string;
}

/**
 * Imports one image from an OCI or Docker archive (a tar file) or from a folder with an OCI layout. Does nothing when
 * exactly that image is there already.
 * @param nameOrTag a tag is left out: pods name an image by its digest
 * @param digest of the manifest, if the builder knows it: saves looking into the archive
 */
export async function importImage(store: ImageStore, archive: string, nameOrTag: string, digest?: string): Promise<ImportedImage> {
    const name = nameOrTag.replace(/:[^:/]*$/, "");
    if (digest) {
        const known: ImportedImage = { name, digest, reference: `${name}@${digest}`, archive };
        if ((await listImages(store)).has(storedAs(known.reference))) {
            remember(store, known);
            return known;
        }
    }
    if (!existsSync(archive)) throw new Problem("AP-K8S-IMAGE-ARCHIVE", {
        what: `The image ${name} cannot be imported`, why: `there is no ${archive}`, fix: "run `npm run up` again: it builds the images that are missing",
    });
    // Named after its digest, whatever the archive calls it.
    const stored = storedAs(name);
    const before = await listImages(store);
    const output = await feed(store, archive, ["images", "import", "--base-name", stored, "--digests", "-"]);
    const after = await listImages(store);
    const candidates = [...after.keys()].filter(reference => reference.startsWith(`${stored}@sha256:`));
    const added = candidates.filter(reference => !before.has(reference) || output.includes(reference));
    const reference = digest ? candidates.find(candidate => candidate.endsWith(digest)) : added.at(-1);
    if (!reference) throw new Problem("AP-K8S-IMAGE-ARCHIVE", {
        what: `The image ${name} was imported, but not as expected`,
        why: digest ? `the archive ${archive} does not hold the manifest ${digest}` : `the archive ${archive} holds no image for this machine`,
        fix: "build the image again: delete the archive and run `npm run up`",
    });
    await ctr(store, "images", "label", reference, "io.cri-containerd.pinned=pinned");
    const imported = reference.slice(stored.length + 1);
    const image: ImportedImage = { name, digest: imported, reference: `${name}@${imported}`, archive };
    remember(store, image);
    return image;
}

/** Imports again what the record names and the store has lost. @returns the images that are beyond that */
export async function restoreImages(store: ImageStore): Promise<ImportedImage[]> {
    const present = await listImages(store);
    const lost: ImportedImage[] = [];
    for (const image of recorded(store).filter(({ reference }) => !present.has(storedAs(reference)))) {
        try {
            await importImage(store, image.archive, image.name, image.digest);
        } catch (error) {
            log(`image ${image.reference} is lost: ${String(error)}`);
            lost.push(image);
        }
    }
    return lost;
}

/** The kubelet looks for `agent-platform/app` under `docker.io/agent-platform/app`, as every container runtime does. */
export function storedAs(reference: string): string {
    const [first = "", ...rest] = reference.split("/");
    if (rest.length === 0) return `docker.io/library/${reference}`;
    return first.includes(".") || first.includes(":") || first === "localhost" ? reference : `docker.io/${reference}`;
}

/** Reference to digest of everything in the store. */
export async function listImages(store: ImageStore): Promise<Map<string, string>> {
    const { stdout } = await ctr(store, "images", "list");
    return new Map(stdout.split("\n").slice(1).flatMap(line => {
        const [reference, , digest] = line.trim().split(/\s+/);
        return reference && digest ? [[reference, digest] as const] : [];
    }));
}

/** The images that were imported, newest last. */
export function recorded(store: ImageStore): ImportedImage[] {
    return readJson<ImportedImage[]>(store.record) ?? [];
}

function remember(store: ImageStore, image: ImportedImage): void {
    const others = recorded(store).filter(({ reference }) => reference !== image.reference);
    writeAtomic(store.record, JSON.stringify([...others, image], undefined, 2));
}

/**
 * Removes images that have been replaced twice and that no pod uses: the one before the newest stays for going back.
 * @param keep references in use
 */
export async function dropOldImages(store: ImageStore, keep: ReadonlySet<string>): Promise<void> {
    const images = recorded(store);
    const old = images.filter(({ name, reference }, at) => !keep.has(reference) && images.slice(at + 1).filter(later => later.name === name).length >= 2);
    if (old.length === 0) return;
    const digests = new Set(old.map(({ digest }) => digest));
    // An import gives several names to one image; it goes when the last of them does.
    const names = [...await listImages(store)].filter(([, digest]) => digests.has(digest)).map(([reference]) => reference);
    await ctr(store, "images", "remove", ...names);
    writeAtomic(store.record, JSON.stringify(images.filter(image => !old.includes(image)), undefined, 2));
}

async function ctr(store: ImageStore, ...args: string[]) {
    return tryRun(store.ctr[0]!, [...store.ctr.slice(1), "--namespace", "k8s.io", ...args]);
}

/** Feeds a file, or a folder as an archive, to ctr. */
async function feed(store: ImageStore, archive: string, args: string[]): Promise<string> {
    const child = spawn(store.ctr[0]!, [...store.ctr.slice(1), "--namespace", "k8s.io", ...args], { stdio: ["pipe", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => { output += text; });
    const ended = new Promise<number | null>((resolve, reject) => child.on("error", reject).on("close", resolve));
    const packer = statSync(archive).isDirectory() ? spawn("tar", ["-C", archive, "-cf", "-", "."], { stdio: ["ignore", "pipe", "ignore"] }) : undefined;
    // A child that refuses early is judged by what it says, not by the broken pipe.
    const fed = pipeline(packer ? packer.stdout! : createReadStream(archive), child.stdin).catch(() => undefined);
    const code = await ended;
    await fed;
    log(`$ ctr ${args.join(" ")} < ${archive}\n${output}`);
    if (code !== 0) throw new Problem("AP-K8S-IMAGE-ARCHIVE", {
        what: `The image archive ${archive} cannot be imported`, why: output.trim().split("\n").at(-1) ?? `ctr exited with ${code}`, fix: "build the image again: delete the archive and run `npm run up`; check that the disk is not full",
    });
    return output;
}
