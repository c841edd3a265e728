/** axe-core on the page as it stands: what would keep people with assistive technology out. */
import { source } from "axe-core";
import type { Front } from "./driver";

interface Violation {
    id: string;
    impact: string | null;
    nodes: { html: string; failureSummary: string }[];
}

/** Serious and critical findings, in light and in dark, as lines to read; colours are all that dark changes. */
export async function findings(front: Front, where: string): Promise<string[]> {
    const { page } = front;
    await page.evaluate(source);
    const found: string[] = [];
    for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        // Colours that are on their way are neither the old nor the new ones.
        await page.evaluate(`new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
            for (const animation of document.getAnimations()) { try { animation.finish(); } catch { animation.cancel(); } }
            done();
        })))`);
        const options = { runOnly: colorScheme === "dark" ? ["color-contrast"] : ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] };
        const violations = await page.evaluate<Violation[]>(`axe.run(document, ${JSON.stringify({ ...options, resultTypes: ["violations"] })}).then(result => result.violations)`);
        for (const { id, impact, nodes } of violations) {
            if (impact !== "serious" && impact !== "critical") continue;
            found.push(...nodes.map(node => `${where}, ${colorScheme}: ${id} (${impact}): ${node.html.slice(0, 200)} ${node.failureSummary.replace(/\s+/g, " ")}`));
        }
    }
    await page.emulateMedia({ colorScheme: "light" });
    return found;
}
