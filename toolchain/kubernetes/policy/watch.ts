/** Keeps the packet rules of the node in step with policies, pods and namespaces. */
import { Informer, type KubeClient, type KubeObject } from "../api";
import { coalesce } from "../coalesce";
import type { Network } from "../installation";
import { inside } from "../network";
import { run } from "../../core/run";
import { compilePolicies } from "./compile";
import { renderRules } from "./render";
import type { Namespace, NetworkPolicy, Pod } from "./types";

/** How long to gather changes before acting on them: a rollout brings many at once. */
const gather = 10;
/** Rules that someone else has removed come back after this time. */
const repair = 30_000;

/** Runs until aborted. When it dies, the rules stay as they are and new pods stay cut off. */
export async function enforcePolicies(network: Network, client: KubeClient, signal: AbortSignal, log: (line: string) => void): Promise<void> {
    let applied: string | undefined;
    const failed = (error: unknown) => log(`policies: ${error instanceof Error ? error.message : String(error)}`);
    const changed = coalesce(apply, failed, gather);
    const policies = new Informer<KubeObject & NetworkPolicy>(client, "/apis/networking.k8s.io/v1/networkpolicies", changed, failed);
    const pods = new Informer<KubeObject & Pod>(client, "/api/v1/pods", changed, failed);
    const namespaces = new Informer<KubeObject & Namespace>(client, "/api/v1/namespaces", changed, failed);

    async function apply(): Promise<void> {
        if (!policies.synced || !pods.synced || !namespaces.synced) return;
        const rules = compilePolicies(policies.objects, pods.objects, namespaces.objects);
        const wanted = renderRules(network, rules);
        if (wanted === applied) return;
        const present = chainsIn(await run(...inside(network, "iptables-save", "-t", "filter")));
        await run(...inside(network, "iptables-restore", "--wait", "--noflush"), { input: renderRules(network, rules, present) });
        applied = wanted;
    }

    const check = setInterval(() => { applied = undefined; changed(); }, repair);
    await Promise.all([policies.run(signal), pods.run(signal), namespaces.run(signal)]);
    clearInterval(check);
    changed.stop();
}

function chainsIn(saved: string): string[] {
    return [...saved.matchAll(/^:(\S+) /gm)].map(match => match[1]!);
}
