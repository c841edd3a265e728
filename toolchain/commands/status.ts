/** `npm run status`: what runs, where, how it is, and which versions. Changes nothing. */
import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";
import pc from "picocolors";
import { clusterStatus, type ClusterStatus } from "../kubernetes";
import { findLocalPort } from "../local-port";
import { findTools, Workspace } from "../pulumi";
import { readOptions } from "./options";
import { kubeConfigOf, podTroubles, type PodTrouble } from "./pods";
import { readStack, type StackSettings } from "./stack";

interface Workload {
    name: string;
    kind: string;
    ready: number;
    wanted: number;
    healthy: boolean;
    restarts: number;
    image: string;
}

interface Status {
    stack: string;
    deployed: boolean;
    /** Where people go; absent when nothing leads there now. */
    address?: string;
    cluster: Pick<ClusterStatus, "state" | "version" | "context" | "api"> & { node?: ClusterStatus["node"] };
    workloads: Workload[];
    troubles: { pod: string; state: string; what: string; fix?: string }[];
    volumes: { name: string; size: string; phase: string }[];
    versions: Record<string, string>;
}

export async function status(args: readonly string[]): Promise<number> {
    const { json } = readOptions(args, { json: { type: "boolean", default: false } });
    const found = await look();
    if (json) process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
    else show(found);
    return found.deployed && (found.workloads.some(({ healthy }) => !healthy) || found.cluster.state === "degraded") ? 1 : 0;
}

async function look(): Promise<Status> {
    const stack = readStack("dev");
    const cluster = stack.local ? await clusterStatus() : { state: "running" as const, context: stack.context, components: [] };
    const reachable = cluster.state === "running" || cluster.state === "degraded";
    const tools = await findTools();
    const state = tools === undefined ? undefined : await (await Workspace.open(stack.name)).state();
    const workloads = reachable ? await workloadsOf(stack) : [];
    const troubles = reachable ? await podTroubles(stack) : [];
    return {
        stack: stack.name,
        deployed: workloads.length > 0,
        address: workloads.length > 0 ? findLocalPort(stack.name)?.url : undefined,
        cluster: { state: cluster.state, version: cluster.version, context: cluster.context, api: cluster.api, node: cluster.node },
        workloads,
        troubles: troubles.map(plain),
        volumes: reachable ? await volumesOf(stack) : [],
        versions: { ...(tools && { pulumi: tools.cli.version }), ...(cluster.version !== undefined && { kubernetes: cluster.version }), node: process.versions.node, ...(state && { resources: String(state.resources) }) },
    };
}

async function workloadsOf(stack: StackSettings): Promise<Workload[]> {
    try {
        const { namespace } = stack;
        const config = kubeConfigOf(stack);
        const apps = config.makeApiClient(AppsV1Api);
        const [deployments, stateful, pods] = await Promise.all([apps.listNamespacedDeployment({ namespace }), apps.listNamespacedStatefulSet({ namespace }), config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace })]);
        const all = [...stateful.items.map(item => ({ kind: "StatefulSet", item })), ...deployments.items.map(item => ({ kind: "Deployment", item }))];
        return all.map(({ kind, item }) => {
            const name = item.metadata!.name!;
            const own = pods.items.filter(pod => pod.metadata?.labels?.["app.kubernetes.io/name"] === name);
            const wanted = item.spec?.replicas ?? 1;
            const ready = item.status?.readyReplicas ?? 0;
            return {
                name, kind, ready, wanted, healthy: ready >= wanted,
                restarts: own.flatMap(pod => pod.status?.containerStatuses ?? []).reduce((sum, container) => sum + container.restartCount, 0),
                image: item.spec?.template.spec?.containers[0]?.image ?? "",
            };
        });
    } catch {
        return [];
    }
}

async function volumesOf(stack: StackSettings): Promise<Status["volumes"]> {
    const claims = await kubeConfigOf(stack).makeApiClient(CoreV1Api).listNamespacedPersistentVolumeClaim({ namespace: stack.namespace }).catch(() => ({ items: [] }));
    return claims.items.map(claim => ({ name: claim.metadata?.name ?? "", size: claim.spec?.resources?.requests?.storage ?? "", phase: claim.status?.phase ?? "" }));
}

function plain({ pod, cause }: PodTrouble): Status["troubles"][number] {
    return { pod, state: cause.state, what: cause.what, fix: cause.fix };
}

function show(found: Status): void {
    const { cluster } = found;
    const line = (label: string, text: string) => process.stdout.write(`  ${label.padEnd(10)} ${text}\n`);
    process.stdout.write(`${pc.bold("agent-platform status")} · stack ${found.stack}\n\n`);
    line("cluster", [cluster.state === "running" ? pc.green("running") : pc.yellow(cluster.state), cluster.version && `Kubernetes ${cluster.version}`, cluster.api].filter(Boolean).join(" · "));
    if (cluster.node && !cluster.node.ready) line("node", `${pc.red("not ready")} · ${cluster.node.reason ?? ""}`);
    if (!found.deployed) {
        line("platform", cluster.state === "stopped" ? "its cluster is stopped; npm run up brings it back with its data" : "not deployed; npm run up");
        return;
    }
    line("address", found.address ?? "no local port is open; npm run up opens it");
    process.stdout.write("\n");
    for (const workload of found.workloads) {
        const mark = workload.healthy ? pc.green("✔") : pc.red("✖");
        const restarts = workload.restarts > 0 ? pc.yellow(` · ${workload.restarts} restarts`) : "";
        process.stdout.write(`  ${mark} ${workload.name.padEnd(16)} ${workload.ready}/${workload.wanted}${restarts}  ${pc.dim(workload.image.replace(/@sha256:(.{12}).*/, "@$1"))}\n`);
    }
    for (const { pod, what, fix } of found.troubles) process.stdout.write(`\n  ${pc.yellow(pod)}: ${what}${fix === undefined ? "" : `\n    fix  ${fix}`}\n`);
    process.stdout.write("\n");
    for (const { name, size, phase } of found.volumes) line("volume", `${name} · ${size} · ${phase.toLowerCase()}`);
    line("versions", Object.entries(found.versions).map(([name, version]) => `${name} ${version}`).join(" · "));
}
