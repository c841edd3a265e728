/** What runs of a node of our own. */
import { join } from "node:path";
import { homeFolder } from "../core/paths";
import { KubeClient, type KubeObject } from "./api";
import { recordFile } from "./configuration";
import { readJson } from "./files";
import { contextName, findInstallation, nodeName, type Installation } from "./installation";
import { kubernetesVersion } from "./pins";
import { isAlive } from "./process";
import type { SupervisorRecord, SupervisorSpec } from "./supervisor";

export interface ClusterStatus {
    state: "absent" | "stopped" | "running" | "degraded";
    version?: string;
    context?: string;
    kubeconfig?: string;
    /** Address of the API server. */
    api?: string;
    node?: { name: string; ready: boolean; address: string; reason?: string };
    components: { name: string; running: boolean; pid?: number; since?: string; restarts: number }[];
    folder?: string;
}

/** What runs now. Changes nothing, and asks nothing that it could wait for. */
export async function clusterStatus(home = homeFolder()): Promise<ClusterStatus> {
    const installation = findInstallation(home);
    if (!installation) return { state: "absent", components: [] };
    const record = readJson<SupervisorRecord>(recordFile(installation));
    const names = readJson<SupervisorSpec>(join(installation.folder, "supervisor.json"))?.processes.map(each => each.name) ?? [];
    const components = [
        { name: "supervisor", running: isAlive(record?.supervisor), restarts: 0, ...(isAlive(record?.supervisor) ? { pid: record!.supervisor.pid } : {}) },
        ...names.map(name => {
            const known = record?.processes[name];
            const running = isAlive(known);
            return { name, running, restarts: known?.restarts ?? 0, ...(running ? { pid: known!.pid, since: known!.since } : {}) };
        }),
    ];
    const base = { context: contextName, kubeconfig: installation.kubeconfig, api: installation.network.api, folder: installation.folder, components };
    if (!components.some(({ running }) => running)) return { ...base, state: "stopped" };
    const node = await nodeState(installation);
    const healthy = components.every(({ running }) => running) && node?.ready === true;
    return { ...base, state: healthy ? "running" : "degraded", version: kubernetesVersion, ...(node ? { node } : {}) };
}

export interface NodeObject extends KubeObject {
    status: { conditions: { type: string; status: string; reason?: string; message?: string }[] };
}

async function nodeState(installation: Installation): Promise<ClusterStatus["node"]> {
    const client = KubeClient.fromKubeconfig(installation.kubeconfig);
    try {
        const node = await client.get<NodeObject>(`/api/v1/nodes/${nodeName}`);
        const ready = node.status.conditions.find(condition => condition.type === "Ready");
        return { name: nodeName, ready: ready?.status === "True", address: installation.network.nodeAddress, ...(ready?.status === "True" ? {} : { reason: ready?.message ?? "no report from the kubelet" }) };
    } catch (error) {
        return { name: nodeName, ready: false, address: installation.network.nodeAddress, reason: error instanceof Error ? error.message : String(error) };
    } finally {
        client.close();
    }
}
