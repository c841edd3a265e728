/** `npm run ephemeral -- list|leaks`: which there are, how they are, and what nobody owns. Changes nothing. */
import pc from "picocolors";
import { kubernetesLibrary } from "../../kubernetes/library";
import { findLocalPort } from "../../local-port";
import { readOptions } from "../options";
import { kubeConfigOf } from "../pods";
import { findLeaks } from "./leaks";
import { ephemeralStacks, untilEnd, type EphemeralStack } from "./stacks";

interface Listed {
    name: string;
    namespace: string;
    expires: string;
    /** Deployments that are ready, and all; absent when the cluster cannot be asked. */
    ready?: { now: number; wanted: number };
    /** Absent when no local port is open. */
    address?: string;
    /** Where people of the tailnet go; absent when it is in none. */
    tailnet?: string;
}

export async function list(args: readonly string[]): Promise<number> {
    const { json } = readOptions(args, { json: { type: "boolean", default: false } });
    const found = await Promise.all(ephemeralStacks().map(look));
    if (json) process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
    else if (found.length === 0) process.stdout.write("there is no ephemeral stack; npm run ephemeral -- create pr-123 --ttl 4h\n");
    for (const { name, expires, ready, address, tailnet } of json ? [] : found) {
        const health = ready === undefined ? "cluster not reachable" : ready.wanted === 0 ? "not in the cluster" : `${ready.now}/${ready.wanted} ready`;
        process.stdout.write(`  ${name.padEnd(24)} ${health.padEnd(22)} ${endOf(expires).padEnd(22)} ${address ?? pc.dim(`npm run ephemeral -- open ${name}`)}${tailnet === undefined ? "" : `  ${tailnet}`}\n`);
    }
    return 0;
}

/** Exits with 1 when something is left that no stack owns. */
export async function leaks(args: readonly string[]): Promise<number> {
    const { json } = readOptions(args, { json: { type: "boolean", default: false } });
    const found = await findLeaks();
    if (json) process.stdout.write(`${JSON.stringify(found, undefined, 2)}\n`);
    else if (found.length === 0) process.stdout.write("nothing is left that no stack owns\n");
    else process.stdout.write(`${found.map(({ what, name, expires }) => `  ${what} ${name}${expires === undefined ? "" : ` · ${endOf(expires)}`}`).join("\n")}\n\nnpm run ephemeral -- reap takes away what has expired\n`);
    return found.length === 0 ? 0 : 1;
}

function endOf(expires: string): string {
    const left = untilEnd(expires);
    return left === "expired" ? left : `ends in ${left}`;
}

async function look(stack: EphemeralStack): Promise<Listed> {
    const base = { name: stack.ephemeral.name, namespace: stack.namespace, expires: stack.ephemeral.expires, address: findLocalPort(stack.name)?.url, tailnet: stack.tailnet?.address };
    try {
        const { items } = await kubeConfigOf(stack).makeApiClient(kubernetesLibrary().AppsV1Api).listNamespacedDeployment({ namespace: stack.namespace });
        return { ...base, ready: { now: items.filter(({ status, spec }) => (status?.readyReplicas ?? 0) >= (spec?.replicas ?? 1)).length, wanted: items.length } };
    } catch {
        return base;
    }
}
