/** A Chromium for the browser tests: the machine's own, else Debian's. */
import { Problem } from "../core/problem";
import type { Finding, Provision } from "../core/provision";
import { canInstallPackages, installPackages } from "../core/debianPackages";
import { which } from "../core/run";

/** The executable, if there is one. */
export async function findChromium(): Promise<string | undefined> {
    for (const name of ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]) {
        const found = await which(name);
        if (found !== undefined) return found;
    }
    return undefined;
}

export const chromium: Provision = {
    id: "chromium",
    title: "Chromium",
    async inspect(): Promise<Finding> {
        const path = await findChromium();
        if (path !== undefined) return { state: "ready", source: "path", detail: path };
        return (await canInstallPackages()) ? { state: "missing", plan: "install the Debian package chromium" } : { state: "failed", problem: cannotInstall() };
    },
    async ensure(report): Promise<void> {
        if ((await findChromium()) !== undefined) return;
        if (!(await canInstallPackages())) throw cannotInstall();
        const failure = await installPackages(["chromium"], report);
        if (failure !== undefined) throw cannotInstall(failure);
    },
};

function cannotInstall(why = "it is not on PATH, and installing Debian's package needs root and apt-get"): Problem {
    return new Problem("AP-CHROMIUM", { what: "There is no Chromium for the browser tests", why, fix: "install Chromium or Google Chrome, then run npm test again" });
}
