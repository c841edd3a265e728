/** Makes ready what the test suites need, and tells them where it is. */
import { repository } from "../core/paths";
import { ensureAll, type Provision, type Report } from "../core/provision";
import { run } from "../core/run";
import { runPlan, type Step } from "../core/steps";
import { imageProvisions } from "../images";
import { kubernetesProvisions } from "../kubernetes";
import { pulumiProvisions } from "../pulumi";
import { buildPack } from "../../policy/build";
import { chromium } from "./chromium";
import type { Need } from "./suites";

/** @throws Problem when something cannot be made ready here */
export async function provideNeeds(needs: readonly Need[]): Promise<void> {
    const steps: Record<Need, () => Promise<Step>> = {
        pulumi: async () => ensuring("Pulumi", pulumiProvisions),
        policy: async () => ({ title: "Policy pack", run: async () => void (await buildPack()) }),
        kubernetes: async () => ensuring("Kubernetes", await kubernetesProvisions()),
        images: async () => ensuring("Images", imageProvisions),
        model: async () => ({ title: "Embedding model", run: report => npmScript("@agent-platform/app", "build-model", report) }),
        web: async () => ({ title: "Web front", run: report => npmScript("@agent-platform/web", "build", report) }),
        browser: async () => ensuring("Browser", [chromium]),
    };
    if (needs.length > 0) await runPlan([await Promise.all(needs.map(need => steps[need]()))]);
}

function ensuring(title: string, provisions: readonly Provision[]): Step {
    return { title, run: async report => ((await ensureAll(provisions, report)) === 0 ? "cached" : undefined) };
}

async function npmScript(workspace: string, script: string, report: Report): Promise<undefined> {
    await run("npm", ["run", script, "-w", workspace], { cwd: repository, onLine: line => line.trim() && report(line.trim()) });
}
