/** Real programs of Debian for tests; `npm test` needs nothing but root and apt for them. */
import { canInstallPackages, installPackages } from "../../../../toolchain/core/debianPackages";
import { tryRun, which } from "../../../../toolchain/core/run";

/**
 * Makes sure that `program` of `package` is there, and that no service of that package runs because of it.
 * @returns why it cannot be had; nothing when it is there
 */
export async function needProgram(program: string, debianPackage: string): Promise<string | undefined> {
    if ((await which(program)) !== undefined) return undefined;
    if (!(await canInstallPackages())) return `${program} is not installed, and only root on Debian or Ubuntu can install the package ${debianPackage}`;
    const failed = await installPackages([debianPackage], () => undefined);
    if (failed !== undefined) return `${debianPackage} could not be installed: ${failed}`;
    // Debian starts a server as soon as it is installed.
    for (const service of ["nginx", "squid"]) if (debianPackage.startsWith(service)) await tryRun("service", [service, "stop"]);
    return undefined;
}
