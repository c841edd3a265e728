/** What builds images here: a Docker engine that answers, else buildah. */
import { Problem } from "../core/problem";
import { tryRun } from "../core/run";
import type { Report } from "../core/provision";
import type { ImageArchive } from "./oci";
import { buildahEngine } from "./buildah";
import { dockerEngine } from "./docker";

export interface BuildRequest {
    /** Path of the Dockerfile inside `context`. */
    dockerfile: string;
    context: string;
    args: Record<string, string>;
    /** Files lent to RUN steps; they never reach the image. Name to file on this machine. */
    secrets: Record<string, string>;
    /** The name that the result gets, with a tag. */
    name: string;
}

export interface Engine {
    readonly kind: "docker" | "buildah";
    readonly version: string;
    /** Whether an image of that name stands in the engine's store. */
    has(name: string): Promise<boolean>;
    /** Makes a public image available, by digest. */
    pull(reference: string, report: Report): Promise<void>;
    build(request: BuildRequest, report: Report): Promise<void>;
    /** Writes the image as an OCI archive. */
    save(name: string, archive: string): Promise<ImageArchive>;
    /** Takes an archive that `save` wrote back into the store. */
    load(archive: string, name: string): Promise<void>;
    /** Takes the name away; what nothing else needs goes with it. Does nothing when it is not there. */
    remove(name: string): Promise<void>;
    /** Copies it to a registry; the digest that it has there. */
    push(name: string, target: string, report: Report): Promise<string>;
    /** Gives room back when the store has grown beyond what is reasonable. */
    tidy(): Promise<void>;
}

/**
 * Version of the Docker engine when one really answers (the client alone is of no use) and the client can use BuildKit,
 * which the Dockerfiles need: built in before version 23, a plugin since.
 */
export async function dockerVersion(): Promise<string | undefined> {
    if (process.env.AGENT_PLATFORM_BUILDER === "buildah") return undefined;
    const ask = (args: string[]) => tryRun("docker", args, { timeout: 5000 }).catch(() => undefined);
    const [client = "", server = ""] = ((await ask(["version", "--format", "{{.Client.Version}} {{.Server.Version}}"]))?.stdout ?? "").trim().split(" ");
    if (!/^\d/.test(server)) return undefined;
    return Number.parseInt(client, 10) < 23 || (await ask(["buildx", "version"]))?.code === 0 ? server : undefined;
}

/** Version of buildah when it is installed. */
export async function buildahVersion(): Promise<string | undefined> {
    const asked = await tryRun("buildah", ["--version"]).catch(() => undefined);
    return asked?.code === 0 ? /version (\S+)/.exec(asked.stdout)?.[1] : undefined;
}

let found: Promise<Engine> | undefined;

/**
 * The engine of this run, looked for once.
 * @throws Problem AP-IMAGE-BUILDER
 */
export function findEngine(): Promise<Engine> {
    found ??= (async () => {
        const docker = await dockerVersion();
        if (docker !== undefined) return dockerEngine(docker);
        const buildah = await buildahVersion();
        if (buildah !== undefined && isRoot()) return buildahEngine(buildah);
        found = undefined;
        throw builderProblem();
    })();
    return found;
}

export function isRoot(): boolean {
    return process.getuid?.() === 0;
}

/** Nothing here can build images. */
export function builderProblem(): Problem {
    return new Problem("AP-IMAGE-BUILDER", {
        what: "nothing on this machine can build container images",
        why: isRoot() ? "no Docker engine with BuildKit answers, and buildah is not installed and could not be" : "no Docker engine with BuildKit answers, and buildah works for root only here",
        fix: isRoot() ? "apt-get install buildah mmdebstrap, or start Docker" : "start Docker (with its buildx plugin, and be allowed to use it), or run as root: sudo npm run up",
    });
}
