/** What the node needs of the kernel besides a network: control groups and mounts, made and cleared away. */
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tryRun } from "../core/run";
import { readIfThere } from "./files";
import { cgroupOf } from "./components";
import type { Installation } from "./installation";
import { identify, type ProcessId } from "./process";

const cgroups = "/sys/fs/cgroup";

export type CgroupVersion = 1 | 2 | undefined;

/** Which kind of control groups the machine has; nothing when they are not mounted. */
export function cgroupVersion(): CgroupVersion {
    if (existsSync(join(cgroups, "cgroup.controllers"))) return 2;
    return existsSync(join(cgroups, "memory")) && existsSync(join(cgroups, "cpu")) ? 1 : undefined;
}

/** Makes the group under which the kubelet puts the pods: it must exist in every hierarchy. */
export function ensureCgroups(installation: Installation): void {
    if (cgroupVersion() === 2) {
        const wanted = readFileSync(join(cgroups, "cgroup.controllers"), "utf8").trim().split(/\s+/).filter(name => ["cpu", "cpuset", "memory", "pids", "io", "hugetlb"].includes(name));
        // The kernel accepts the list only as a whole; a controller that a realtime process blocks is left out.
        const enable = (folder: string) => { for (const name of wanted) tryWrite(join(folder, "cgroup.subtree_control"), `+${name}`); };
        enable(cgroups);
        mkdirSync(join(cgroups, cgroupOf(installation)), { recursive: true });
        enable(join(cgroups, cgroupOf(installation)));
        return;
    }
    for (const hierarchy of hierarchies()) {
        const folder = join(hierarchy, cgroupOf(installation));
        mkdirSync(folder, { recursive: true });
        // Empty sets would let no process in.
        for (const file of ["cpuset.cpus", "cpuset.mems"]) {
            if (existsSync(join(folder, file)) && readFileSync(join(folder, file), "utf8").trim() === "") tryWrite(join(folder, file), readFileSync(join(hierarchy, file), "utf8").trim());
        }
    }
}

/** Everything that runs inside pods of this installation. */
export function podProcesses(installation: Installation): ProcessId[] {
    const found = new Map<number, ProcessId>();
    for (const hierarchy of hierarchies()) {
        for (const folder of groupsBelow(join(hierarchy, cgroupOf(installation)))) {
            for (const pid of (readIfThere(join(folder, "cgroup.procs")) ?? "").split("\n").filter(Boolean).map(Number)) {
                const id = identify(pid);
                if (id) found.set(pid, id);
            }
        }
    }
    return [...found.values()];
}

/** Removes the groups, deepest first. They must be empty. */
export function removeCgroups(installation: Installation): void {
    for (const hierarchy of hierarchies()) {
        for (const folder of groupsBelow(join(hierarchy, cgroupOf(installation)))) {
            try {
                rmdirSync(folder);
            } catch {
                // Still busy for a moment, or gone: what is left is empty and harmless, and the next stop finds it.
            }
        }
    }
}

/** Mounts at or below any of these folders, deepest first. */
export function mountsBelow(...folders: string[]): string[] {
    return readFileSync("/proc/self/mountinfo", "utf8").split("\n").filter(Boolean)
        .map(line => line.split(" ")[4]!.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))))
        .filter(path => folders.some(folder => path === folder || path.startsWith(`${folder}/`)))
        .reverse();
}

/** Unmounts everything below these folders, so that deleting them deletes nothing else. */
export async function unmountBelow(...folders: string[]): Promise<void> {
    for (const path of mountsBelow(...folders)) {
        if ((await tryRun("umount", [path])).code !== 0) await tryRun("umount", ["--lazy", path]);
    }
}

/** The folders that the processes expect. */
export function ensureFolders(installation: Installation): void {
    for (const folder of ["etcd", "kubelet", "volumes", "logs", "logs/pods", "containerd"]) mkdirSync(join(installation.folder, folder), { recursive: true, mode: 0o700 });
    // Containers run as other users, and look their volumes up by path.
    chmodSync(join(installation.folder, "volumes"), 0o711);
    mkdirSync(installation.run, { recursive: true, mode: 0o700 });
}

function hierarchies(): string[] {
    if (cgroupVersion() === 2) return [cgroups];
    try {
        return readdirSync(cgroups, { withFileTypes: true }).filter(entry => entry.isDirectory()).map(entry => join(cgroups, entry.name));
    } catch {
        return [];
    }
}

/** A group and all groups in it, deepest first. */
function groupsBelow(folder: string): string[] {
    if (!existsSync(folder)) return [];
    return [...readdirSync(folder, { withFileTypes: true }).filter(entry => entry.isDirectory()).flatMap(entry => groupsBelow(join(folder, entry.name))), folder];
}

function tryWrite(path: string, text: string): void {
    try {
        writeFileSync(path, text);
    } catch {
        // A controller that this machine does not grant; the kubelet says which one it misses.
    }
}
