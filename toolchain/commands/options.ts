/** Command-line options, and a clear answer to a mistyped one. */
import { parseArgs, type ParseArgsConfig } from "node:util";
import { Problem } from "../core/problem";

type Options = NonNullable<ParseArgsConfig["options"]>;

/** @throws Problem AP-USAGE for an unknown option, a missing value or a stray word */
export function readOptions<T extends Options>(args: readonly string[], options: T) {
    try {
        return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
    } catch (error) {
        const names = Object.entries(options).map(([name, { type }]) => `--${name}${type === "string" ? " VALUE" : ""}`);
        throw new Problem("AP-USAGE", {
            what: (error as Error).message.split(". ")[0]!,
            why: `the options are ${names.join(", ")}`,
            fix: "--help tells what they mean",
        });
    }
}
