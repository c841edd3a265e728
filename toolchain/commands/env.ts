/** `npm run env`: what a shell has to evaluate so that plain pulumi commands work as `up` does. */
import { requireTools, shellLines } from "../pulumi";
import { readOptions } from "./options";

export async function env(args: readonly string[]): Promise<number> {
    readOptions(args, {});
    process.stdout.write(`${shellLines(await requireTools()).join("\n")}\n`);
    return 0;
}
