/** Debian packages that the node is made of. Their own services are none of ours and are not left running. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { installPackages } from "../core/debianPackages";
import { Problem } from "../core/problem";
import type { Finding, Provision, Report } from "../core/provision";
import { run, tryRun, which } from "../core/run";
import type { Programs } from "./components";

interface Needed {
    package: string;
    /** Programs that must be found; any other package that brings them is as good. */
    programs: string[];
    /** A service that installing it starts. */
    service?: string;
}

const needed: readonly Needed[] = [
    { package: "containerd", programs: ["containerd", "ctr", "containerd-shim-runc-v2"], service: "containerd" },
    { package: "runc", programs: ["runc"] },
    { package: "etcd-server", programs: ["etcd"], service: "etcd" },
    { package: "containernetworking-plugins", programs: [] },
    { package: "iptables", programs: ["iptables", "iptables-restore", "iptables-save"] },
    { package: "conntrack", programs: ["conntrack"] },
    { package: "iproute2", programs: ["ip"] },
    { package: "openssl", programs: ["openssl"] },
    { package: "mount", programs: ["mount", "umount"] },
];

const pluginFolders = ["/usr/lib/cni", "/opt/cni/bin", "/usr/libexec/cni"];

/** The programs that packages bring, when all are there. */
export async function findNodeTools(): Promise<Pick<Programs, "containerd" | "etcd" | "cniPlugins"> | undefined> {
    const [containerd, etcd, cniPlugins] = [await which("containerd"), await which("etcd"), findPlugins()];
    return containerd && etcd && cniPlugins && (await missing()).length === 0 ? { containerd, etcd, cniPlugins } : undefined;
}

export const nodePackages: Provision = {
    id: "kubernetes-packages",
    title: "container runtime and database",
    async inspect(): Promise<Finding> {
        const absent = await missing();
        if (absent.length === 0) return { state: "ready", source: "debian", version: await versions() };
        const packages = absent.map(each => each.package).join(" ");
        if (!(await which("apt-get"))) return { state: "failed", problem: noApt(absent) };
        return { state: "missing", plan: `apt-get install --no-install-recommends ${packages}` };
    },
    async ensure(report: Report): Promise<void> {
        const absent = await missing();
        if (absent.length === 0) return;
        if (!(await which("apt-get"))) throw noApt(absent);
        const packages = absent.map(each => each.package);
        const failure = await installPackages(packages, report);
        if (failure !== undefined) throw new Problem("AP-K8S-PACKAGES", {
            what: `The packages ${packages.join(", ")} could not be installed`, why: failure,
            fix: `run \`apt-get update && apt-get install --no-install-recommends ${packages.join(" ")}\` and see what it says`,
        });
        // Ours run with their own folders and sockets; what Debian has just started would only take memory and ports.
        for (const { service } of absent) if (service) await stopService(service);
    },
};

async function missing(): Promise<Needed[]> {
    const result: Needed[] = [];
    for (const each of needed) {
        const there = each.package === "containernetworking-plugins" ? findPlugins() !== undefined : (await Promise.all(each.programs.map(which))).every(Boolean);
        if (!there) result.push(each);
    }
    return result;
}

function findPlugins(): string | undefined {
    return pluginFolders.find(folder => ["bridge", "host-local", "loopback"].every(name => existsSync(join(folder, name))));
}

async function stopService(service: string): Promise<void> {
    if (existsSync("/run/systemd/system")) await tryRun("systemctl", ["disable", "--now", service]);
    else if (await which("service")) await tryRun("service", [service, "stop"]);
}

async function versions(): Promise<string> {
    const containerd = / v?(\d+\.\d+\.\d+)/.exec(await run("containerd", ["--version"]))?.[1];
    const etcd = /etcd Version: (\S+)/.exec((await tryRun("etcd", ["--version"])).stdout)?.[1];
    return `containerd ${containerd ?? "?"}, etcd ${etcd ?? "?"}`;
}

function noApt(absent: readonly Needed[]): Problem {
    return new Problem("AP-K8S-PACKAGES", {
        what: `The local Kubernetes needs ${absent.map(each => each.package).join(", ")}`, why: "they are not on this machine, and it has no apt-get to install them with",
        fix: "install these programs with the machine's own package manager, or install Docker: then kind is used",
    });
}
