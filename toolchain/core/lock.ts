/** A lock on a folder that two runs may not fill at once. A lock whose owner died is taken over. */
import { mkdirSync, readFileSync, rmSync, writeFileSync, linkSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface Holder {
    pid: number;
    since: string;
    purpose: string;
    /** Start time of the process in clock ticks, so that a reused pid is not taken for the owner (Linux). */
    started?: string;
}

/**
 * Runs `work` while holding the lock file `path`. Waits while a living process holds it.
 * @param onWait told once, who holds it; throw there to refuse instead of waiting
 */
export async function withLock<T>(path: string, purpose: string, work: () => Promise<T>, onWait: (holder: Holder) => void = () => undefined): Promise<T> {
    mkdirSync(dirname(path), { recursive: true });
    const mine: Holder = { pid: process.pid, since: new Date().toISOString(), purpose, started: startOf(process.pid) };
    for (let told = false; ; ) {
        if (take(path, mine)) break;
        const holder = read(path);
        if (holder === undefined || !alive(holder)) {
            rmSync(path, { force: true });
            continue;
        }
        if (!told) onWait(holder);
        told = true;
        await sleep(500);
    }
    const release = () => {
        if (read(path)?.pid === process.pid) rmSync(path, { force: true });
    };
    process.once("exit", release);
    try {
        return await work();
    } finally {
        process.removeListener("exit", release);
        release();
    }
}

/** Written beside and linked into place, so that no one ever reads half a lock. */
function take(path: string, holder: Holder): boolean {
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, JSON.stringify(holder));
    try {
        linkSync(draft, path);
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
        throw error;
    } finally {
        rmSync(draft, { force: true });
    }
}

function read(path: string): Holder | undefined {
    try {
        return JSON.parse(readFileSync(path, "utf8")) as Holder;
    } catch {
        return undefined;
    }
}

function alive(holder: Holder): boolean {
    try {
        process.kill(holder.pid, 0);
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
    return holder.started === undefined || holder.started === startOf(holder.pid);
}

function startOf(pid: number): string | undefined {
    try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    } catch {
        return undefined;
    }
}
