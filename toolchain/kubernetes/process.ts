/** Processes by pid and start time, so that a reused pid is never taken for one of ours (Linux). */
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

export interface ProcessId {
    pid: number;
    /** Start time in clock ticks since boot, with the boot's id. */
    started: string;
}

/** Identifies a living process. */
export function identify(pid: number): ProcessId | undefined {
    try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        // A zombie has ended; only its parent has not looked yet.
        if (fields[0] === "Z" || fields[0] === "X") return undefined;
        return { pid, started: `${boot()}:${fields[19]}` };
    } catch {
        return undefined;
    }
}

export function isAlive(process: ProcessId | undefined): boolean {
    return process !== undefined && identify(process.pid)?.started === process.started;
}

/** The arguments of a process, or nothing if it has ended. */
export function commandLine(pid: number): string[] | undefined {
    try {
        const text = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return text === "" ? undefined : text.replace(/\0$/, "").split("\0");
    } catch {
        return undefined;
    }
}

/** Every process of the machine whose command line satisfies the test. */
export function findProcesses(test: (command: string[], pid: number) => boolean): ProcessId[] {
    return readdirSync("/proc").filter(name => /^\d+$/.test(name)).map(Number).flatMap(pid => {
        const command = commandLine(pid);
        const found = command && pid !== process.pid && test(command, pid) ? identify(pid) : undefined;
        return found ? [found] : [];
    });
}

/** The network namespace of a process, as the kernel names it. */
export function networkNamespaceOf(pid: number): string | undefined {
    try {
        return readlinkSync(`/proc/${pid}/ns/net`);
    } catch {
        return undefined;
    }
}

/** Asks to end, waits, and kills what is still there. */
export async function endProcesses(processes: readonly ProcessId[], patience: number): Promise<void> {
    signalAll(processes, "SIGTERM");
    if (await gone(processes, patience)) return;
    signalAll(processes, "SIGKILL");
    await gone(processes, 10_000);
}

function signalAll(processes: readonly ProcessId[], signal: NodeJS.Signals): void {
    for (const target of processes) {
        if (!isAlive(target)) continue;
        try {
            process.kill(target.pid, signal);
        } catch {
            // Ended between the look and the signal.
        }
    }
}

async function gone(processes: readonly ProcessId[], patience: number): Promise<boolean> {
    for (const end = Date.now() + patience; processes.some(isAlive); await sleep(50)) {
        if (Date.now() > end) return false;
    }
    return true;
}

let bootId: string | undefined;

function boot(): string {
    bootId ??= readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return bootId;
}
