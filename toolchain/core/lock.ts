/** A lock on a folder that two runs may not fill at once. A lock whose owner died is taken over. */
import { createHash } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
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
 * @param pause milliseconds between two attempts
 */
export async function withLock<T>(path: string, purpose: string, work: () => Promise<T>, onWait: (holder: Holder) => void = () => undefined, pause = 500): Promise<T> {
    mkdirSync(dirname(path), { recursive: true });
    const mine: Holder = { pid: process.pid, since: new Date().toISOString(), purpose, started: startOf(process.pid) };
    for (let told = false; !acquire(path, mine); ) {
        const holder = parse(content(path));
        if (holder === undefined || !alive(holder)) continue;
        if (!told) onWait(holder);
        told = true;
        await sleep(pause);
    }
    const release = () => {
        if (parse(content(path))?.pid === process.pid) rmSync(path, { force: true });
    };
    process.once("exit", release);
    try {
        return await work();
    } finally {
        process.removeListener("exit", release);
        release();
    }
}

/** One attempt: at a free lock, or at one whose owner is dead. */
function acquire(path: string, mine: Holder): boolean {
    if (place(path, mine, linkSync)) return true;
    const found = content(path);
    const holder = parse(found);
    if (found === undefined || (holder !== undefined && alive(holder))) return false;
    // Several may see the same dead owner at once, and deleting its file might delete the lock of the one who was
    // quicker. So there is a lock on replacing exactly this owner, which is taken in the same way.
    const claim = `${path}.after-${createHash("sha256").update(found).digest("hex").slice(0, 16)}`;
    if (!acquire(claim, mine)) return false;
    try {
        return content(path) === found && place(path, mine, renameSync);
    } finally {
        rmSync(claim, { force: true });
    }
}

/** Written beside and put into place whole, so that no one ever reads half a lock. */
function place(path: string, holder: Holder, put: (draft: string, path: string) => void): boolean {
    const draft = `${path}.${process.pid}`;
    try {
        writeFileSync(draft, JSON.stringify(holder));
        put(draft, path);
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
        throw error;
    } finally {
        rmSync(draft, { force: true });
    }
}

function content(path: string): string | undefined {
    try {
        return readFileSync(path, "utf8");
    } catch {
        return undefined;
    }
}

/** Nothing for a file that is not ours, such as one that a power cut left empty: its owner counts as dead. */
function parse(text: string | undefined): Holder | undefined {
    try {
        return JSON.parse(text ?? "") as Holder;
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
