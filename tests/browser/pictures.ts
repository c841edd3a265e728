/**
 * Takes the pictures of the documentation from the real application:
 * `node --import tsx tests/browser/pictures.ts [FOLDER]`, by default docs/images. With `ALL=1` every page also in dark, at
 * phone width and at 200 % zoom, for looking at a change; name another FOLDER then.
 */
import { mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { launchChromium } from "./chromium";
import { Front, type Account } from "./driver";
import { startEmbedded } from "./embedded";
import { mainFlow } from "./mainFlow";
import { adminStops, entered, furnish, userStops, type Stop } from "./tour";

/** Pictures larger than this make the repository heavy. */
const mostBytes = 150_000;

const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 800 }, colorScheme: "light" };
const looks: Record<string, BrowserContextOptions> = {
    "": desktop,
    ...(process.env.ALL === "1"
        ? {
              "-dark": { ...desktop, colorScheme: "dark" },
              "-phone": { viewport: { width: 390, height: 844 }, hasTouch: true, colorScheme: "light" },
              // A zoom of 200 % halves the number of CSS pixels.
              "-zoom": { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2, colorScheme: "light" },
          }
        : {}),
};

async function main(): Promise<void> {
    const folder = resolve(process.argv[2] ?? join(__dirname, "..", "..", "docs", "images"));
    mkdirSync(folder, { recursive: true });
    const [app, browser] = await Promise.all([startEmbedded(), launchChromium()]);
    try {
        // First the flow of first-run.md, with its states in between; then every page with something on it.
        await mainFlow(browser, { base: app.base, user: app.user, admin: app.admin, refund: { order: "ORD-1009", amount: "€329.00" }, pictures: folder });
        const user = await entered(await Front.open(browser, app.base), app.user);
        const admin = await entered(await Front.open(browser, app.base), app.admin);
        await furnish(user, admin);
        await Promise.all([user.close(), admin.close()]);
        for (const [suffix, context] of Object.entries(looks)) {
            await tour(browser, app.base, app.user, context, userStops, join(folder, `%${suffix}.png`));
            await tour(browser, app.base, app.admin, context, adminStops, join(folder, `%${suffix}.png`));
        }
    } finally {
        await browser.close();
        await app.stop();
    }
}

async function tour(browser: Browser, base: string, account: Account, context: BrowserContextOptions, stops: Stop[], pattern: string): Promise<void> {
    const front = await Front.open(browser, base, { context });
    await entered(front, account);
    for (const stop of stops) {
        await stop.open(front);
        await front.page.waitForTimeout(300);
        const path = pattern.replace("%", stop.name);
        const { width, height } = context.viewport!;
        await front.page.screenshot({ path, clip: { x: 0, y: 0, width, height: Math.min(height, stop.height ?? height) } });
        const { size } = statSync(path);
        process.stdout.write(`${path} ${Math.round(size / 1000)} kB\n`);
        if (size > mostBytes && process.env.ALL !== "1") throw new Error(`${path} is larger than ${mostBytes} bytes.`);
    }
    await front.close();
}

main().catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exitCode = 1;
});
