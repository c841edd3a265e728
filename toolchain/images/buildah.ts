/** Images with buildah, in a store of their own inside the cache: what else is on the machine stays untouched. */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheFolder } from "../core/paths";
import { run, tryRun, type RunOptions } from "../core/run";
import type { Engine } from "./engine";
import { packDirectory } from "./oci";

/** Layers of old builds beyond this many bytes are thrown away. */
const storeLimit = 8 * 2 ** 30;

export function buildahEngine(version: string): Engine {
    const root = cacheFolder("images", "store");
    const runRoot = runRootOf(root);
    const temporary = cacheFolder("images", "tmp");
    const buildah = (args: readonly string[], options: RunOptions = {}) => {
        mkdirSync(temporary, { recursive: true });
        return run("buildah", ["--root", root, "--runroot", runRoot, "--storage-driver", "overlay", ...args], { ...options, env: { TMPDIR: temporary, BUILDAH_ISOLATION: "chroot", ...options.env } });
    };
    return {
        kind: "buildah",
        version,
        has: async (name) => (await tryRun("buildah", ["--root", root, "--runroot", runRoot, "--storage-driver", "overlay", "inspect", "--type", "image", name])).code === 0,
        pull: async (reference, report) => {
            report(`fetching ${reference.split("@")[0]}`);
            await buildah(["pull", "--policy", "missing", reference]);
        },
        build: async (request, report) => {
            const args = ["bud", "--isolation", "chroot", "--layers", "--pull-never", "--format", "oci", "--timestamp", "0", "--file", join(request.context, request.dockerfile), "--tag", request.name];
            for (const [name, value] of Object.entries(request.args)) args.push("--build-arg", `${name}=${value}`);
            for (const [id, file] of Object.entries(request.secrets)) args.push("--secret", `id=${id},src=${file}`);
            await buildah([...args, request.context], {
                onLine: (line) => {
                    const step = stepOf(line);
                    if (step !== undefined) report(step);
                },
            });
        },
        save: async (name, archive) => {
            mkdirSync(dirname(archive), { recursive: true });
            const folder = mkdtempSync(`${archive}.dir-`);
            try {
                // Uncompressed: packing takes a second instead of ten, and the digest does not depend on a compressor.
                await buildah(["push", "--disable-compression", "--format", "oci", name, `dir:${folder}`]);
                return await packDirectory(folder, name, archive);
            } finally {
                rmSync(folder, { recursive: true, force: true });
            }
        },
        load: async (archive, name) => {
            const id = (await buildah(["pull", "--quiet", `oci-archive:${archive}`])).trim().split("\n").at(-1)!;
            await buildah(["tag", id, name]);
        },
        remove: async (name) => {
            // An image that has another name keeps that; layers that others stand on stay.
            await buildah(["rmi", name]).catch(() => undefined);
        },
        push: async (name, target, report) => {
            report(`pushing ${target}`);
            mkdirSync(temporary, { recursive: true });
            const folder = mkdtempSync(join(temporary, "push-"));
            try {
                const plain = isLoopback(target) ? ["--tls-verify=false"] : [];
                await buildah(["push", "--format", "oci", "--digestfile", join(folder, "digest"), ...plain, name, `docker://${target}`]);
                return readFileSync(join(folder, "digest"), "utf8").trim();
            } finally {
                rmSync(folder, { recursive: true, force: true });
            }
        },
        tidy: async () => {
            // A killed build leaves its working container behind, which pins layers.
            await buildah(["rm", "--all"]).catch(() => undefined);
            const used = Number((await tryRun("du", ["-sb", root])).stdout.split("\t")[0]);
            // Prunes only what has no name: the present images and bases keep theirs.
            if (used > storeLimit) await buildah(["rmi", "--prune", "--force"]).catch(() => undefined);
        },
    };
}

/** Where mount counts of a store live: they must not survive a reboot, so not in the cache. */
export function runRootOf(store: string): string {
    return join("/run", `agent-platform-images-${createHash("sha256").update(store).digest("hex").slice(0, 12)}`);
}

/** A registry on this machine usually speaks plain HTTP; Docker makes the same exception. */
export function isLoopback(target: string): boolean {
    return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?\//.test(target);
}

/** The part of a line of build output that tells a person where it is. */
export function stepOf(line: string): string | undefined {
    return /^(?:\[\d+\/\d+\] )?STEP \d+\/\d+: (.*)$/.exec(line)?.[1]?.slice(0, 70);
}
