/** Deleting objects, and waiting until they are really gone. */
import { setTimeout as sleep } from "node:timers/promises";
import { PluginError } from "../sdk/failure";
import type { ClusterAccess } from "./cluster";
import { idOf, type KubeObject, type Reference } from "./objects";
import type { Condition } from "./readiness/progress";
import type { Waiting } from "./readiness";

const PATIENCE = 15_000;
/** What is gone sooner needs no words. */
const WORTH_TELLING = 1000;

/** Deletes what is found, with everything that belongs to it; an object that is gone already is fine. */
export async function remove(found: KubeObject, reference: Reference, cluster: ClusterAccess, options: Waiting): Promise<void> {
    const annotations = found.metadata.annotations ?? {};
    await cluster.delete(reference, propagation(annotations["pulumi.com/deletionPropagationPolicy"]), PATIENCE);
    if (annotations["pulumi.com/skipAwait"] === "true") return;
    await awaitGone(found, reference, cluster, options);
}

/** @throws PluginError when the time is up, naming what holds the object back */
export async function awaitGone(found: KubeObject, reference: Reference, cluster: ClusterAccess, options: Waiting): Promise<void> {
    const began = Date.now();
    const until = began + options.timeout;
    let told = "";
    for (let pause = 100; ; pause = Math.min(pause * 1.5, 1500)) {
        const live = await cluster.find(reference, PATIENCE);
        if (live === undefined || live.metadata.uid !== found.metadata.uid) return;
        const reason = holdBack(live);
        if (reason !== told && Date.now() - began > WORTH_TELLING) options.tell((told = reason));
        if (options.stopped()) throw new PluginError(`stopped while waiting for ${live.kind} ${idOf(reference)} to be deleted: ${reason}`);
        if (Date.now() > until) throw new PluginError(`${live.kind} ${idOf(reference)} was not deleted within ${Math.round(options.timeout / 1000)} s: ${reason}`);
        await sleep(pause);
    }
}

/** Why an object that is being deleted is still there. */
export function holdBack(live: KubeObject): string {
    const conditions = ((live.status as { conditions?: Condition[] } | undefined)?.conditions ?? []).filter((found) => found.status === "True" && found.type.startsWith("Namespace"));
    if (conditions.length > 0) return conditions.map((found) => found.message ?? found.type).join("; ");
    const finalizers = (live.metadata.finalizers ?? []).filter((name) => name !== "foregroundDeletion");
    if (finalizers.length > 0) return `waiting for finalizers ${finalizers.join(", ")}`;
    return "waiting for it and what it owns to be deleted";
}

function propagation(policy: string | undefined): string {
    switch (policy?.toLowerCase()) {
        case "background":
            return "Background";
        case "orphan":
            return "Orphan";
        default:
            return "Foreground";
    }
}
