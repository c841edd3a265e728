/** The log file of one command: everything that would be a wall of text on screen. */
import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

let file: string | undefined;

/** Starts writing to `path`; without it, log lines are dropped (unit tests). */
export function openLog(path: string): void {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    file = path;
}

/** The file that is being written, to name in messages. */
export function logFile(): string | undefined {
    return file;
}

export function log(line: string): void {
    if (file === undefined) return;
    try {
        appendFileSync(file, `${new Date().toISOString()} ${line}\n`, { mode: 0o600 });
    } catch {
        // A full disk must not turn a log line into the failure; the step itself will say what is wrong.
    }
}
