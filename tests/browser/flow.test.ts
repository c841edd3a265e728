import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { pdf } from "../support/pdf";
import { findChromium, launchChromium } from "./chromium";
import { Front } from "./driver";
import { startEmbedded, type Embedded } from "./embedded";
import { keyboardOnly } from "./keyboard";
import { handbook, mainFlow } from "./mainFlow";

/** Forty pages, no two alike: what repeats on every page is taken for a running header. */
const tides = Array.from({ length: 40 }, (_, i) => {
    const words = ["ebb", "flood", "buoy", "harbour", "lantern", "keel", "gannet", "shoal", "pilot", "mooring", "sextant", "estuary", "breakwater"];
    const pick = (n: number): string => words[(i * 7 + n * n + n * i) % words.length]!;
    return Array.from({ length: 6 }, (_, n) => `${pick(n)} ${pick(n + 3)} ${i * 31 + n}: at hour ${(i + n) % 24} the ${pick(n + 5)} meets the ${pick(n + 1)} near the ${pick(n + 8)}.`).join(" ");
});

describe("the web front in a real browser", function () {
    this.timeout(180_000);
    let app: Embedded;
    let browser: Browser;

    before(async function () {
        if (findChromium() === undefined) {
            // A machine without a browser still runs everything else.
            this.skip();
        }
        [app, browser] = await Promise.all([startEmbedded(), launchChromium()]);
    });

    after(async () => {
        await browser?.close();
        await app?.stop();
    });

    it("goes from a document to a cited answer, and from a refund request to the booked refund", async () => {
        const result = await mainFlow(browser, { base: app.base, user: app.user, admin: app.admin, refund: { order: "ORD-1007", amount: "€180.00" }, pictures: process.env.PICTURES });
        assert.ok(Object.values(result.arguments).includes("180"), JSON.stringify(result.arguments));
    });

    it("can be used with the keyboard alone", async () => {
        const front = await Front.open(browser, app.base);
        await keyboardOnly(front, app.user);
        assert.deepEqual(front.complaints, []);
        await front.close();
    });

    it("shows the same progress after a reload, and says why a document failed", async () => {
        const front = await Front.open(browser, app.base);
        await front.visit("/documents");
        await front.signIn(app.user);
        await front.upload({ name: "tides.pdf", bytes: pdf(tides) }, { name: "torn.pdf", bytes: Buffer.from("%PDF-1.4\nthis is not the rest of it") });
        await front.row("tides.pdf").waitFor();
        await front.page.reload();
        await front.watchUntilReady("tides.pdf");
        await front.row("tides.pdf").getByText("40 pages").waitFor();
        await front.row("torn.pdf").getByText(/^[A-Z_]+ · attempt/).waitFor();
        await front.row("torn.pdf").getByRole("button", { name: "Retry torn.pdf" }).waitFor();
        assert.doesNotMatch((await front.page.locator("main").textContent()) ?? "", /NaN|undefined|null/);
        await front.close();
    });

    it("goes by the newest news of a document, also where an answer from before comes in late", async () => {
        const front = await Front.open(browser, app.base);
        await front.visit("/documents");
        await front.signIn(app.user);
        await front.page.getByRole("heading", { level: 1, name: "Documents" }).waitFor();
        let release: () => void = () => undefined;
        const released = new Promise<void>((resolve) => (release = resolve));
        let held = "";
        // What the page asks for after the upload is answered at once, and the answer arrives when all is over.
        await front.page.route("**/api/v2/jobs", async (route) => {
            const response = await route.fetch();
            const answer = await response.text();
            // The page may still be asking for what there was before the upload.
            if (answer.includes("lagoon.pdf")) {
                held ||= answer;
                await released;
            }
            await route.fulfill({ response });
        });
        await front.upload({ name: "lagoon.pdf", bytes: pdf(tides.slice(20).map((text) => `Lagoon. ${text}`)) });
        await front.watchUntilReady("lagoon.pdf");
        const told = (JSON.parse(held) as { jobs: { filename: string; state: string }[] }).jobs.find(({ filename }) => filename === "lagoon.pdf");
        assert.match(told?.state ?? "", /^(queued|running)$/);
        const late = front.page.waitForResponse("**/api/v2/jobs");
        release();
        await (await late).finished();
        await front.page.evaluate("new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))");
        assert.equal(await front.row("lagoon.pdf").getByRole("progressbar").count(), 0);
        await front.page.unrouteAll({ behavior: "wait" });
        await front.close();
    });

    it("refuses empty and foreign files before sending them, and tells what is there already", async () => {
        const front = await Front.open(browser, app.base);
        await front.visit("/documents");
        await front.signIn(app.user);
        await front.upload({ name: "nothing.pdf", bytes: new Uint8Array() }, { name: "program.exe", bytes: new Uint8Array([1]) });
        await front.page.getByText("This file is empty").waitFor();
        await front.page.getByText(".exe is not a kind of document").waitFor();
        await front.upload({ name: "copy.pdf", bytes: pdf(["Only once."]) });
        await front.watchUntilReady("copy.pdf");
        await front.upload({ name: "copy.pdf", bytes: pdf(["Only once."]) });
        await front.page.getByText("Already there").waitFor();
        await front.page.getByRole("button", { name: "Delete copy.pdf" }).click();
        await front.page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
        await front.row("copy.pdf").waitFor({ state: "detached" });
        await front.close();
    });

    it("comes back to the page after the session has ended, and says when the network is gone", async () => {
        const front = await Front.open(browser, app.base);
        await front.visit("/documents");
        await front.signIn(app.user);
        await front.page.getByRole("heading", { level: 1, name: "Documents" }).waitFor();
        await front.context.setOffline(true);
        await front.page.getByText("You are offline").waitFor();
        await front.context.setOffline(false);
        await front.page.getByText("You are offline").waitFor({ state: "detached" });
        await front.context.clearCookies();
        // The event stream may find out first; then the link is gone before it is clicked.
        await front.page.getByRole("link", { name: /^New chat/ }).click({ timeout: 1_000 }).catch(() => undefined);
        await front.page.getByText("Your session has ended").waitFor();
        const { pathname, searchParams } = new URL(front.page.url());
        assert.equal(pathname, "/sign-in");
        await front.signIn(app.user);
        assert.equal(new URL(front.page.url()).pathname, searchParams.get("to") ?? "/");
        await front.close();
    });

    it("fits a phone and keeps the chosen theme", async () => {
        const front = await Front.open(browser, app.base, { context: { viewport: { width: 360, height: 740 }, hasTouch: true } });
        await front.visit("/documents");
        await front.signIn(app.user);
        for (const page of ["Documents", "New chat"] as const) {
            await front.goTo(page);
            await front.page.getByRole("heading", { level: 1 }).waitFor({ state: "attached" });
            assert.equal(await front.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"), 0, `${page} is wider than the screen`);
        }
        await front.page.getByRole("button", { name: "Open the menu" }).click();
        await front.page.getByRole("dialog").getByRole("radio", { name: "Dark" }).check({ force: true });
        await front.page.reload();
        assert.equal(await front.page.evaluate("getComputedStyle(document.documentElement).colorScheme"), "dark");
        await front.close();
    });

    it("never shows what an answer or a document says as anything but text", async () => {
        const front = await Front.open(browser, app.base);
        await front.visit("/");
        await front.signIn(app.user);
        await front.ask(`<img src=x onerror="document.title='taken'"> **bold** ${handbook.question}`);
        assert.doesNotMatch(await front.page.title(), /^taken/);
        assert.equal(await front.page.locator("main img").count(), 0);
        assert.deepEqual(front.complaints, []);
        await front.close();
    });
});
