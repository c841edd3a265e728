/** Files out of npm packages (the Node binary, npm itself), fetched by the machine's own npm and checked. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../core/paths";
import { Problem } from "../core/problem";
import { run, tryRun } from "../core/run";

export interface PinnedPackage {
    name: string;
    version: string;
    integrity: string;
}

/**
 * The folder of an unpacked package, in the cache.
 * @throws Problem AP-IMAGE-DOWNLOAD, AP-IMAGE-INTEGRITY
 */
export async function unpackedPackage(pin: PinnedPackage): Promise<string> {
    const parent = cacheFolder("images", "npm");
    const folder = join(parent, `${pin.name}-${pin.version}`);
    if (existsSync(folder)) return folder;
    mkdirSync(parent, { recursive: true });
    const work = mkdtempSync(join(parent, ".fetch-"));
    try {
        // Node's own bin folder first: npm is a script that runs with whatever `node` it finds.
        const packed = await tryRun("npm", ["pack", "--silent", "--prefer-offline", "--pack-destination", work, `${pin.name}@${pin.version}`], { cwd: work });
        const archive = join(work, `${pin.name}-${pin.version}.tgz`);
        if (packed.code !== 0 || !existsSync(archive)) {
            throw new Problem("AP-IMAGE-DOWNLOAD", {
                what: `${pin.name} ${pin.version} could not be fetched from the npm registry`,
                why: packed.stderr.trim().split("\n").at(-1) || "npm gave no reason",
                fix: `npm pack ${pin.name}@${pin.version}   # must work from this machine; then run the command again`,
            });
        }
        const found = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
        if (found !== pin.integrity) {
            throw new Problem("AP-IMAGE-INTEGRITY", {
                what: `${pin.name} ${pin.version} is not the package that this repository pins`,
                why: `expected ${pin.integrity.slice(0, 24)}…, the registry sent ${found.slice(0, 24)}…`,
                fix: "ask whoever runs your npm registry; nothing of the download was used",
            });
        }
        mkdirSync(join(work, "out"));
        await run("tar", ["-xzf", archive, "-C", join(work, "out"), "--strip-components=1", "--no-same-owner"]);
        try {
            renameSync(join(work, "out"), folder);
        } catch (error) {
            // Another run was quicker; what it put there passed the same check.
            if (!existsSync(folder)) throw error;
        }
        return folder;
    } finally {
        rmSync(work, { recursive: true, force: true });
    }
}
