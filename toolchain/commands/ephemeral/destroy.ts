/** `npm run ephemeral -- destroy|reap`: takes ephemeral stacks down, with their state, locks and files. */
import pc from "picocolors";
import { toProblem } from "../../core/problem";
import type { Report } from "../../core/provision";
import { runPlan } from "../../core/steps";
import { readOptions } from "../options";
import { elapsed, session } from "../session";
import { findLeaks, removeLeaks } from "./leaks";
import { ephemeralStack, ephemeralStacks } from "./stacks";
import { takeDown } from "./takeDown";

export async function destroy(name: string | undefined, args: readonly string[]): Promise<number> {
    readOptions(args, {});
    const stack = ephemeralStack(name);
    return session("ephemeral-destroy", stack.name, async () => {
        await runPlan([{ title: stack.ephemeral.name, run: report => takeDown(stack, report) }]);
        process.stdout.write(`\n${pc.green("✔")} nothing is left of ${stack.ephemeral.name} · ${elapsed()}\n`);
        return 0;
    });
}

/** Everything that has expired, and what no stack owns any more. One that fails does not keep the others alive. */
export async function reap(args: readonly string[]): Promise<number> {
    const { "dry-run": dryRun } = readOptions(args, { "dry-run": { type: "boolean", default: false } });
    const expired = ephemeralStacks().filter(({ ephemeral }) => Date.parse(ephemeral.expires) <= Date.now());
    if (dryRun) {
        const lines = [...expired.map(({ ephemeral }) => `${ephemeral.name} expired at ${ephemeral.expires}`), ...(await findLeaks()).map(({ what, name }) => `${what} ${name} is nobody's`)];
        process.stdout.write(`${lines.length === 0 ? "nothing to reap" : lines.join("\n")}\n`);
        return 0;
    }
    return session("ephemeral-reap", "all", async () => {
        const failures: string[] = [];
        const attempt = (title: string, work: (report: Report) => Promise<string | undefined>) => runPlan([{ title, run: work }]).catch(error => {
            const { code, message, why } = toProblem(error);
            failures.push(`${title}: ${code} ${message} (${why})`);
        });
        for (const stack of expired) await attempt(stack.ephemeral.name, report => takeDown(stack, report));
        await attempt("What no stack owns", async () => {
            const removed = await removeLeaks(await findLeaks());
            return removed.length === 0 ? "nothing" : removed.map(({ what, name }) => `${what} ${name}`).join(", ");
        });
        for (const failure of failures) process.stderr.write(`${pc.red("✖")} ${failure}\n`);
        process.stdout.write(`\n${failures.length === 0 ? pc.green("✔") : pc.red("✖")} ${expired.length - failures.length} of ${expired.length} expired stacks taken down · ${elapsed()}\n`);
        return failures.length === 0 ? 0 : 1;
    });
}
