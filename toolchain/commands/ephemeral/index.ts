/** `npm run ephemeral`: whole deployments for a while, one for each branch, side by side on one cluster. */
import type { Command } from "..";
import { Problem } from "../../core/problem";
import { create, extend, open } from "./create";
import { destroy, reap } from "./destroy";
import { leaks, list } from "./list";

/** Those that act on one stack take its name first. */
const ofOne: Readonly<Record<string, (name: string | undefined, args: readonly string[]) => Promise<number>>> = { create, extend, open, destroy };
const ofAll: Readonly<Record<string, Command>> = { list, leaks, reap };

export const ephemeral: Command = async ([action = "list", ...rest]) => {
    if (ofAll[action] !== undefined) return ofAll[action](rest);
    const one = ofOne[action];
    if (one === undefined) {
        throw new Problem("AP-USAGE", { what: `there is no ephemeral ${action}`, why: `there are ${[...Object.keys(ofOne), ...Object.keys(ofAll)].join(", ")}`, fix: "npm run ephemeral -- --help" });
    }
    const named = rest[0] !== undefined && !rest[0].startsWith("-");
    return named ? one(rest[0], rest.slice(1)) : one(undefined, rest);
};
