import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { findings } from "./axe";
import { findChromium, launchChromium } from "./chromium";
import { Front } from "./driver";
import { startEmbedded, type Embedded } from "./embedded";
import { adminStops, entered, furnish, guestStops, userStops, type Stop } from "./tour";

describe("every page of the web front", function () {
    this.timeout(180_000);
    let app: Embedded;
    let browser: Browser;
    let user: Front;
    let admin: Front;

    before(async function () {
        if (findChromium() === undefined) {
            // A machine without a browser still runs everything else.
            this.skip();
        }
        [app, browser] = await Promise.all([startEmbedded(), launchChromium()]);
        [user, admin] = await Promise.all([entered(await Front.open(browser, app.base), app.user), entered(await Front.open(browser, app.base), app.admin)]);
        await furnish(user, admin);
    });

    after(async () => {
        await browser?.close();
        await app?.stop();
    });

    /** Looks at each page for what axe finds, what the page complains about, and what does not fit at 200 % zoom and on a phone. */
    async function look(front: Front, stops: Stop[]): Promise<string[]> {
        const found: string[] = [];
        for (const stop of stops) {
            await stop.open(front);
            found.push(...(await findings(front, stop.name)));
            for (const [how, width, height] of [["at 200 %", 640, 400], ["on a phone", 360, 740]] as const) {
                await front.page.setViewportSize({ width, height });
                const fits = front.page.waitForFunction("document.documentElement.scrollWidth <= document.documentElement.clientWidth", undefined, { timeout: 10_000 });
                await fits.catch(() => found.push(`${stop.name} ${how} is wider than the screen`));
            }
            await front.page.setViewportSize({ width: 1280, height: 800 });
            const text = (await front.page.locator("main").first().textContent()) ?? "";
            if (/\bNaN\b|\bundefined\b|\[object |Invalid Date/.test(text)) found.push(`${stop.name} shows something that is no text: ${text.slice(0, 300)}`);
        }
        found.push(...front.complaints);
        return found;
    }

    it("can be used by everyone: a guest's pages", async () => {
        const guest = await Front.open(browser, app.base);
        assert.deepEqual(await look(guest, guestStops), []);
        await guest.close();
    });

    it("can be used by everyone: a user's pages", async () => {
        assert.deepEqual(await look(user, userStops), []);
    });

    it("can be used by everyone: an administrator's pages", async () => {
        assert.deepEqual(await look(admin, adminStops), []);
    });

    it("works on many documents at once", async () => {
        const { page } = user;
        await user.visit("/documents");
        await page.getByRole("searchbox", { name: "Find a document" }).fill("board apprentices");
        await page.getByText("No document fits.").waitFor();
        await page.getByRole("searchbox", { name: "Find a document" }).fill(".md");
        await page.getByLabel(/^Choose all/).check();
        const bar = page.getByRole("group", { name: "Chosen documents" });
        await bar.getByText("6 chosen").waitFor();
        await bar.getByRole("button", { name: "Tags" }).click();
        await page.getByRole("dialog").getByRole("combobox").fill("halden");
        await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
        await page.getByRole("dialog").waitFor({ state: "detached" });
        await page.getByRole("combobox", { name: "Tag" }).selectOption("halden");
        await user.row("board-minutes.md").getByRole("button", { name: "halden" }).waitFor();
        await bar.getByRole("button", { name: "Delete 6" }).click();
        await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
        await page.getByRole("dialog").waitFor({ state: "detached" });
        await page.getByRole("button", { name: "Show all" }).click();
        await user.row("board-minutes.md").waitFor({ state: "detached" });
        await page.getByRole("combobox", { name: "State" }).selectOption("failed");
        await user.row("Scan without text.pdf").getByText("What to do:").waitFor();
    });

    it("approves less than was asked for, and several requests at once", async () => {
        const { page } = admin;
        await admin.visit("/approvals");
        await admin.openRequest(/ORD-1001/);
        await page.getByRole("button", { name: "Change and approve…" }).click();
        await page.getByRole("dialog").getByRole("spinbutton").fill("120");
        await page.getByRole("dialog").getByText("Refund €120.00 for order ORD-1001.").waitFor();
        await page.getByRole("dialog").getByRole("button", { name: "Approve as changed" }).click();
        await page.getByText(/^Approved by/).waitFor();
        assert.match((await page.getByRole("region", { name: /What/ }).textContent()) ?? "", /249.*120/);

        await user.visit("/");
        await user.ask("Please refund €420.00 for order ORD-1008 because it arrived damaged");
        await admin.visit("/approvals");
        await page.getByRole("list", { name: "Requests" }).getByRole("link", { name: /ORD-1008/ }).waitFor();
        for (const box of await page.getByRole("list", { name: "Requests" }).getByRole("checkbox").all()) await box.check();
        await page.getByRole("button", { name: "Reject 2…" }).click();
        await page.getByRole("dialog").getByRole("textbox").fill("Ask the seller first");
        await page.getByRole("dialog").getByRole("button", { name: /^Reject/ }).click();
        await page.getByText("2 requests rejected.").waitFor();
        await page.getByText("Nothing is waiting").waitFor();
    });

    it("adds an approver who chooses a password by a link and sees approvals, but no administration", async () => {
        const { page } = admin;
        await admin.visit("/admin/people");
        await page.getByRole("button", { name: "Add somebody" }).click();
        const dialog = page.getByRole("dialog");
        await dialog.getByLabel("Name").fill("Ada Approver");
        await dialog.getByLabel("E-mail address").fill("ada@example.com");
        await dialog.getByRole("combobox", { name: "Role" }).selectOption("approver");
        await dialog.getByRole("button", { name: "Add" }).click();
        const link = (await page.locator(".secret-value code").textContent()) ?? "";
        const account = { email: "ada@example.com", password: "a long enough password" };

        const ada = await Front.open(browser, app.base);
        await ada.page.goto(link);
        await ada.page.getByLabel(/^New password/).fill(account.password);
        await ada.page.getByRole("button", { name: "Set the password" }).click();
        await ada.page.getByRole("link", { name: "Sign in with it" }).click();
        await ada.signIn(account);
        await ada.goTo("Approvals");
        await ada.page.getByRole("heading", { level: 1, name: "Approvals" }).waitFor();
        assert.equal(await ada.page.getByRole("link", { name: "Administration" }).count(), 0);
        await ada.visit("/admin/audit");
        await ada.page.getByText("This page is for administrators").waitFor();
        assert.deepEqual(ada.complaints, []);
        await ada.close();
    });

    it("stops an answer on the server, and goes on with a session whose token has run out", async () => {
        const front = await entered(await Front.open(browser, app.base), app.user);
        // What is left of a session after a quarter of an hour: a token that is no longer taken, and the refresh cookie.
        const cookies = await front.context.cookies();
        const session = cookies.find(({ name }) => name === "session")!;
        await front.context.addCookies([{ ...session, value: `${session.value.slice(0, -4)}AAAA` }]);
        await front.goTo("New chat");
        const stopped: number[] = [];
        front.page.on("response", response => void (/\/api\/threads\/[^/]+\/stop$/.test(response.url()) && stopped.push(response.status())));
        await front.message.fill("According to the handbook, how are the cups cleaned?");
        await front.message.press("Enter");
        await front.page.waitForURL(/\/conversations\//);
        const stop = front.page.getByRole("button", { name: "Stop" });
        // A quick answer may be there before anybody can stop it, also between the press of the button and its release.
        await stop.click({ timeout: 300 }).catch(() => undefined);
        await stop.waitFor({ state: "detached" });
        await front.answers.first().waitFor();
        assert.deepEqual(stopped.filter(status => status !== 202), []);
        await front.close();
    });
});
