/** Files from their vendors, checked before they are used. */
import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { chmod, rename, rm } from "node:fs/promises";
import { pipeline } from "node:stream/promises";
import { Problem } from "../core/problem";
import { run, tryRun, which } from "../core/run";

/** Seconds that a machine without internet loses, once a run. */
const patience = 3;
const asked = new Map<string, Promise<boolean>>();

/** Whether a server answers at all, remembered for this run. */
export function canReach(url: string): Promise<boolean> {
    const answer = asked.get(url) ?? probe(url);
    asked.set(url, answer);
    return answer;
}

/**
 * Downloads an executable.
 * @param checksum SHA-256, or the address of a file that begins with it
 * @throws Problem when it cannot be had or is not what was published
 */
export async function downloadProgram(url: string, checksum: string, path: string): Promise<void> {
    const draft = `${path}.part`;
    try {
        const wanted = checksum.startsWith("https://") ? (await fetchText(checksum)).trim().split(/\s+/)[0] : checksum;
        await fetchFile(url, draft);
        const found = await sha256(draft);
        if (!wanted || found !== wanted) throw new Error(`its checksum is ${found}, not ${wanted}`);
        await chmod(draft, 0o755);
        await rename(draft, path);
    } catch (error) {
        throw new Problem("AP-K8S-DOWNLOAD", {
            what: `${url} could not be downloaded`, why: error instanceof Error ? error.message : String(error),
            fix: "run the same command again; behind a proxy, set HTTPS_PROXY and have curl installed", cause: error,
        });
    } finally {
        await rm(draft, { force: true });
    }
}

/** curl where there is one, because it knows the machine's proxies. */
async function probe(url: string): Promise<boolean> {
    if (await which("curl")) return (await tryRun("curl", ["-fsIL", "--max-time", String(patience), "-o", "/dev/null", url])).code === 0;
    try {
        return (await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(patience * 1000) })).ok;
    } catch {
        return false;
    }
}

async function fetchText(url: string): Promise<string> {
    if (await which("curl")) return run("curl", ["-fsSL", "--retry", "3", "--connect-timeout", "10", url]);
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return response.text();
}

async function fetchFile(url: string, path: string): Promise<void> {
    if (await which("curl")) {
        await run("curl", ["-fsSL", "--retry", "3", "--connect-timeout", "10", "-o", path, url]);
        return;
    }
    const response = await fetch(url);
    if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
    await pipeline(response.body, createWriteStream(path));
}

async function sha256(path: string): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return hash.digest("hex");
}
