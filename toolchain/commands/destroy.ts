/** `npm run destroy`: leaves nothing running, and says what it keeps. */
import { existsSync } from "node:fs";
import pc from "picocolors";
import { cacheFolder, homeFolder } from "../core/paths";
import { Problem } from "../core/problem";
import { runPlan } from "../core/steps";
import { clusterStatus, startCluster, stopCluster } from "../kubernetes";
import { stopLocalPort } from "../local-port";
import { interruptedRun, Workspace } from "../pulumi";
import { ephemeralStacks } from "./ephemeral/stacks";
import { takeDown } from "./ephemeral/takeDown";
import { readOptions } from "./options";
import { confirm, hasTerminal } from "./question";
import { elapsed, session } from "./session";
import { simulated } from "./simulate";
import { readStack, type StackSettings } from "./stack";

export async function destroy(args: readonly string[]): Promise<number> {
    if (args.includes("--simulate")) return simulated("destroy", args);
    const options = readOptions(args, { stack: { type: "string", default: "dev" }, "keep-data": { type: "boolean", default: false }, yes: { type: "boolean", default: false } });
    const stack = readStack(options.stack);
    const keepData = options["keep-data"];
    if (!options.yes && !hasTerminal()) {
        throw new Problem("AP-CONFIRM", { what: `stack ${stack.name} is not destroyed without a yes`, why: "there is no terminal to ask at", fix: `npm run destroy -- --stack ${stack.name} --yes` });
    }
    if (keepData && !stack.local) {
        throw new Problem("AP-KEEP-DATA", { what: `--keep-data is for the cluster of this machine, and stack ${stack.name} names another`, why: "there, what happens to a volume is decided by the reclaim policy of its StorageClass", fix: "back the database up first, then destroy without --keep-data; docs/operating.md tells how" });
    }
    return session("destroy", stack.name, async () => {
        // They live on the same cluster.
        const others = stack.name === "dev" && stack.local && !keepData ? ephemeralStacks() : [];
        const what = keepData ? "Stop the deployment and its cluster, and keep its data?" : `Destroy stack ${stack.name} with all its documents, conversations and orders${others.length === 0 ? "" : `, and the ephemeral stacks ${others.map(({ ephemeral }) => ephemeral.name).join(", ")}`}?`;
        if (!options.yes && !(await confirm(what, false))) {
            process.stdout.write("nothing was changed\n");
            return 1;
        }
        await runPlan([
            { title: "Local port", run: () => stopLocalPort(stack.name).then(() => undefined) },
            ...others.map(other => ({ title: `Ephemeral stack ${other.ephemeral.name}`, run: (report: (line: string) => void) => takeDown(other, report) })),
            ...(keepData ? [] : [{ title: "Deployment", run: (report: (line: string) => void) => remove(stack, report) }]),
            ...(stack.local ? [{ title: "Kubernetes", run: async (report: (line: string) => void) => void (await stopCluster({ keepData }, report)) }] : []),
        ]);
        process.stdout.write(`\n${pc.green("✔")} nothing of stack ${stack.name} is running · ${elapsed()}\n\nkept\n${kept(stack, keepData).map(line => `  ${line}`).join("\n")}\n`);
        return 0;
    });
}

/** Everything that Pulumi has created. A stopped cluster is started for it: otherwise nobody could tell that it is gone. */
async function remove(stack: StackSettings, report: (line: string) => void): Promise<string | undefined> {
    const workspace = await Workspace.ofDeployed(stack.name, report);
    if (workspace === undefined) return "never deployed";
    if (stack.local) {
        if ((await clusterStatus()).state === "absent") return "gone with its cluster";
        await startCluster(report);
    }
    await workspace.ensureStack(report);
    const outcome = await workspace.destroy({ report });
    if (outcome.interrupted) throw interruptedRun();
    return `${outcome.changed} resources deleted`;
}

function kept(stack: StackSettings, keepData: boolean): string[] {
    const lines = [
        ...(keepData ? [`the data volumes and the cluster's records, in ${homeFolder("cluster")}; npm run up brings everything back`] : []),
        `the passphrase and the history of the stack, in ${homeFolder()}`,
        ...(existsSync(cacheFolder()) ? [`tools and images, in ${cacheFolder()}; delete it to free the space, the next up makes them again`] : []),
    ];
    return stack.local ? lines : lines.slice(keepData ? 1 : 0);
}
