import type { Browser } from "playwright-core";
import { launchChromium } from "../browser/chromium";
import { mainFlow } from "../browser/mainFlow";
import type { Deployment } from "./deployment";

/** The same flow as a person goes through it. */
export function browser(deployment: Deployment): void {
    describe("the main flow in a browser", () => {
        let chromium: Browser;
        before(async () => {
            chromium = await launchChromium();
        });
        after(() => chromium?.close());

        it("uploads, asks, opens the source, asks for a refund, and sees it go on after the approval", async () => {
            await mainFlow(chromium, { base: deployment.url, user: deployment.user, admin: deployment.admin, refund: { order: "ORD-1007", amount: "€180.00" }, patience: 120_000, pictures: process.env.PICTURES });
        });
    });
}
