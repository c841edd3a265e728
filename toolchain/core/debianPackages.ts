/** Installing Debian packages, the one way that every room uses. */
import { withLock } from "./lock";
import { cacheFolder } from "./paths";
import type { Report } from "./provision";
import { tryRun, which } from "./run";

/** Whether this process may install packages here: root, and a machine with apt-get. */
export async function canInstallPackages(): Promise<boolean> {
    return process.getuid?.() === 0 && (await which("apt-get")) !== undefined;
}

/**
 * Installs packages without what they merely recommend. Old lists of packages and an interrupted installation are put
 * right on the way; another installation at work is waited for.
 * @returns why it failed; nothing when it did not
 */
export async function installPackages(packages: readonly string[], report: Report): Promise<string | undefined> {
    return withLock(cacheFolder("packages.lock"), `installing ${packages.join(", ")}`, async () => {
        report(`installing ${packages.join(", ")}`);
        if ((await install(packages, report)) === undefined) return undefined;
        report("updating the lists of packages");
        await tryRun("dpkg", ["--configure", "-a"], { env: quiet });
        await tryRun("apt-get", ["update", ...patience], { env: quiet });
        return install(packages, report);
    });
}

const quiet = { DEBIAN_FRONTEND: "noninteractive", APT_LISTCHANGES_FRONTEND: "none" };
const patience = ["-o", "DPkg::Lock::Timeout=300"];

async function install(packages: readonly string[], report: Report): Promise<string | undefined> {
    const result = await tryRun("apt-get", ["install", "--yes", "--no-install-recommends", ...patience, ...packages], {
        env: quiet,
        onLine: line => {
            if (/^(Get|Unpacking|Setting up)/.test(line)) report(line.slice(0, 80));
        },
    });
    return result.code === 0 ? undefined : result.stderr.trim().split("\n").slice(-4).join("; ");
}
