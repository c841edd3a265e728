/**
 * The web front as a person uses it. Everything is found by role and name, as assistive technology finds it, so a
 * test that passes also says that the page can be used that way.
 */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";

export interface Account {
    email: string;
    password: string;
}

export interface FrontOptions {
    context?: BrowserContextOptions;
    /** How long anything may take, in milliseconds: a cluster is slower than one process. */
    patience?: number;
    /** A folder for pictures of the pages. */
    pictures?: string;
}

/** One person's browser window on the product. */
export class Front {
    /** What the page complained about in the console, and requests it lost. */
    readonly complaints: string[] = [];

    private constructor(
        readonly context: BrowserContext,
        readonly page: Page,
        readonly base: string,
        readonly options: FrontOptions,
    ) {
        page.setDefaultTimeout(options.patience ?? 30_000);
        page.on("pageerror", error => this.complaints.push(String(error)));
        page.on("console", message => {
            // Status 401 before signing in is how the front learns that nobody is signed in.
            if (message.type() === "error" && !message.text().includes("status of 401")) this.complaints.push(message.text());
        });
    }

    /** A new window with cookies of its own. */
    static async open(browser: Browser, base: string, options: FrontOptions = {}): Promise<Front> {
        const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: "reduce", ...options.context });
        return new Front(context, await context.newPage(), base.replace(/\/$/, ""), options);
    }

    close(): Promise<void> {
        return this.context.close();
    }

    async visit(path: string): Promise<void> {
        await this.page.goto(this.base + path);
    }

    async picture(name: string): Promise<void> {
        if (this.options.pictures !== undefined) {
            mkdirSync(this.options.pictures, { recursive: true });
            await this.page.screenshot({ path: join(this.options.pictures, `${name}.png`) });
        }
    }

    /** Fills in the sign-in page that any address leads to. */
    async signIn(account: Account): Promise<void> {
        await this.page.getByLabel("E-mail address").fill(account.email);
        await this.page.getByLabel("Password", { exact: true }).fill(account.password);
        await this.page.getByRole("button", { name: "Sign in" }).click();
        await this.page.getByRole("button", { name: "Sign out" }).or(this.page.getByRole("button", { name: "Open the menu" })).first().waitFor();
    }

    async upload(...files: { name: string; bytes: Uint8Array }[]): Promise<void> {
        await this.page.getByLabel("Files to add").setInputFiles(files.map(({ name, bytes }) => ({ name, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) })));
    }

    /** The row of a document in the list. */
    row(filename: string): Locator {
        return this.page.getByRole("list", { name: "Documents" }).getByRole("listitem").filter({ hasText: filename });
    }

    /** Waits until a document can be asked about; returns the progress texts that were shown on the way. */
    async watchUntilReady(filename: string): Promise<string[]> {
        const seen: string[] = [];
        const row = this.row(filename);
        const link = row.getByRole("link", { name: filename });
        const bar = row.getByRole("progressbar");
        for (const end = Date.now() + (this.options.patience ?? 30_000); Date.now() < end; ) {
            // The name is a link as soon as the first passages can be read; it is ready when the bar is gone.
            if ((await link.isVisible()) && !(await bar.isVisible())) return seen;
            const text = await bar.getAttribute("aria-valuetext", { timeout: 200 }).catch(() => null);
            if (text !== null && text !== seen.at(-1)) seen.push(text);
            const problem = await row.getByText(/^[A-Z_]+ · attempt/).textContent({ timeout: 1 }).catch(() => null);
            assert.equal(problem, null, `${filename} failed`);
        }
        throw new Error(`${filename} was not ready in time; seen: ${seen.join(" | ")}`);
    }

    /** Follows a link of the navigation, opening the menu first where the screen is narrow. */
    async goTo(name: "New chat" | "Documents" | "Approvals" | "Administration"): Promise<void> {
        const menu = this.page.getByRole("button", { name: "Open the menu" });
        if (await menu.isVisible()) await menu.click();
        await this.page.getByRole("link", { name: new RegExp(`^${name}`) }).click();
    }

    /** Opens a conversation of the list, through the menu where the screen is narrow. */
    async openConversation(title: RegExp): Promise<void> {
        const menu = this.page.getByRole("button", { name: "Open the menu" });
        if (await menu.isVisible()) await menu.click();
        await this.page.getByRole("navigation", { name: "Conversations" }).getByRole("link", { name: title }).first().click();
    }

    /** Calls the API as the page would: with its cookies, from its own address. */
    async call(method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<unknown> {
        const response = await this.context.request.fetch(this.base + path, { method, data: body, headers: { "Sec-Fetch-Site": "same-origin" } });
        const text = await response.text();
        assert.ok(response.ok(), `${method} ${path}: ${response.status()} ${text}`);
        return text === "" ? undefined : JSON.parse(text);
    }

    get message(): Locator {
        return this.page.getByRole("textbox", { name: "Message" });
    }

    /** All finished answers of the conversation, oldest first. */
    get answers(): Locator {
        return this.page.getByRole("article", { name: "Answer", exact: true });
    }

    /** Asks and waits for the whole answer. */
    async ask(question: string): Promise<Locator> {
        const before = await this.answers.count();
        await this.message.fill(question);
        await this.message.press("Enter");
        const answer = this.answers.nth(before);
        await answer.waitFor();
        await this.page.getByRole("button", { name: "Stop" }).waitFor({ state: "detached" });
        return answer;
    }

    /** Opens the first citation of an answer and returns what is marked in the document. */
    async openFirstCitation(answer: Locator): Promise<{ marked: string; where: string }> {
        const marker = answer.getByRole("link", { name: /^Source \d+:/ }).first();
        const where = (await marker.getAttribute("aria-label")) ?? "";
        await marker.click();
        const mark = this.page.locator("mark").first();
        await mark.waitFor();
        assert.ok(await mark.isVisible(), "the marked passage is shown");
        return { marked: (await mark.textContent()) ?? "", where };
    }

    /** Opens the newest waiting request that matches; the page must be among the approvals. */
    async openRequest(what: RegExp): Promise<void> {
        await this.page.getByRole("list", { name: "Requests" }).getByRole("link", { name: what }).first().click();
        await this.page.getByRole("heading", { level: 1, name: what }).waitFor();
    }

    /** Every argument of the open request, as the table shows it. */
    async requestArguments(): Promise<Record<string, string>> {
        const table = this.page.getByRole("region", { name: /What/ }).getByRole("table");
        const rows = await table.getByRole("row").all();
        const read = await Promise.all(rows.slice(1).map(async row => [await row.getByRole("rowheader").textContent(), await row.getByRole("cell").textContent()]));
        return Object.fromEntries(read) as Record<string, string>;
    }

    async decide(decision: "Approve" | "Reject", reason?: string): Promise<void> {
        await this.page.getByRole("button", { name: `${decision}…`, exact: true }).click();
        const dialog = this.page.getByRole("dialog");
        if (reason !== undefined) await dialog.getByRole("textbox").fill(reason);
        await dialog.getByRole("button", { name: decision, exact: true }).click();
        await dialog.waitFor({ state: "detached" });
    }
}
