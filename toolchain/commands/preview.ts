/** `npm run preview`: what `up` would change, under the policies. */
import pc from "picocolors";
import { buildPack } from "../../policy/build";
import { Workspace } from "../pulumi";
import { requireAllowed, showChanges } from "./changes";
import { readOptions } from "./options";
import { session } from "./session";
import { policies, readStack } from "./stack";

export async function preview(args: readonly string[]): Promise<number> {
    const options = readOptions(args, { stack: { type: "string", default: "dev" }, json: { type: "boolean", default: false } });
    const stack = readStack(options.stack);
    return session("preview", stack.name, async () => {
        await buildPack();
        const workspace = await Workspace.open(stack.name);
        await workspace.ensureStack();
        const outcome = await workspace.preview({ ...policies(stack), report: line => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${line.slice(0, 100)}`) });
        if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
        if (options.json) {
            process.stdout.write(`${JSON.stringify(outcome, undefined, 2)}\n`);
            return outcome.ok ? 0 : 1;
        }
        requireAllowed(outcome);
        showChanges(outcome);
        process.stdout.write(outcome.changed === 0 ? `${pc.green("✔")} nothing would change\n` : `\n${outcome.changed} changes; npm run up applies them\n`);
        return 0;
    }, options.json);
}
