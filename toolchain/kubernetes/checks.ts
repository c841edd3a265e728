/** What the machine must offer for a node of its own. `doctor` shows these checks, `up` insists on them. */
import { existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { freemem, platform } from "node:os";
import { dirname, join } from "node:path";
import { homeFolder } from "../core/paths";
import { Problem } from "../core/problem";
import type { Finding, Provision } from "../core/provision";
import { tryRun, which } from "../core/run";
import { clusterStatus } from "./status";
import { readIfThere } from "./files";
import { claimable } from "./installation";
import { cgroupVersion } from "./node";

const gibibyte = 2 ** 30;
/** What node and application take together; building needs less. */
const wantedMemory = 4 * gibibyte;
/** Images, unpacked images, database and a few documents. */
const wantedDisk = 4e9;
/** A socket's path may have 107 bytes, and the longest one of the kubelet's has this many after the home. */
const longestHome = 107 - "/cluster/kubelet/device-plugins/kubelet.sock".length;

/** A check that looks, and that nothing but the person can put right. */
function check(id: string, title: string, look: () => Promise<{ detail: string } | Problem>): Provision {
    const inspect = async (): Promise<Finding> => {
        const found = await look();
        return found instanceof Problem ? { state: "failed", problem: found } : { state: "ready", detail: found.detail };
    };
    return {
        id, title, inspect,
        async ensure() {
            const finding = await inspect();
            if (finding.state === "failed") throw finding.problem;
        },
    };
}

export const rootCheck = check("kubernetes-root", "permission to run a node", async () => {
    if (platform() === "linux" && process.getuid?.() === 0) return { detail: "root" };
    return new Problem("AP-K8S-ROOT", {
        what: "No Kubernetes can be run here", why: platform() === "linux" ? "Docker does not run, and without Docker a node of our own needs root" : "Docker does not run, and without Docker a node of our own needs Linux",
        fix: platform() === "linux" ? "start Docker, or run the same command as root, or name a cluster: npm run up -- --context NAME --registry HOST" : "start Docker Desktop, or name a cluster: npm run up -- --context NAME --registry HOST",
    });
});

export const homeCheck = check("kubernetes-home", "home folder", async () => {
    const home = homeFolder();
    if (Buffer.byteLength(home) <= longestHome && !/\s/.test(home)) return { detail: home };
    return new Problem("AP-K8S-HOME", {
        what: `The cluster cannot live in ${home}`, why: `the path must have at most ${longestHome} bytes, because the kernel limits the paths of sockets, and no spaces`,
        fix: "let AGENT_PLATFORM_HOME name a shorter one",
    });
});

export const cgroupCheck = check("kubernetes-cgroups", "control groups", async () => {
    const version = cgroupVersion();
    if (version) return { detail: `version ${version}` };
    return new Problem("AP-K8S-CGROUP", {
        what: "Control groups are not available", why: "nothing is mounted at /sys/fs/cgroup, so no container's memory or processor could be limited",
        fix: "mount -t cgroup2 none /sys/fs/cgroup; inside a container, start it privileged and with its own cgroup namespace",
    });
});

/** Modules that are merely not loaded yet are loaded; the rest is tried out for real. */
export const kernelCheck: Provision = {
    id: "kubernetes-kernel",
    title: "kernel features",
    async inspect(): Promise<Finding> {
        const absent = modulesAbsent();
        if (absent.length > 0) return (await which("modprobe")) ? { state: "missing", plan: `modprobe ${absent.join(" ")}` } : { state: "failed", problem: kernelProblem(`the kernel has not loaded ${absent.join(" and ")}, and there is no modprobe`) };
        const why = await tryFeatures();
        return why === undefined ? { state: "ready", detail: "overlay, bridge filter, network namespaces, iptables" } : { state: "failed", problem: kernelProblem(why) };
    },
    async ensure() {
        for (const module of modulesAbsent()) await tryRun("modprobe", [module]);
        const absent = modulesAbsent();
        const why = absent.length > 0 ? `the kernel has no ${absent.join(" and no ")}` : await tryFeatures();
        if (why !== undefined) throw kernelProblem(why);
    },
};

export const memoryCheck = check("kubernetes-memory", "memory", async () => {
    const available = availableMemory();
    if (available >= wantedMemory || await alreadyRuns()) return { detail: `${(available / gibibyte).toFixed(1)} GiB free` };
    return new Problem("AP-K8S-MEMORY", {
        what: "There is not enough free memory", why: `${(available / gibibyte).toFixed(1)} GiB are free, and node and application take about ${wantedMemory / gibibyte} GiB together`,
        fix: "end other programs (`ps aux --sort=-rss | head` names the largest), or give the machine more memory",
    });
});

export const diskCheck = check("kubernetes-disk", "disk", async () => {
    let folder = homeFolder();
    while (!existsSync(folder)) folder = dirname(folder);
    const { bavail, bsize, blocks } = await statfs(folder);
    const free = bavail * bsize;
    const wanted = await alreadyRuns() ? wantedDisk / 8 : wantedDisk;
    // Below one percent the kubelet starts nothing any more.
    if (free >= wanted && bavail > blocks * 0.015) return { detail: `${(free / 1e9).toFixed(1)} GB free` };
    return new Problem("AP-K8S-DISK", {
        what: "The disk is nearly full", why: `${folder} has ${(free / 1e9).toFixed(1)} GB free, and images, database and volumes take ${(wanted / 1e9).toFixed(1)} GB; with less than 1 % free Kubernetes starts no pod`,
        fix: "free some space (`du -xh -d2 / | sort -h | tail` names the largest), or let AGENT_PLATFORM_HOME name a folder on another disk",
    });
});

export const networkCheck = check("kubernetes-network", "network ranges", async () => {
    const found = await claimable();
    return found instanceof Problem ? found : { detail: `pods ${found.network.podRange}, services ${found.network.serviceRange}` };
});

function modulesAbsent(): string[] {
    const absent: string[] = [];
    if (!/\boverlay$/m.test(readIfThere("/proc/filesystems") ?? "")) absent.push("overlay");
    if (!existsSync("/proc/sys/net/bridge/bridge-nf-call-iptables")) absent.push("br_netfilter");
    return absent;
}

/** @returns what does not work */
async function tryFeatures(): Promise<string | undefined> {
    if (process.getuid?.() !== 0 || await alreadyRuns()) return undefined;
    mkdirSync(homeFolder(), { recursive: true, mode: 0o700 });
    const folder = mkdtempSync(join(homeFolder(), "try-"));
    try {
        for (const name of ["lower", "upper", "work", "merged"]) mkdirSync(join(folder, name));
        const layers = `lowerdir=${folder}/lower,upperdir=${folder}/upper,workdir=${folder}/work`;
        const mounted = await tryRun("unshare", ["--mount", "mount", "-t", "overlay", "overlay", "-o", layers, `${folder}/merged`]);
        if (mounted.code !== 0) return `${homeFolder()} cannot carry an overlay file system: ${mounted.stderr.trim()}`;
        if (!(await which("iptables-restore"))) return undefined; // The package that is to be installed brings it.
        const rules = "*filter\n:TRY - [0:0]\n-A TRY -m conntrack --ctstate ESTABLISHED -j RETURN\nCOMMIT\n*nat\n:TRY - [0:0]\n-A TRY -m comment --comment x -j MASQUERADE\nCOMMIT\n";
        const filtered = await tryRun("unshare", ["--net", "iptables-restore"], { input: rules });
        return filtered.code === 0 ? undefined : `iptables does not work in a network namespace: ${filtered.stderr.trim().split("\n")[0]}`;
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

function kernelProblem(why: string): Problem {
    return new Problem("AP-K8S-KERNEL", {
        what: "The kernel lacks something that containers need", why,
        fix: "`modprobe overlay br_netfilter`; inside a container, start it privileged with its folder on a volume; or start Docker: then kind is used",
    });
}

function availableMemory(): number {
    const kilobytes = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
    return kilobytes === undefined ? freemem() : Number(kilobytes) * 1024;
}

/** What a running cluster holds is not missing. */
async function alreadyRuns(): Promise<boolean> {
    return ["running", "degraded"].includes((await clusterStatus()).state);
}
