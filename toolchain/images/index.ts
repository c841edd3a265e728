/** The images room: everything that other rooms use. */
import type { Finding, Provision, Report } from "../core/provision";
import { buildImages, findImage } from "./build";
import { images, type ImageName } from "./catalogue";
import { buildahVersion, dockerVersion, isRoot } from "./engine";
import { cannotInstall, ensureHostTools, missingPackages } from "./hostTools";
import { registryAnswers } from "./registry";

export { buildImages, ensureImage, findImage, readReferences, type BuiltImage } from "./build";
export type { ImageName } from "./catalogue";
export type { ImageArchive } from "./oci";
export { scratchImage, type ScratchFile } from "./scratch";

/** What building images needs on this machine: an engine, and a way to make bases. */
export const imageBuilder: Provision = {
    id: "image-builder",
    title: "Image builder",
    inspect: async (): Promise<Finding> => {
        const missing = await missingPackages();
        const bases = (await registryAnswers()) ? "public base images" : "base images from Debian packages";
        if (missing.length > 0) {
            return isRoot() ? { state: "missing", plan: `install the Debian packages ${missing.join(", ")}` } : { state: "failed", problem: cannotInstall(missing) };
        }
        const docker = await dockerVersion();
        if (docker !== undefined) return { state: "ready", version: docker, source: "path", detail: `Docker, ${bases}` };
        if (!isRoot()) return { state: "failed", problem: cannotInstall(["buildah"]) };
        return { state: "ready", version: await buildahVersion(), source: "debian", detail: `buildah, ${bases}` };
    },
    ensure: (report: Report) => ensureHostTools(report),
};

/** The three images with the content that the checkout has now. */
export const imagesProvision: Provision = {
    id: "images",
    title: "Container images",
    inspect: async (): Promise<Finding> => {
        const missing = (Object.keys(images) as ImageName[]).filter((name) => findImage(name) === undefined);
        if (missing.length > 0) return { state: "missing", plan: `build ${missing.join(", ")}` };
        return { state: "ready", source: "built", detail: (Object.keys(images) as ImageName[]).map((name) => `${name} ${findImage(name)!.digest.slice(7, 19)}`).join(", ") };
    },
    ensure: async (report: Report) => {
        await buildImages(report);
    },
};

export const imageProvisions: readonly Provision[] = [imageBuilder, imagesProvision];
