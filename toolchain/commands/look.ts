/** A preview of a stack under the policies, for every command that looks before something is done. */
import { buildPack } from "../../policy/build";
import { ensureAll, type Report } from "../core/provision";
import { runPlan } from "../core/steps";
import { pulumiProvisions, simulating, simulationProvisions, Workspace, type Outcome } from "../pulumi";
import { policies, type StackSettings } from "./stack";

/**
 * Sets up what a preview needs, and runs it. Changes nothing.
 * @param silent shows no progress, for output that a program reads
 */
export async function lookAt(stack: StackSettings, { silent }: { silent: boolean }): Promise<Outcome> {
    const tools = async (report: Report) => {
        const made = await ensureAll(simulating() ? simulationProvisions : pulumiProvisions, report);
        await buildPack();
        return made === 0 ? "cached" : undefined;
    };
    const look = async (report: Report): Promise<Outcome> => {
        const workspace = await Workspace.open(stack.name);
        await workspace.ensureStack(report);
        return workspace.preview({ ...policies(stack), report });
    };
    if (silent) {
        await tools(() => undefined);
        return look(() => undefined);
    }
    let outcome: Outcome | undefined;
    await runPlan([
        { title: "Pulumi", run: tools },
        { title: "Preview under the policies", run: async report => void (outcome = await look(report)) },
    ]);
    return outcome!;
}
