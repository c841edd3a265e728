/** The two images that every node of our own starts from, and its image store. */
import { readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Problem } from "../core/problem";
import { tryRun } from "../core/run";
import { goArchitecture } from "./architecture";
import { socketOf, type Programs } from "./components";
import { readJson, writeAtomic } from "./files";
import { importImage, listImages, restoreImages, type ImageStore, type ImportedImage } from "./images";
import type { Installation } from "./installation";
import { buildImage, type BuiltImage } from "./oci";
import { pauseCommand, pauseProgram } from "./pause";

const pauseName = "agent-platform.local/pause";
const corednsName = "agent-platform.local/coredns";

export interface SystemImages {
    /** References, as pods name them. */
    pause: string;
    coredns: string;
    build(): { name: string; image: BuiltImage }[];
}

/** The references are remembered, because finding them out takes building the images. */
export function systemImages(installation: Installation, programs: Programs): SystemImages {
    const { size, mtimeMs } = statSync(programs.coredns);
    const key = `${programs.coredns} ${size} ${mtimeMs}`;
    const file = join(installation.folder, "system-images.json");
    const build = () => [
        { name: pauseName, image: buildImage({ name: `${pauseName}:1`, user: "65535", entrypoint: [pauseCommand], files: [{ path: "pause", content: pauseProgram(process.arch), mode: 0o755 }] }, goArchitecture()) },
        { name: corednsName, image: buildImage({ name: `${corednsName}:1`, user: "65532", entrypoint: ["/coredns"], files: [{ path: "coredns", content: readFileSync(programs.coredns), mode: 0o755 }] }, goArchitecture()) },
    ];
    const known = readJson<{ key: string; pause: string; coredns: string }>(file);
    if (known?.key === key) return { pause: known.pause, coredns: known.coredns, build };
    const [pause, coredns] = build().map(({ image }) => image.reference) as [string, string];
    writeAtomic(file, JSON.stringify({ key, pause, coredns }));
    return { pause, coredns, build };
}

export async function ensureImages(installation: Installation, images: SystemImages): Promise<ImportedImage[]> {
    const store = storeOf(installation);
    for (let tries = 0; (await tryRun("ctr", ["--address", socketOf(installation), "version"])).code !== 0; tries++) {
        if (tries > 100) throw new Problem("AP-K8S-START", { what: "containerd does not answer", why: "see containerd.log", fix: `look at ${join(installation.folder, "logs", "containerd.log")}` });
        await sleep(200);
    }
    const present = await listImages(store);
    if (!present.has(images.pause) || !present.has(images.coredns)) {
        for (const { name, image } of images.build()) {
            const archive = join(installation.folder, `${image.digest.slice("sha256:".length)}.tar`);
            writeAtomic(archive, image.archive);
            await importImage(store, archive, name, image.digest);
            rmSync(archive, { force: true });
        }
    }
    return (await restoreImages(store)).filter(({ name }) => name !== pauseName && name !== corednsName);
}

export function storeOf(installation: Installation): ImageStore {
    return { ctr: ["ctr", "--address", socketOf(installation)], record: join(installation.folder, "images.json") };
}
