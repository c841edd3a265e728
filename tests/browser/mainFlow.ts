/** The product's main flow in two real browser windows: documents, an answer with its source, a refund that needs approval. */
import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { pdf } from "../support/pdf";
import { Front, type Account } from "./driver";

export interface FlowTarget {
    /** Where the front answers, for example http://localhost:8080. */
    base: string;
    user: Account;
    admin: Account;
    /** A delivered order of the user above the approval threshold that has not been refunded. */
    refund: { order: string; amount: string };
    patience?: number;
    pictures?: string;
}

export interface FlowResult {
    threadAddress: string;
    progress: string[];
    citation: { marked: string; where: string };
    arguments: Record<string, string>;
}

/** Two pages whose facts no model can know, so that an answer must come from them. */
export const handbook = {
    name: "Zephyr handbook.pdf",
    bytes: pdf([
        "Zephyr handbook. This booklet tells how the Zephyr 7 wind meter is looked after during its first year.",
        "Batteries. The Zephyr 7 wind meter runs on three lithium cells that last eleven months. Replace all three cells at once.",
        "Cleaning. Wipe the cups of the Zephyr 7 with distilled water every fortnight. Never use soap on the bearings.",
    ]),
    question: "According to the handbook, how long do the lithium cells of the Zephyr 7 last?",
    fact: /eleven months/,
    page: 2,
};

/** Runs it from signing in to the booked refund; throws where anything differs from what a person should see. */
export async function mainFlow(browser: Browser, target: FlowTarget): Promise<FlowResult> {
    const { base, patience, pictures } = target;
    const user = await Front.open(browser, base, { patience, pictures });
    const admin = await Front.open(browser, base, { patience, pictures });
    try {
        await user.visit("/documents");
        await user.page.getByRole("button", { name: "Sign in" }).waitFor();
        await user.picture("sign-in");
        await user.signIn(target.user);
        await user.page.getByRole("heading", { level: 1, name: "Documents" }).waitFor();
        await user.upload(handbook);
        const progress = await user.watchUntilReady(handbook.name);
        await user.picture("documents");

        await user.goTo("New chat");
        await user.page.getByRole("button", { name: /Find an order/ }).waitFor();
        await user.picture("chat-start");
        const answer = await user.ask(handbook.question);
        assert.match((await answer.textContent()) ?? "", handbook.fact);
        const citation = await user.openFirstCitation(answer);
        assert.match(citation.where, new RegExp(`${handbook.name}, page ${handbook.page}`));
        assert.match(citation.marked, handbook.fact);
        await user.picture("chat-source");
        await user.page.keyboard.press("Escape");

        const order = await user.ask(`Where is my order ${target.refund.order}?`);
        await order.getByRole("region", { name: `Order ${target.refund.order}` }).first().waitFor();
        await user.picture("chat-order");

        const request = await user.ask(`Please refund ${target.refund.amount} for order ${target.refund.order} because it arrived damaged`);
        await request.getByRole("region", { name: "Approval" }).getByText("Waiting for approval").waitFor();
        await user.picture("chat-waiting");

        await admin.visit("/approvals");
        await admin.signIn(target.admin);
        await admin.page.getByRole("heading", { level: 1, name: "Approvals" }).waitFor();
        await admin.openRequest(new RegExp(target.refund.order));
        const shown = await admin.requestArguments();
        assert.ok(Object.values(shown).includes(target.refund.order), JSON.stringify(shown));
        await admin.picture("approval");
        await admin.decide("Approve", "Seen the photograph");
        await admin.page.getByText(/^Approved by/).waitFor();

        // Nobody touches the user's window: the conversation goes on by itself.
        const said = user.page.getByRole("list", { name: "Messages" });
        await said.getByRole("region", { name: "Approval" }).getByText("Approved", { exact: true }).waitFor();
        await said.getByText("Booked the refund").waitFor();
        await user.picture("chat-approved");
        assert.deepEqual([...user.complaints, ...admin.complaints], []);
        return { threadAddress: user.page.url(), progress, citation, arguments: shown };
    } finally {
        await Promise.all([user.close(), admin.close()]);
    }
}
