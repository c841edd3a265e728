/** Files from their vendors: asked for by curl where there is one, because it knows the machine's proxies. */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { run, tryRun, which } from "./run";

/** Seconds that a machine without internet loses, once a run. */
const patience = 3;
const asked = new Map<string, Promise<boolean>>();

/** Whether a server has this file, found out once in a run. */
export function canReach(url: string): Promise<boolean> {
    const answer = asked.get(url) ?? probe(url);
    asked.set(url, answer);
    return answer;
}

/** @throws when it cannot be had whole */
export async function fetchFile(url: string, path: string): Promise<void> {
    if ((await which("curl")) !== undefined) {
        await run("curl", ["-fsSL", "--retry", "3", "--connect-timeout", "10", "-o", path, url]);
        return;
    }
    await pipeline(Readable.fromWeb((await answer(url)).body!), createWriteStream(path));
}

/** @throws when it cannot be had */
export async function fetchText(url: string): Promise<string> {
    if ((await which("curl")) !== undefined) return run("curl", ["-fsSL", "--retry", "3", "--connect-timeout", "10", url]);
    return (await answer(url)).text();
}

/** The checksum of a file, in hexadecimal digits. */
export async function checksumOf(path: string, algorithm: "sha256" | "sha512"): Promise<string> {
    const hash = createHash(algorithm);
    await pipeline(createReadStream(path), hash);
    return hash.digest("hex");
}

async function answer(url: string): Promise<Response> {
    const response = await fetch(url);
    if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
    return response;
}

async function probe(url: string): Promise<boolean> {
    if ((await which("curl")) !== undefined) return (await tryRun("curl", ["-fsIL", "--max-time", String(patience), "-o", "/dev/null", url])).code === 0;
    try {
        return (await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(patience * 1000) })).ok;
    } catch {
        return false;
    }
}
