/** The settings of the node on disk, and what the supervisor is told to run. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { configFile, configFiles, filesRead, nodeProcesses, type NodeFacts, type Programs } from "./components";
import { readIfThere, readJson, writeAtomic } from "./files";
import { contextName, nodeName, type Installation } from "./installation";
import { identity, kubeconfigFor, pkiFile } from "./pki";
import { upstreamServers } from "./resolver";
import type { SupervisorSpec } from "./supervisor";

/** Of the metrics API, on the host's end of the link alone. */
export const metricsPort = 6444;

/** What this machine grants; decided once for as long as the node's image store lives. */
export function nodeFacts(installation: Installation, pauseImage: string): NodeFacts {
    const effective = BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0"}`);
    const resolvConf = configFile(installation, "resolv.conf");
    const servers = upstreamServers();
    writeAtomic(resolvConf, servers.map(server => `nameserver ${server}\n`).join(""), 0o644);
    const known = readJson<{ snapshotter: NodeFacts["snapshotter"] }>(join(installation.folder, "node.json"));
    const facts: NodeFacts = { limited: (effective & (1n << 24n)) === 0n, resolvConf, pauseImage, snapshotter: known?.snapshotter ?? "overlayfs" };
    writeAtomic(join(installation.folder, "node.json"), JSON.stringify({ snapshotter: facts.snapshotter }));
    return facts;
}

export function writeConfiguration(installation: Installation, programs: Programs, facts: NodeFacts): void {
    const files: Record<string, string> = {
        ...configFiles(installation, programs, facts),
        "controller-manager.kubeconfig": kubeconfigFor(installation, "controller-manager", { context: contextName, user: "controller-manager" }),
        "scheduler.kubeconfig": kubeconfigFor(installation, "scheduler", { context: contextName, user: "scheduler" }),
        "kubelet.kubeconfig": kubeconfigFor(installation, "kubelet", { context: contextName, user: "kubelet" }),
        "kube-proxy.kubeconfig": kubeconfigFor(installation, "kube-proxy", { context: contextName, user: "kube-proxy" }),
        "supervisor.kubeconfig": kubeconfigFor(installation, "supervisor", { context: contextName, user: "supervisor" }),
    };
    for (const [file, content] of Object.entries(files)) {
        if (readIfThere(configFile(installation, file)) !== content) writeAtomic(configFile(installation, file), content);
    }
    const admin = kubeconfigFor(installation, "admin", { context: contextName, user: "agent-platform-admin" });
    if (readIfThere(installation.kubeconfig) !== admin) writeAtomic(installation.kubeconfig, admin);
}

/** A digest of what a process reads when it starts: another one means that it must be started again. */
export function revisionOf(installation: Installation, name: string): string {
    const digest = createHash("sha256");
    for (const file of filesRead[name] ?? []) digest.update(readIfThere(file.startsWith("pki/") ? join(installation.folder, file) : configFile(installation, file)) ?? "");
    return digest.digest("hex").slice(0, 16);
}

export function supervisorSpec(installation: Installation, programs: Programs): SupervisorSpec {
    const bundle = join(installation.folder, "supervisor.js");
    const built = buildSync({ entryPoints: [join(__dirname, "supervisor.ts")], bundle: true, platform: "node", target: "node22", format: "cjs", write: false, logLevel: "silent" }).outputFiles[0]!.text;
    if (readIfThere(bundle) !== built) writeAtomic(bundle, built);
    const spec = {
        network: installation.network,
        processes: nodeProcesses(installation, programs, name => revisionOf(installation, name)),
        logs: join(installation.folder, "logs"),
        volumes: join(installation.folder, "volumes"),
        kubeconfig: configFile(installation, "supervisor.kubeconfig"),
        record: recordFile(installation),
        metrics: {
            address: installation.network.hostAddress, port: metricsPort, ...identity(installation, "metrics"),
            clientAuthority: pkiFile(installation, "front-proxy-ca.crt"), clientName: "front-proxy-client", kubelet: `https://${installation.network.nodeAddress}:10250`, node: nodeName,
        },
    };
    return { ...spec, revision: createHash("sha256").update(JSON.stringify(spec)).update(built).digest("hex").slice(0, 16) };
}

export function recordFile(installation: Installation): string {
    return join(installation.run, "processes.json");
}
