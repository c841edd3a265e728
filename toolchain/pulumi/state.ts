/** What the state of a stack looks like on disk, and who is at work on it. Only for the backend in our own folder. */
import { existsSync, readFileSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { Problem } from "../core/problem";
import { stateFolder } from "./environment";

interface Checkpoint {
    checkpoint?: {
        latest?: {
            secrets_providers?: { type?: string; state?: { salt?: string } };
            pending_operations?: { type: string; resource: { urn: string } }[] | null;
            resources?: { urn: string; type: string; custom?: boolean }[] | null;
        } | null;
    };
}

export interface StackState {
    /** The salt with which the state's secrets are encrypted. */
    salt: string | undefined;
    /** Resources that an earlier run had begun to change when it was killed. */
    pending: string[];
    /** How many real resources there are. */
    resources: number;
}

export interface LockHolder {
    file: string;
    pid: number;
    host: string;
    user: string;
    since: string;
    alive: boolean;
    /** Nobody who started it is there any more. */
    leftBehind: boolean;
}

export function stateFile(project: string, stack: string): string {
    return join(stateFolder(), ".pulumi", "stacks", project, `${stack}.json`);
}

/**
 * Nothing, when there is no such stack yet.
 * @throws Problem when the file is there but cannot be understood
 */
export async function readState(project: string, stack: string): Promise<StackState | undefined> {
    const file = stateFile(project, stack);
    if (!existsSync(file)) return undefined;
    let parsed: Checkpoint;
    try {
        parsed = JSON.parse(await readFile(file, "utf8")) as Checkpoint;
        if (typeof parsed.checkpoint !== "object") throw new Error("it has no checkpoint");
    } catch (error) {
        throw new Problem("AP-STATE-BROKEN", {
            what: `The state of stack ${stack} cannot be read`,
            why: `${file}: ${error instanceof Error ? error.message : String(error)}`,
            fix: await restoreAdvice(project, stack, file),
            cause: error,
        });
    }
    const latest = parsed.checkpoint?.latest;
    return {
        salt: latest?.secrets_providers?.state?.salt,
        pending: (latest?.pending_operations ?? []).map((operation) => operation.resource.urn),
        resources: (latest?.resources ?? []).filter((resource) => resource.custom === true && !resource.type.startsWith("pulumi:providers:")).length,
    };
}

/** Every lock on a stack, with the process that took it. */
export async function readLocks(project: string, stack: string): Promise<LockHolder[]> {
    const folder = join(stateFolder(), ".pulumi", "locks");
    if (!existsSync(folder)) return [];
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".json") && name.includes(join(project, stack) + "/"));
    return Promise.all(files.map(async (name) => {
        const file = join(folder, name);
        const { pid = 0, hostname: host = "?", username: user = "?", timestamp: since = "?" } = JSON.parse(await readFile(file, "utf8")) as { pid?: number; hostname?: string; username?: string; timestamp?: string };
        return { file, pid, host, user, since, alive: host !== hostname() || isPulumi(pid), leftBehind: host === hostname() && parentOf(pid) === 1 };
    }));
}

/**
 * Beside each file of the state Pulumi keeps one with its attributes, and writes that in place: killed in that moment it
 * leaves an empty one, and then refuses to read the state, which is whole. Removes such files; nobody needs what they hold.
 */
export async function removeBrokenAttributes(project: string, stack: string): Promise<void> {
    const folder = join(stateFolder(), ".pulumi");
    if (!existsSync(folder)) return;
    const mine = [join("stacks", project, `${stack}.json`), join("history", project, stack, ""), join("backups", project, stack, "")];
    for (const name of await readdir(folder, { recursive: true })) {
        if (!name.endsWith(".attrs") || !mine.some((prefix) => name.startsWith(prefix))) continue;
        const file = join(folder, name);
        if (!isJson(await readFile(file, "utf8"))) await rm(file, { force: true });
    }
}

function isJson(text: string): boolean {
    try {
        JSON.parse(text);
        return true;
    } catch {
        return false;
    }
}

/** A number may have gone to another process since; only one that is a pulumi counts. */
function isPulumi(pid: number): boolean {
    try {
        process.kill(pid, 0);
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
    try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0", 1)[0]!.includes("pulumi");
    } catch {
        // Without /proc (macOS) a living process has to be taken for the holder.
        return true;
    }
}

/** Undefined where there is no /proc. */
function parentOf(pid: number): number | undefined {
    try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    } catch {
        return undefined;
    }
}

async function restoreAdvice(project: string, stack: string, file: string): Promise<string> {
    const backups = join(stateFolder(), ".pulumi", "backups", project, stack);
    const newest = existsSync(backups) ? (await readdir(backups)).filter((name) => name.endsWith(".json")).sort().at(-1) : undefined;
    return newest === undefined
        ? `restore ${file} from a backup; without one, move it away, delete what was deployed by hand, and run npm run up`
        : `cp '${join(backups, newest)}' '${file}' && npm run up -- --refresh`;
}
