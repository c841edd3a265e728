/** The vendor's own download of the CLI, checked against the checksums of the release. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withLock } from "../core/lock";
import { Problem } from "../core/problem";
import type { Report } from "../core/provision";
import { run, tryRun, which } from "../core/run";

const PATIENCE = 3;
let reachable: Promise<boolean> | undefined;

/** Where a release and its checksums are; nothing for a platform that the vendor does not build for. */
export function releaseOf(version: string, platform: NodeJS.Platform = process.platform, arch: string = process.arch): { archive: string; checksums: string; file: string } | undefined {
    const system = { linux: "linux", darwin: "darwin" }[platform as string];
    const machine = { x64: "x64", arm64: "arm64" }[arch];
    if (system === undefined || machine === undefined) return undefined;
    const file = `pulumi-v${version}-${system}-${machine}.tar.gz`;
    // Archive and checksums come from two hosts: one of them alone cannot pass off something else.
    return { file, archive: `https://get.pulumi.com/releases/sdk/${file}`, checksums: `https://github.com/pulumi/pulumi/releases/download/v${version}/SHA512SUMS` };
}

/** Whether the vendor's server answers, within three seconds; asked once in a run. */
export function canDownload(version: string): Promise<boolean> {
    const release = releaseOf(version);
    if (release === undefined) return Promise.resolve(false);
    reachable ??= Promise.all([probe(release.archive), probe(release.checksums)]).then((answers) => answers.every(Boolean));
    return reachable;
}

/**
 * Downloads and unpacks a release into `folder`, unless it is there.
 * @throws Problem when it cannot be had, or is not what the vendor published
 */
export async function download(version: string, folder: string, report: Report): Promise<void> {
    const release = releaseOf(version);
    if (release === undefined) throw failed(version, `there is no release for ${process.platform} on ${process.arch}`);
    await withLock(`${folder}.lock`, "downloading the Pulumi CLI", async () => {
        if (existsSync(folder)) return;
        const draft = `${folder}.${process.pid}.tmp`;
        await rm(draft, { recursive: true, force: true });
        await mkdir(draft, { recursive: true });
        try {
            report(`downloading ${release.file}`);
            const [archive, sums] = [join(draft, release.file), join(draft, "SHA512SUMS")];
            await fetchFile(release.checksums, sums);
            await fetchFile(release.archive, archive);
            const wanted = checksumIn(await readFile(sums, "utf8"), release.file);
            const found = await sha512(archive);
            if (wanted === undefined || wanted !== found) throw failed(version, wanted === undefined ? "the list of checksums does not name the archive" : `its checksum is ${found}, not ${wanted}`);
            report("unpacking");
            await run("tar", ["-xzf", archive, "-C", draft]);
            await mkdir(dirname(folder), { recursive: true });
            await rename(join(draft, "pulumi"), folder);
        } catch (error) {
            throw error instanceof Problem ? error : failed(version, error instanceof Error ? error.message : String(error), error);
        } finally {
            await rm(draft, { recursive: true, force: true });
        }
    });
}

/** The checksum of `file` in a list as sha512sum writes it. */
export function checksumIn(list: string, file: string): string | undefined {
    for (const line of list.split("\n")) {
        const [sum, name] = line.trim().split(/\s+\*?/);
        if (name === file && /^[0-9a-f]{128}$/.test(sum ?? "")) return sum;
    }
    return undefined;
}

/** curl where there is one, because it knows the machine's proxies. */
async function probe(url: string): Promise<boolean> {
    if ((await which("curl")) !== undefined) return (await tryRun("curl", ["-fsIL", "--max-time", String(PATIENCE), "-o", "/dev/null", url])).code === 0;
    try {
        return (await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(PATIENCE * 1000) })).ok;
    } catch {
        return false;
    }
}

async function fetchFile(url: string, path: string): Promise<void> {
    if ((await which("curl")) !== undefined) {
        await run("curl", ["-fsSL", "--retry", "3", "--connect-timeout", "10", "-o", path, url]);
        return;
    }
    const response = await fetch(url);
    if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`);
    const { pipeline } = await import("node:stream/promises");
    const { createWriteStream } = await import("node:fs");
    await pipeline(response.body, createWriteStream(path));
}

async function sha512(path: string): Promise<string> {
    const hash = createHash("sha512");
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return hash.digest("hex");
}

function failed(version: string, why: string, cause?: unknown): Problem {
    return new Problem("AP-PULUMI-DOWNLOAD", { what: `Pulumi ${version} could not be downloaded`, why, fix: "run the same command again; if it stays, install Pulumi by hand (https://www.pulumi.com/docs/install) and put it on PATH", cause });
}
