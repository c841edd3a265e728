/** The vendor's own download of the CLI, checked against the checksums of the release. */
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { canReach, checksumOf, fetchFile } from "../core/download";
import { withLock } from "../core/lock";
import { Problem } from "../core/problem";
import type { Report } from "../core/provision";
import { run } from "../core/run";

/** Where a release and its checksums are; nothing for a platform that the vendor does not build for. */
export function releaseOf(version: string, platform: NodeJS.Platform = process.platform, arch: string = process.arch): { archive: string; checksums: string; file: string } | undefined {
    const system = { linux: "linux", darwin: "darwin" }[platform as string];
    const machine = { x64: "x64", arm64: "arm64" }[arch];
    if (system === undefined || machine === undefined) return undefined;
    const file = `pulumi-v${version}-${system}-${machine}.tar.gz`;
    // Archive and checksums come from two hosts: one of them alone cannot pass off something else.
    return { file, archive: `https://get.pulumi.com/releases/sdk/${file}`, checksums: `https://github.com/pulumi/pulumi/releases/download/v${version}/SHA512SUMS` };
}

/** Whether the vendor's servers have this release for this platform. */
export async function canDownload(version: string): Promise<boolean> {
    const release = releaseOf(version);
    if (release === undefined) return false;
    return (await Promise.all([canReach(release.archive), canReach(release.checksums)])).every(Boolean);
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
            const found = await checksumOf(archive, "sha512");
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

function failed(version: string, why: string, cause?: unknown): Problem {
    return new Problem("AP-PULUMI-DOWNLOAD", { what: `Pulumi ${version} could not be downloaded`, why, fix: "run the same command again; if it stays, install Pulumi by hand (https://www.pulumi.com/docs/install) and put it on PATH", cause });
}
