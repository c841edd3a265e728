/** What processes cost, read from Linux: the worker, its parsers and the database are charged apart. */
import { readdirSync, readFileSync } from "node:fs";

export interface Usage {
    /** Of this process' threads, its parsers, and PostgreSQL, in seconds. */
    worker: number;
    parsers: number;
    database: number;
}

/** In hundredths of a second, which is what /proc counts in on every Linux that Node supports. */
const TICKS = 100;

interface Process {
    pid: number;
    parent: number;
    command: string;
    /** With the children that have ended and been waited for. */
    cpu: number;
    resident: number;
}

/** CPU time that was used until now. Parsers that have ended count once they were waited for. */
export function usage(): Usage {
    const { user, system } = process.cpuUsage();
    const below = descendants();
    const sum = (of: readonly Process[]) => of.reduce((total, { cpu }) => total + cpu, 0);
    return { worker: (user + system) / 1e6, parsers: sum(below.filter(isParser)), database: sum(below.filter(isDatabase)) };
}

/** Of this process and its parsers, in bytes: what the container of a worker is charged for. */
export function residentOfWorker(): number {
    return process.memoryUsage.rss() + descendants().filter(isParser).reduce((sum, { resident }) => sum + resident, 0);
}

const isParser = ({ command }: Process) => command.includes("parse/child");
const isDatabase = ({ command }: Process) => /(^|\/)postgres\b/.test(command);

function descendants(): Process[] {
    const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((pid) => readProcess(Number(pid)));
    const known = new Set([process.pid]);
    // Children can have smaller numbers than their parents after numbers wrapped, so until nothing is added.
    for (let before = 0; before !== known.size; ) {
        before = known.size;
        for (const { pid, parent } of all) if (known.has(parent)) known.add(pid);
    }
    return all.filter(({ pid }) => pid !== process.pid && known.has(pid));
}

function readProcess(pid: number): Process[] {
    try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const ticks = [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0);
        return [{ pid, parent: Number(fields[1]), command: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " "), cpu: ticks / TICKS, resident: Number(fields[21]) * 4096 }];
    } catch {
        // It has ended meanwhile.
        return [];
    }
}
