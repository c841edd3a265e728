/** Sign-in and chat without a pointer: only keys, and the focus is always somewhere that can be seen. */
import assert from "node:assert/strict";
import type { Account, Front } from "./driver";
import { handbook } from "./mainFlow";

interface Focus {
    role: string;
    name: string;
    visible: boolean;
}

/** Signs in, asks, opens the source of the answer, closes it again and returns to where it came from. */
export async function keyboardOnly(front: Front, account: Account): Promise<void> {
    const { page } = front;
    const { keyboard } = page;
    await front.visit("/");
    await page.getByLabel("E-mail address").waitFor();
    await page.waitForFunction("document.activeElement?.getAttribute('name') === 'email'");
    await keyboard.type(account.email);
    await keyboard.press("Tab");
    await keyboard.type(account.password);
    await keyboard.press("Enter");

    await front.message.waitFor();
    await page.waitForFunction("document.activeElement?.id === 'message'");
    await tabTo(front, /^Skip to the content$/, "Shift+Tab");
    await keyboard.press("Enter");
    assert.equal((await focus(front)).role, "main");
    await tabTo(front, /^Message/);

    await keyboard.type("First line");
    await keyboard.press("Shift+Enter");
    await keyboard.type("second line");
    assert.equal(await front.message.inputValue(), "First line\nsecond line");
    await keyboard.press("Control+A");
    await keyboard.type(handbook.question);
    await keyboard.press("Enter");
    await front.answers.first().waitFor();

    await tabTo(front, /^Source 1:/, "Shift+Tab");
    const marker = await focus(front);
    await keyboard.press("Enter");
    await page.getByRole("complementary", { name: "Source" }).locator("mark").waitFor();
    await keyboard.press("Escape");
    await page.getByRole("complementary", { name: "Source" }).waitFor({ state: "detached" });
    assert.deepEqual(await focus(front), marker, "the focus returns to the citation");
}

/** Presses Tab until the focus is on what is named; every stop on the way must be visible. */
async function tabTo(front: Front, name: RegExp, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
    const passed: string[] = [];
    for (let i = 0; i < 60; i += 1) {
        const at = await focus(front);
        if (name.test(at.name)) return;
        passed.push(at.name);
        assert.ok(at.visible, `the focus on "${at.name}" (${at.role}) cannot be seen`);
        await front.page.keyboard.press(key);
    }
    throw new Error(`${name} is not reached with ${key}; passed: ${passed.join(", ")}`);
}

function focus(front: Front): Promise<Focus> {
    return front.page.evaluate<Focus>(`(() => {
        const element = document.activeElement;
        const box = element.getBoundingClientRect();
        const labels = [...(element.labels ?? [])].map(label => label.textContent).join(" ");
        const style = getComputedStyle(element.id === "message" ? element.closest("form") : element);
        const marked = element === document.body || element.id === "main" || style.outlineStyle !== "none" || style.boxShadow !== "none" || element.tagName === "INPUT";
        return {
            role: element.tagName.toLowerCase(),
            name: (element.getAttribute("aria-label") ?? (labels || element.textContent) ?? "").trim(),
            visible: marked && (element === document.body || (box.width > 0 && box.height > 0)),
        };
    })()`);
}
