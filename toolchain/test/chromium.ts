/** A Chromium for the browser tests: the machine's own, else Debian's. */
import { Problem } from "../core/problem";
import type { Finding, Provision } from "../core/provision";
import { tryRun, which } from "../core/run";

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
        return (await canInstall()) ? { state: "missing", plan: "install the Debian package chromium" } : { state: "failed", problem: cannotInstall() };
    },
    async ensure(report): Promise<void> {
        if ((await findChromium()) !== undefined) return;
        if (!(await canInstall())) throw cannotInstall();
        report("installing the Debian package chromium");
        const env = { DEBIAN_FRONTEND: "noninteractive" };
        await tryRun("apt-get", ["update"], { env });
        const result = await tryRun("apt-get", ["install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", "chromium"], { env });
        if (result.code !== 0) throw cannotInstall(result.stderr.trim().split("\n").at(-1));
    },
};

async function canInstall(): Promise<boolean> {
    return process.getuid?.() === 0 && (await which("apt-get")) !== undefined;
}

function cannotInstall(why = "it is not on PATH, and installing Debian's package needs root and apt-get"): Problem {
    return new Problem("AP-CHROMIUM", { what: "There is no Chromium for the browser tests", why, fix: "install Chromium or Google Chrome, then run npm test again" });
}
