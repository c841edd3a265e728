/** Debian packages that building images needs on a machine without Docker. */
import { Problem } from "../core/problem";
import { which } from "../core/run";
import type { Report } from "../core/provision";
import { canInstallPackages, installPackages } from "../core/debianPackages";
import { buildahVersion, builderProblem, dockerVersion } from "./engine";
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
    if (!(await canInstallPackages())) throw cannotInstall(missing);
    const failure = await installPackages(missing, report);
    if (failure === undefined) return;
    throw new Problem("AP-IMAGE-PACKAGES", {
        what: `the Debian packages ${missing.join(" and ")} could not be installed`,
        why: failure,
        fix: `apt-get update && apt-get install ${missing.join(" ")}   # shows what apt has to say`,
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
