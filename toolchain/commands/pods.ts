/** Why pods of the deployment are not doing their work, in words. */
import { CoreV1Api, KubeConfig } from "@kubernetes/client-node";
import { describePodCause, explainPod, type PodCause } from "../kubernetes/pod-state";
import type { StackSettings } from "./stack";

export interface PodTrouble {
    pod: string;
    cause: PodCause;
    text: string;
}

/** An API client for the cluster of this stack. */
export function kubeConfigOf(stack: Pick<StackSettings, "kubeconfig" | "context">): KubeConfig {
    const config = new KubeConfig();
    if (stack.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(stack.kubeconfig);
    config.setCurrentContext(stack.context);
    return config;
}

export async function namespaceExists(stack: StackSettings): Promise<boolean> {
    const { items } = await kubeConfigOf(stack).makeApiClient(CoreV1Api).listNamespace();
    return items.some(item => item.metadata?.name === stack.namespace);
}

/** Every pod that is not well; empty too when the cluster cannot be asked, because another error says so then. */
export async function podTroubles(stack: StackSettings): Promise<PodTrouble[]> {
    try {
        const { namespace } = stack;
        const core = kubeConfigOf(stack).makeApiClient(CoreV1Api);
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
        return troubles;
    } catch {
        return [];
    }
}
