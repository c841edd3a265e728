/** Whether public images can be had on this machine, and by which digest. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { cacheFolder } from "../core/paths";
import { publicBases } from "./pins";
import type { BaseName } from "./bases";

const patience = 3000;
let answer: Promise<boolean> | undefined;

/**
 * Whether the registry of the public bases answers within three seconds; asked once a run.
 * `AGENT_PLATFORM_BASES` (`public` or `debian`) decides without asking.
 */
export function registryAnswers(): Promise<boolean> {
    const decided = process.env.AGENT_PLATFORM_BASES;
    if (decided === "public" || decided === "debian") return Promise.resolve(decided === "public");
    answer ??= probe(apiOf(publicBases.node));
    return answer;
}

/** Anything that is clearly a registry's answer counts; a proxy's error page does not. */
async function probe(api: string): Promise<boolean> {
    try {
        const response = await fetch(`${api}/v2/`, { signal: AbortSignal.timeout(patience), redirect: "manual" });
        await response.body?.cancel();
        return response.headers.get("docker-distribution-api-version") !== null && (response.status === 200 || response.status === 401);
    } catch {
        return false;
    }
}

/** The public image for `base` with its digest: the recorded one, else what the registry says now, which is recorded. */
export async function publicBase(base: BaseName): Promise<string> {
    const name = publicBases[base];
    const file = cacheFolder("images", "public.json");
    const known = recorded(file);
    known[name] ??= await resolveDigest(name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(`${file}.${process.pid}`, JSON.stringify({ ...recorded(file), [name]: known[name] }, undefined, 2));
    renameSync(`${file}.${process.pid}`, file);
    const { repository } = parse(name);
    return `${repository}@${known[name]}`;
}

function recorded(file: string): Record<string, string> {
    try {
        return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
    } catch {
        return {};
    }
}

/** Asks the registry which manifest a tag means today. */
async function resolveDigest(name: string): Promise<string> {
    const { path, tag } = parse(name);
    const address = `${apiOf(name)}/v2/${path}/manifests/${tag}`;
    const headers: Record<string, string> = { accept: "application/vnd.oci.image.index.v1+json, application/vnd.docker.distribution.manifest.list.v2+json" };
    let response = await fetch(address, { method: "HEAD", headers });
    const challenge = response.headers.get("www-authenticate");
    if (response.status === 401 && challenge !== null) {
        const token = await anonymousToken(challenge);
        response = await fetch(address, { method: "HEAD", headers: { ...headers, authorization: `Bearer ${token}` } });
    }
    const digest = response.headers.get("docker-content-digest");
    if (!response.ok || digest === null || !/^sha256:[0-9a-f]{64}$/.test(digest)) throw new Error(`the registry gave no digest for ${name} (HTTP ${response.status})`);
    return digest;
}

async function anonymousToken(challenge: string): Promise<string> {
    const field = (key: string) => new RegExp(`${key}="([^"]*)"`).exec(challenge)?.[1] ?? "";
    const address = new URL(field("realm"));
    for (const key of ["service", "scope"]) address.searchParams.set(key, field(key));
    const given = (await (await fetch(address)).json()) as { token?: string; access_token?: string };
    return given.token ?? given.access_token ?? "";
}

/** Splits `host/path:tag`. */
export function parse(name: string): { host: string; repository: string; path: string; tag: string } {
    const match = /^([^/]+)\/([^:@]+):([^:@/]+)$/.exec(name);
    if (!match) throw new Error(`not a full image name: ${name}`);
    const [, host, path, tag] = match as unknown as [string, string, string, string];
    return { host, repository: `${host}/${path}`, path, tag };
}

/** Docker Hub's interface is not at the address that image names carry. */
function apiOf(name: string): string {
    const { host } = parse(name);
    return host === "docker.io" ? "https://registry-1.docker.io" : `https://${host}`;
}
