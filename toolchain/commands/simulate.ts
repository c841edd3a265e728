/** `--simulate`: preview, up and destroy on simulated clouds, with the real Pulumi, the real program and the real policies. */
import pc from "picocolors";
import { buildPack } from "../../policy/build";
import { homeFolder } from "../core/paths";
import { ensureAll, type Report } from "../core/provision";
import { runPlan } from "../core/steps";
import { interruptedRun, simulate, simulationProvisions, Workspace, type Outcome } from "../pulumi";
import { requireAllowed, showChanges } from "./changes";
import { readOptions } from "./options";
import { elapsed, session } from "./session";
import { policies, readStack, type StackSettings } from "./stack";

export type Simulated = "preview" | "up" | "destroy";

/** Runs `command` with every cloud simulated. @returns the exit code */
export async function simulated(command: Simulated, args: readonly string[]): Promise<number> {
    const options = readOptions(args, {
        stack: { type: "string", default: "dev" },
        simulate: { type: "boolean", default: true },
        json: { type: "boolean", default: false },
        yes: { type: "boolean", default: false },
        refresh: { type: "boolean", default: false },
        faults: { type: "string" },
    });
    if (options.faults !== undefined) process.env.AGENT_PLATFORM_CLOUD_FAULTS = options.faults;
    const stack = readStack(options.stack);
    simulate();
    return session(command, stack.name, async () => {
        if (!options.json) process.stdout.write(`${pc.bgYellow(pc.black(" SIMULATED "))} no cloud is touched: every provider only remembers, in ${homeFolder()}\n\n`);
        const outcome = await run(command, stack, options);
        if (options.json) {
            process.stdout.write(`${JSON.stringify(outcome, undefined, 2)}\n`);
            return outcome.ok ? 0 : 1;
        }
        requireAllowed(outcome);
        if (outcome.interrupted) throw interruptedRun();
        showChanges(outcome);
        process.stdout.write(`\n${pc.green("✔")} ${SAYS[command](outcome, stack)} · ${elapsed()} · simulated\n`);
        return 0;
    }, options.json);
}

const SAYS: Readonly<Record<Simulated, (outcome: Outcome, stack: StackSettings) => string>> = {
    preview: ({ changed }, { name }) => (changed === 0 ? "nothing would change" : `${changed} changes; npm run up -- --stack ${name} --simulate makes them in the simulated clouds`),
    up: ({ changed }) => (changed === 0 ? "nothing to change" : `${changed} changes`),
    destroy: ({ changed }) => `${changed} resources deleted`,
};

async function run(command: Simulated, stack: StackSettings, { json, refresh }: { json: boolean; refresh: boolean }): Promise<Outcome> {
    const tools = async (report: Report) => {
        const made = await ensureAll(simulationProvisions, report);
        await buildPack();
        return made === 0 ? "cached" : undefined;
    };
    let outcome: Outcome | undefined;
    const work = async (report: Report) => {
        const workspace = await Workspace.open(stack.name);
        await workspace.ensureStack(report);
        if (command === "destroy") outcome = await workspace.destroy({ report });
        else {
            outcome = await workspace.preview({ report, refresh, ...policies(stack) });
            if (command === "up" && outcome.ok && outcome.changed > 0) outcome = await workspace.up({ report, refresh, ...policies(stack) });
        }
        return undefined;
    };
    if (json) {
        await tools(() => undefined);
        await work(() => undefined);
    } else await runPlan([{ title: "Pulumi and the simulated clouds", run: tools }, { title: TITLES[command], run: work }]);
    return outcome!;
}

const TITLES: Readonly<Record<Simulated, string>> = { preview: "Preview under the policies", up: "Preview under the policies, and deployment", destroy: "Destroy" };
