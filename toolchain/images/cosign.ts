/** cosign, which signs images: the one on PATH, else built from its pinned Go modules. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, repository } from "../core/paths";
import { Problem } from "../core/problem";
import type { Report } from "../core/provision";
import { tryRun, which } from "../core/run";
import { findGo, goBuild } from "../pulumi/go";

export const cosignVersion = "3.1.1";
const scratch = 3.5e9;

/** The path of the executable. @throws Problem AP-IMAGE-COSIGN, AP-GO-BUILD */
export async function ensureCosign(report: Report): Promise<string> {
    const own = await onPath();
    if (own !== undefined) return own;
    const folder = builtFolder();
    const program = join(folder, "cosign");
    if (existsSync(program)) return program;
    if ((await findGo()) === undefined) {
        throw new Problem("AP-IMAGE-COSIGN", {
            what: "there is no cosign to sign images with",
            why: "the stack lets signed images in and no others, and cosign 3 is not on PATH, nor Go to build it with",
            fix: "install cosign 3 (https://docs.sigstore.dev/cosign) or Go, then run the same command again",
        });
    }
    await goBuild({ title: `cosign ${cosignVersion}`, module: join(repository, "toolchain", "go", "cosign"), packages: ["github.com/sigstore/cosign/v3/cmd/cosign"], ldflags: `-s -w -X sigs.k8s.io/release-utils/version.gitVersion=v${cosignVersion}`, folder, scratch }, report);
    return program;
}

/** Whether it has been built on this machine. */
export function cosignIsBuilt(): boolean {
    return existsSync(builtFolder());
}

function builtFolder(): string {
    return cacheFolder("programs", `cosign-${cosignVersion}`);
}

/** Version 2 does not know the words that version 3 needs. */
async function onPath(): Promise<string | undefined> {
    const path = await which("cosign");
    if (path === undefined) return undefined;
    return /GitVersion:\s*v?3\./.test((await tryRun(path, ["version"])).stdout) ? path : undefined;
}
