/** Debian packages that building images needs on a machine without Docker. */
import { Problem } from "../core/problem";
import { run, which } from "../core/run";
import type { Report } from "../core/provision";
import { withLock } from "../core/lock";
import { cacheFolder } from "../core/paths";
import { buildahVersion, builderProblem, dockerVersion, isRoot } from "./engine";
import { registryAnswers } from "./registry";

/** Names of the Debian packages that are missing for what would be done on this machine. */
export async function missingPackages(): Promise<string[]> {
    const missing: string[] = [];
    const docker = await dockerVersion();
    if (docker === undefined && (await buildahVersion()) === undefined) missing.push("buildah");
    if (!(await registryAnswers()) && (await which("mmdebstrap")) === undefined) missing.push("mmdebstrap");
    return missing;
}

/**
 * Installs what is missing, saying so.
 * @throws Problem AP-IMAGE-BUILDER, AP-IMAGE-PACKAGES
 */
export async function ensureHostTools(report: Report): Promise<void> {
    const missing = await missingPackages();
    if (missing.length === 0) return;
    if (!isRoot() || (await which("apt-get")) === undefined) throw cannotInstall(missing);
    await withLock(cacheFolder("apt.lock"), "installing Debian packages", async () => {
        const still = await missingPackages();
        if (still.length === 0) return;
        report(`installing Debian packages: ${still.join(", ")}`);
        const env = { DEBIAN_FRONTEND: "noninteractive" };
        try {
            await run("apt-get", ["update", "--quiet"], { env });
            await run("apt-get", ["install", "--yes", "--quiet", "--no-install-recommends", ...still], { env });
        } catch (error) {
            throw new Problem("AP-IMAGE-PACKAGES", {
                what: `the Debian packages ${still.join(" and ")} could not be installed`,
                why: error instanceof Error ? error.message.split("\n").at(-1)! : String(error),
                fix: `apt-get update && apt-get install ${still.join(" ")}   # shows what apt has to say`,
                cause: error,
            });
        }
    });
}

/** The problem of a machine that lacks `missing` and cannot install it. */
export function cannotInstall(missing: readonly string[]): Problem {
    if (missing.includes("buildah")) return builderProblem();
    return new Problem("AP-IMAGE-PACKAGES", {
        what: `${missing.join(" and ")} is missing`,
        why: "no container registry can be reached, so base images are made from Debian packages, and installing its tool takes root on Debian",
        fix: `sudo apt-get install ${missing.join(" ")}, or run where a container registry can be reached`,
    });
}
