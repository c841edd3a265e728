/** What every changing command begins with: its log file, its header, and nobody else at work. */
import { globSync, rmSync } from "node:fs";
import pc from "picocolors";
import { withLock } from "../core/lock";
import { logFile, openLog } from "../core/log";
import { homeFolder } from "../core/paths";

/** Log files that are kept of each command. */
const keptLogs = 20;

/**
 * Runs `work` as the only changing command of this installation; a second one waits, and says for whom.
 * @param silent leaves out the header, for output that a program reads
 */
export async function session<T>(command: string, stack: string, work: () => Promise<T>, silent = false): Promise<T> {
    openLog(homeFolder("logs", `${command}-${new Date().toISOString().replace(/[:.]/g, "-")}.log`));
    for (const old of globSync(`${command}-*.log`, { cwd: homeFolder("logs") }).sort().slice(0, -keptLogs)) rmSync(homeFolder("logs", old), { force: true });
    if (!silent) process.stdout.write(`${pc.bold(`agent-platform ${command}`)} · stack ${stack} · log ${logFile()}\n\n`);
    return withLock(homeFolder("command.lock"), `${command} of stack ${stack}`, work, holder => {
        process.stderr.write(`waiting for process ${holder.pid}, which is at work since ${holder.since.slice(11, 19)} UTC: ${holder.purpose}\n`);
    });
}

/** How long this command has been running, counted from the first line of the npm script. */
export function elapsed(): string {
    const seconds = Math.round((Date.now() - Number(process.env.AGENT_PLATFORM_STARTED ?? Date.now())) / 1000);
    return seconds < 90 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
