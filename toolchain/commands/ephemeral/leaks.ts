/** What no stack owns any more: in the cluster, and on this machine. */
import { globSync } from "node:fs";
import { expiryAnnotation, lifeLabel } from "../../../components/agent-cluster/life";
import { homeFolder } from "../../core/paths";
import { clusterStatus, contextName } from "../../kubernetes";
import { kubernetesLibrary } from "../../kubernetes/library";
import { stopLocalPort } from "../../local-port";
import { kubeConfigOf } from "../pods";
import { ephemeralPrefix as prefix } from "../../pulumi/stackFile";
import { ephemeralStack, ephemeralStacks, writeStack } from "./stacks";
import { takeDown } from "./takeDown";

export interface Leak {
    what: "namespace" | "priority class" | "local port" | "stack state";
    name: string;
    /** When it may go; absent for what nobody can be using. */
    expires?: string;
}

/** Everything that looks like part of an ephemeral stack and belongs to none that has a file here. */
export async function findLeaks(): Promise<Leak[]> {
    const stacks = ephemeralStacks();
    const owned = new Set(stacks.map(({ name }) => name));
    const namespaces = new Set(stacks.map(({ namespace }) => namespace));
    const ports = named(globSync(`${prefix}*.json`, { cwd: homeFolder("local-ports") }), /^(.*)\.json$/).filter(name => !owned.has(name));
    const states = named(globSync(`*.${prefix}*.exists`, { cwd: homeFolder("stacks") }), new RegExp(`\\.(${prefix}.*)\\.exists$`)).filter(name => !owned.has(name));
    return [
        ...states.map((name): Leak => ({ what: "stack state", name })),
        ...ports.map((name): Leak => ({ what: "local port", name })),
        ...(await inCluster(namespaces)),
    ];
}

/** Removes what may go: another checkout may own a namespace, so it stays until its time is over. */
export async function removeLeaks(leaks: readonly Leak[]): Promise<Leak[]> {
    const due = leaks.filter(({ expires }) => expires === undefined || Date.parse(expires) <= Date.now());
    for (const { what, name } of due) {
        if (what === "local port") await stopLocalPort(name);
        else if (what === "stack state") await removeState(name);
        else {
            const { CoreV1Api, SchedulingV1Api } = kubernetesLibrary();
            const config = kubeConfigOf(localCluster());
            if (what === "namespace") await config.makeApiClient(CoreV1Api).deleteNamespace({ name });
            else await config.makeApiClient(SchedulingV1Api).deletePriorityClass({ name });
        }
    }
    return due;
}

async function inCluster(owned: ReadonlySet<string>): Promise<Leak[]> {
    if (!["running", "degraded"].includes((await clusterStatus()).state)) return [];
    const { CoreV1Api, SchedulingV1Api } = kubernetesLibrary();
    const config = kubeConfigOf(localCluster());
    const namespaces = (await config.makeApiClient(CoreV1Api).listNamespace()).items;
    const strays = namespaces.filter(({ metadata }) => metadata?.labels?.[lifeLabel] !== undefined && !owned.has(metadata.name!) && metadata.deletionTimestamp === undefined);
    const names = new Set(namespaces.map(({ metadata }) => metadata!.name!));
    const classes = (await config.makeApiClient(SchedulingV1Api).listPriorityClass()).items.map(({ metadata }) => metadata!.name!);
    // They carry the name of the namespace that they were made for.
    const orphans = classes.filter(name => /^agent-platform-.+-(data|serving|background)$/.test(name) && !names.has(name.replace(/-[a-z]+$/, "")));
    return [
        ...strays.map(({ metadata }): Leak => ({ what: "namespace", name: metadata!.name!, expires: metadata!.annotations?.[expiryAnnotation] })),
        ...orphans.map((name): Leak => ({ what: "priority class", name })),
    ];
}

/** Pulumi remembers a deployment whose file is gone: the file comes back for as long as it takes to destroy it. */
async function removeState(stack: string): Promise<void> {
    writeStack(stack.slice(prefix.length), new Date(0).toISOString());
    await takeDown(ephemeralStack(stack.slice(prefix.length)), () => undefined);
}

function localCluster() {
    return { kubeconfig: homeFolder("kubeconfig"), context: contextName };
}

function named(files: readonly string[], pattern: RegExp): string[] {
    return files.flatMap(file => pattern.exec(file)?.[1] ?? []);
}
