/** Pulumi's own log of everything, which costs more than what it logs. */
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const notice = `Pulumi keeps a log of every command here, with every property of every resource, and there is no option against it.
It doubles the time of a preview, so agent-platform has put this file in its place; without the folder Pulumi does without.
To see what Pulumi does: pulumi preview --logtostderr -v=9
`;

/** Keeps Pulumi from logging below `home`, one of ours. What it logged there before is removed. */
export function withoutAutomaticLog(home: string): void {
    const folder = join(home, "logs");
    if (statSync(folder, { throwIfNoEntry: false })?.isFile() === true) return;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(home, { recursive: true, mode: 0o700 });
    writeFileSync(folder, notice);
}
