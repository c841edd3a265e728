/** Chromium for tests: the machine's own, in a fresh profile, told to keep quiet. */
import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/usr/bin/google-chrome-stable", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

/** Where a Chromium is, if there is one; `CHROMIUM` names another. */
export function findChromium(): string | undefined {
    return [process.env.CHROMIUM, ...places].find(path => path !== undefined && path !== "" && existsSync(path));
}

/** Starts it headless. Playwright gives every start a new profile folder and removes it afterwards. */
export async function launchChromium(): Promise<Browser> {
    const executablePath = findChromium();
    if (executablePath === undefined) {
        throw new Error("No Chromium was found. Install the package chromium, or set CHROMIUM to the path of one.");
    }
    return chromium.launch({
        executablePath,
        headless: true,
        args: [
            // Containers and root have no user namespaces for the browser's own sandbox.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    });
}
