/** `npm run preview`: what `up` would change, under the policies. */
import pc from "picocolors";
import { requireAllowed, showChanges } from "./changes";
import { lookAt } from "./look";
import { readOptions } from "./options";
import { session } from "./session";
import { simulated } from "./simulate";
import { readStack } from "./stack";

export async function preview(args: readonly string[]): Promise<number> {
    if (args.includes("--simulate")) return simulated("preview", args);
    const options = readOptions(args, { stack: { type: "string", default: "dev" }, json: { type: "boolean", default: false } });
    const stack = readStack(options.stack);
    return session("preview", stack.name, async () => {
        const outcome = await lookAt(stack, { silent: options.json });
        if (options.json) {
            process.stdout.write(`${JSON.stringify(outcome, undefined, 2)}\n`);
            return outcome.ok ? 0 : 1;
        }
        requireAllowed(outcome);
        showChanges(outcome);
        const command = stack.name === "dev" ? "npm run up" : `npm run up -- --stack ${stack.name}`;
        process.stdout.write(outcome.changed === 0 ? `\n${pc.green("✔")} nothing would change\n` : `\n${outcome.changed} changes; ${command} applies them\n`);
        return 0;
    }, options.json);
}
