/** `npm run preview`: what `up` would change, under the policies. */
import pc from "picocolors";
import { buildPack } from "../../policy/build";
import { ensureAll, type Report } from "../core/provision";
import { runPlan } from "../core/steps";
import { pulumiProvisions, Workspace, type Outcome } from "../pulumi";
import { requireAllowed, showChanges } from "./changes";
import { readOptions } from "./options";
import { session } from "./session";
import { policies, readStack } from "./stack";

export async function preview(args: readonly string[]): Promise<number> {
    const options = readOptions(args, { stack: { type: "string", default: "dev" }, json: { type: "boolean", default: false } });
    const stack = readStack(options.stack);
    const tools = async (report: Report) => {
        const made = await ensureAll(pulumiProvisions, report);
        await buildPack();
        return made === 0 ? "cached" : undefined;
    };
    const look = async (report: Report): Promise<Outcome> => {
        const workspace = await Workspace.open(stack.name);
        await workspace.ensureStack(report);
        return workspace.preview({ ...policies(stack), report });
    };
    return session("preview", stack.name, async () => {
        if (options.json) {
            await tools(() => undefined);
            const outcome = await look(() => undefined);
            process.stdout.write(`${JSON.stringify(outcome, undefined, 2)}\n`);
            return outcome.ok ? 0 : 1;
        }
        let outcome: Outcome | undefined;
        await runPlan([
            { title: "Pulumi", run: tools },
            { title: "Preview under the policies", run: async report => void (outcome = await look(report)) },
        ]);
        requireAllowed(outcome!);
        showChanges(outcome!);
        const command = stack.name === "dev" ? "npm run up" : `npm run up -- --stack ${stack.name}`;
        process.stdout.write(outcome!.changed === 0 ? `\n${pc.green("✔")} nothing would change\n` : `\n${outcome!.changed} changes; ${command} applies them\n`);
        return 0;
    }, options.json);
}
