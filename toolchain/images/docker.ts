/** Images with a Docker engine, as on a developer's machine. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { run, tryRun } from "../core/run";
import type { Engine } from "./engine";
import { packDockerSave } from "./oci";

export function dockerEngine(version: string): Engine {
    // Attestations would make an index with a build time in it out of every image.
    const env = { DOCKER_BUILDKIT: "1", BUILDX_NO_DEFAULT_ATTESTATIONS: "1", SOURCE_DATE_EPOCH: "0" };
    return {
        kind: "docker",
        version,
        has: async (name) => (await tryRun("docker", ["image", "inspect", "--format", "{{.Id}}", name])).code === 0,
        pull: async (reference, report) => {
            if ((await tryRun("docker", ["image", "inspect", "--format", "{{.Id}}", reference])).code === 0) return;
            report(`fetching ${reference.split("@")[0]}`);
            await run("docker", ["pull", "--quiet", reference]);
        },
        build: async (request, report) => {
            const args = ["build", "--progress", "plain", "--file", join(request.context, request.dockerfile), "--tag", request.name, "--build-arg", "SOURCE_DATE_EPOCH=0"];
            for (const [name, value] of Object.entries(request.args)) args.push("--build-arg", `${name}=${value}`);
            for (const [id, file] of Object.entries(request.secrets)) args.push("--secret", `id=${id},src=${file}`);
            await run("docker", [...args, request.context], { env, onLine: (line) => /^#\d+ \[/.test(line) && report(line.replace(/^#\d+ /, "").slice(0, 70)) });
        },
        save: async (name, archive) => {
            mkdirSync(dirname(archive), { recursive: true });
            const folder = mkdtempSync(`${archive}.save-`);
            try {
                await run("sh", ["-c", 'docker save "$1" | tar -xf - -C "$2"', "sh", name, folder]);
                return await packDockerSave(folder, name, archive);
            } finally {
                rmSync(folder, { recursive: true, force: true });
            }
        },
        load: async (archive, name) => {
            const loaded = /Loaded image(?: ID)?: (\S+)/.exec(await run("docker", ["load", "--quiet", "--input", archive]))?.[1];
            if (loaded !== undefined && loaded !== name) await run("docker", ["tag", loaded, name]);
        },
        remove: async (name) => {
            await tryRun("docker", ["image", "rm", "--no-prune", name]);
        },
        push: async (name, target, report) => {
            report(`pushing ${target}`);
            await run("docker", ["tag", name, target]);
            await run("docker", ["push", "--quiet", target]);
            const repository = target.slice(0, target.lastIndexOf(":"));
            const known = JSON.parse(await run("docker", ["image", "inspect", "--format", "{{json .RepoDigests}}", target])) as string[];
            const digest = known.find((reference) => reference.startsWith(`${repository}@`))?.split("@")[1];
            if (digest === undefined) throw new Error(`docker names no digest for ${target}`);
            return digest;
        },
        // The engine belongs to the user: `docker system prune` is theirs to run.
        tidy: async () => undefined,
    };
}
