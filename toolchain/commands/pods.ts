/** Why pods of the deployment are not doing their work, in words. */
import type { CoreV1Event, KubeConfig, V1Pod, V1ReplicaSet, V1StatefulSet } from "@kubernetes/client-node";
import { explainRefusals } from "../kubernetes/admission";
import { kubernetesLibrary } from "../kubernetes/library";
import { describePodCause, explainPod, type PodCause } from "../kubernetes/pod-state";
import type { StackSettings } from "./stack";

export interface PodTrouble {
    pod: string;
    cause: PodCause;
    text: string;
}

/** An API client for the cluster of this stack. */
export function kubeConfigOf(stack: Pick<StackSettings, "kubeconfig" | "context">): KubeConfig {
    const { KubeConfig } = kubernetesLibrary();
    const config = new KubeConfig();
    if (stack.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(stack.kubeconfig);
    config.setCurrentContext(stack.context);
    return config;
}

export async function namespaceExists(stack: StackSettings): Promise<boolean> {
    const { items } = await kubeConfigOf(stack).makeApiClient(kubernetesLibrary().CoreV1Api).listNamespace();
    return items.some(item => item.metadata?.name === stack.namespace);
}

/** Every pod that is not well; empty too when the cluster cannot be asked, because another error says so then. */
export async function podTroubles(stack: StackSettings): Promise<PodTrouble[]> {
    try {
        const { namespace } = stack;
        const core = kubeConfigOf(stack).makeApiClient(kubernetesLibrary().CoreV1Api);
        const [pods, events] = await Promise.all([core.listNamespacedPod({ namespace }), core.listNamespacedEvent({ namespace })]);
        const troubles: PodTrouble[] = [];
        for (const pod of pods.items) {
            const name = pod.metadata!.name!;
            const lines = new Map<string, string>();
            for (const status of pod.status?.containerStatuses ?? []) {
                if ((status.restartCount ?? 0) === 0 && status.state?.terminated === undefined) continue;
                const text = await core.readNamespacedPodLog({ namespace, name, container: status.name, previous: status.state?.terminated === undefined, tailLines: 1 }).catch(() => "");
                lines.set(status.name, text.trim());
            }
            const own = events.items.filter(event => event.involvedObject.name === name);
            const cause = explainPod(pod as unknown as Parameters<typeof explainPod>[0], own, container => lines.get(container) || undefined);
            if (cause !== undefined) troubles.push({ pod: name, cause, text: describePodCause(name, cause) });
        }
        return [...troubles, ...(await refusedPods(stack, events.items, pods.items))];
    } catch {
        return [];
    }
}

/** Pods that were never made, because their images are not let in: only whatever was to make them knows of it. */
async function refusedPods(stack: StackSettings, events: readonly CoreV1Event[], pods: readonly V1Pod[]): Promise<PodTrouble[]> {
    const recent = events.filter(({ reason, lastTimestamp }) => reason === "FailedCreate" && Date.now() - (lastTimestamp?.getTime() ?? Date.now()) < stillTrue);
    const latest = new Map(recent.map((event) => [`${event.involvedObject.kind}/${event.involvedObject.name}`, event]));
    const refused = [...latest].map(([owner, { involvedObject, message = "" }]) => ({ owner, kind: involvedObject.kind, name: involvedObject.name ?? "", refusals: explainRefusals(message) })).filter(({ refusals }) => refusals.length > 0);
    const wanting = await Promise.all(refused.map(({ kind, name }) => lacksPods(stack, kind, name, pods)));
    return refused.filter((_, index) => wanting[index]).flatMap(({ owner, refusals }) => refusals.map(({ reason, what, fix }): PodTrouble => {
        const cause: PodCause = { state: "waiting", reason, what, fix };
        return { pod: owner, cause, text: describePodCause(owner, cause) };
    }));
}

/** An event stays for an hour: whether what it tells of is still so, the object and its pods know. */
async function lacksPods(stack: StackSettings, kind: string | undefined, name: string, pods: readonly V1Pod[]): Promise<boolean> {
    const apps = kubeConfigOf(stack).makeApiClient(kubernetesLibrary().AppsV1Api);
    const which = { namespace: stack.namespace, name };
    const found = kind === "ReplicaSet" ? apps.readNamespacedReplicaSet(which) : kind === "StatefulSet" ? apps.readNamespacedStatefulSet(which) : undefined;
    if (found === undefined) return true;
    return found.then((owner) => hasFewerThanItWants(owner, pods), () => false);
}

/** By the pods themselves: the count in an owner's status comes only after they are made. */
export function hasFewerThanItWants({ metadata, spec }: V1ReplicaSet | V1StatefulSet, pods: readonly V1Pod[]): boolean {
    const made = pods.filter((pod) => pod.metadata?.ownerReferences?.some(({ uid, controller }) => controller === true && uid === metadata?.uid));
    return made.length < (spec?.replicas ?? 1);
}

/** Controllers try again, at the latest after a quarter of an hour, and say so again. */
const stillTrue = 20 * 60_000;
