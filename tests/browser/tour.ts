/** Every page of the front with something on it: what there is to see, and how to get there. */
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Account, Front } from "./driver";
import { handbook } from "./mainFlow";

export interface Stop {
    /** File name of its picture. */
    name: string;
    /** How much of it the picture shows, in pixels from the top. @default the whole window */
    height?: number;
    /** Opens the page and waits until it shows what it has. */
    open(front: Front): Promise<void>;
}

const texts = resolve(__dirname, "../../app/eval/documents/halden");

/** Documents, an answer with its source, requests for approval, questions with known answers: all through the front's own API. */
export async function furnish(user: Front, admin: Front): Promise<void> {
    const names = readdirSync(texts).slice(0, 6);
    await user.upload({ name: handbook.name, bytes: handbook.bytes }, ...names.map(name => ({ name, bytes: readFileSync(join(texts, name)) })), { name: "Scan without text.pdf", bytes: Buffer.from("%PDF-1.4\nnot the rest") });
    for (const name of [handbook.name, ...names]) await user.watchUntilReady(name);
    await user.row("Scan without text.pdf").getByText(/attempt/).waitFor();
    await user.row(handbook.name).getByRole("button", { name: /^Tags/ }).click();
    await user.page.getByRole("dialog").getByRole("textbox").or(user.page.getByRole("dialog").getByRole("combobox")).fill("manuals, wind");
    await user.page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await user.row(handbook.name).getByRole("button", { name: "wind" }).waitFor();
    await user.goTo("New chat");
    await user.ask(handbook.question);
    await user.ask("Please refund €180.00 for order ORD-1007 because it arrived damaged");
    await user.goTo("New chat");
    await user.ask("Please refund €249.00 for order ORD-1001 because it never came");
    await admin.call("PUT", "/api/admin/golden", {
        questions: [
            { question: handbook.question, phrase: "eleven months", document: handbook.name },
            { question: "How often are the cups of the Zephyr 7 wiped?", phrase: "every fortnight", document: handbook.name },
            { question: "Who won the regatta of 1911?" },
        ],
    });
    await admin.call("POST", "/api/admin/evaluations", { rankings: ["hybrid", "words"] });
    await admin.call("PUT", "/api/admin/webhooks/shop-system", {});
    await admin.call("POST", "/api/keys", { name: "Nightly import", scopes: ["documents:read", "documents:write"] });
}

const heading = (front: Front, name: string | RegExp): Promise<void> => front.page.getByRole("heading", { level: 1, name }).first().waitFor({ state: "attached" });

/** The pages of somebody who is not signed in. */
export const guestStops: Stop[] = [
    {
        name: "sign-in",
        async open(front) {
            await front.visit("/sign-in");
            await heading(front, "Sign in");
        },
    },
    {
        name: "register",
        async open(front) {
            await front.visit("/register");
            await heading(front, "Create an account");
        },
    },
    {
        name: "password",
        async open(front) {
            await front.visit("/password#a-token");
            await heading(front, "Choose a password");
        },
    },
];

/** The pages of somebody who uses it. */
export const userStops: Stop[] = [
    {
        name: "documents",
        async open(front) {
            await front.visit("/documents");
            await front.row(handbook.name).waitFor();
        },
    },
    {
        name: "document",
        async open(front) {
            await front.visit("/documents");
            await front.row(handbook.name).getByRole("link").click();
            await front.page.getByText("Page 2").first().waitFor();
        },
    },
    {
        name: "chat-start",
        async open(front) {
            await front.visit("/");
            await front.page.getByRole("button", { name: /Find an order/ }).waitFor();
        },
    },
    {
        name: "chat-source",
        async open(front) {
            await front.visit("/");
            await front.openConversation(/lithium/);
            await front.answers.first().waitFor();
            await front.openFirstCitation(front.answers.first());
        },
    },
    {
        name: "account",
        async open(front) {
            await front.visit("/account");
            await front.page.getByRole("list", { name: "Sessions" }).waitFor();
        },
    },
];

/** The pages of an administrator. */
export const adminStops: Stop[] = [
    {
        name: "approvals",
        async open(front) {
            await front.visit("/approvals");
            await front.page.getByRole("list", { name: "Requests" }).waitFor();
        },
    },
    {
        name: "approval",
        async open(front) {
            await front.visit("/approvals");
            await front.openRequest(/ORD-1007/);
        },
    },
    section("people", "People"),
    section("usage", "Usage and cost"),
    {
        name: "evaluation",
        async open(front) {
            await front.visit("/admin/evaluation");
            await front.page.getByRole("region", { name: "Side by side" }).first().waitFor();
        },
    },
    section("connections", "Connections"),
    {
        name: "audit",
        height: 640,
        async open(front) {
            await front.visit("/admin/audit");
            await front.page.getByRole("table").waitFor();
            await front.page.getByText("Unaltered.").waitFor();
        },
    },
    {
        name: "system",
        async open(front) {
            await front.visit("/admin/system");
            await front.page.getByText(/works · /).first().waitFor();
        },
    },
];

function section(name: string, title: string): Stop {
    return {
        name,
        async open(front) {
            await front.visit(`/admin/${name}`);
            await heading(front, title);
            await front.page.locator(".skeleton").first().waitFor({ state: "detached" });
        },
    };
}

/** Opens the front and signs in, on the page of the documents. */
export async function entered(front: Front, account: Account): Promise<Front> {
    await front.visit("/documents");
    await front.signIn(account);
    await heading(front, "Documents");
    return front;
}
