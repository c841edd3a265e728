/** What a kubernetes provider is configured with, from its arguments, the stack's configuration and the environment. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Cluster, KubeConfig } from "@kubernetes/client-node";
import { kubernetesLibrary } from "../../kubernetes/library";
import { isObject, revealProps, type Props, type Value } from "../sdk/values";

/** Where a pod finds the credentials of its service account. */
const IN_CLUSTER = "/var/run/secrets/kubernetes.io/serviceaccount/token";

export interface Settings {
    kubeconfig: KubeConfig;
    /** Where it came from, for messages. */
    origin: string;
    namespace: string;
    patchForce: boolean;
    upsert: boolean;
    mutableSecrets: boolean;
    mutableConfigMaps: boolean;
    deleteUnreachable: boolean;
    skipUpdateUnreachable: boolean;
}

/** Arguments of the official plugin that this one cannot honour; refusing is better than ignoring. */
export function unsupported(config: Props): { property: string; reason: string }[] {
    const given = revealProps(config);
    const problems: { property: string; reason: string }[] = [];
    if (isFalse(given.enableServerSideApply)) problems.push({ property: "enableServerSideApply", reason: "this machine's stand-in for the Kubernetes plugin only does server-side apply; install the official plugin to turn it off" });
    if (given.renderYamlToDirectory !== undefined) problems.push({ property: "renderYamlToDirectory", reason: "this machine's stand-in for the Kubernetes plugin does not render YAML; install the official plugin for that" });
    return problems;
}

/** @throws Error when a kubeconfig is named but cannot be read, or has no such context */
export function readSettings(config: Props, env: NodeJS.ProcessEnv = process.env): Settings {
    const given = revealProps(config);
    const { kubeconfig, origin } = loadKubeconfig(given.kubeconfig, env);
    const context = text(given.context);
    if (context !== undefined) {
        if (kubeconfig.getContextObject(context) === null) throw new Error(`${origin} has no context named "${context}"; it has: ${kubeconfig.getContexts().map(({ name }) => name).join(", ") || "none"}`);
        kubeconfig.setCurrentContext(context);
    }
    const cluster = text(given.cluster);
    if (cluster !== undefined) overrideCluster(kubeconfig, cluster, origin);
    return {
        kubeconfig,
        origin: `context "${kubeconfig.getCurrentContext()}" of ${origin}`,
        namespace: text(given.namespace) ?? kubeconfig.getContextObject(kubeconfig.getCurrentContext())?.namespace ?? "default",
        patchForce: flag(given.enablePatchForce, env.PULUMI_K8S_ENABLE_PATCH_FORCE),
        upsert: flag(given.upsertExistingObjects, env.PULUMI_K8S_UPSERT_EXISTING_OBJECTS),
        mutableSecrets: flag(given.enableSecretMutable, env.PULUMI_K8S_ENABLE_SECRET_MUTABLE),
        mutableConfigMaps: flag(given.enableConfigMapMutable, env.PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE),
        deleteUnreachable: flag(given.deleteUnreachable, env.PULUMI_K8S_DELETE_UNREACHABLE),
        skipUpdateUnreachable: flag(given.skipUpdateUnreachable, env.PULUMI_K8S_SKIP_UPDATE_UNREACHABLE),
    };
}

/**
 * Whether two configurations mean different clusters, so that everything in the old one has to be made anew.
 * Clusters have no identity one could ask for: unless `clusterIdentifier` says, the active cluster's entry decides.
 */
export function differentCluster(before: Props, after: Props, env: NodeJS.ProcessEnv = process.env): boolean {
    const [old, now] = [revealProps(before), revealProps(after)];
    if (old.clusterIdentifier !== undefined || now.clusterIdentifier !== undefined) return old.clusterIdentifier !== now.clusterIdentifier;
    const [oldCluster, newCluster] = [activeCluster(old, env), activeCluster(now, env)];
    return oldCluster !== undefined && newCluster !== undefined && JSON.stringify(oldCluster) !== JSON.stringify(newCluster);
}

function activeCluster(config: Props, env: NodeJS.ProcessEnv): Cluster | undefined {
    try {
        return readSettings(config, env).kubeconfig.getCurrentCluster() ?? undefined;
    } catch {
        return undefined;
    }
}

function loadKubeconfig(given: Value | undefined, env: NodeJS.ProcessEnv): { kubeconfig: KubeConfig; origin: string } {
    const { KubeConfig } = kubernetesLibrary();
    const kubeconfig = new KubeConfig();
    // A kubeconfig in JSON arrives parsed.
    const content = isObject(given) ? JSON.stringify(given) : text(given);
    if (content !== undefined) {
        if (/^\s*\{|\n|^apiVersion:/.test(content)) {
            kubeconfig.loadFromString(content);
            return { kubeconfig, origin: "the given kubeconfig" };
        }
        const path = content.replace(/^~(?=\/)/, homedir());
        if (!existsSync(path)) throw new Error(`there is no kubeconfig at ${path}`);
        kubeconfig.loadFromFile(path);
        return { kubeconfig, origin: path };
    }
    const origin = env.KUBECONFIG ? `KUBECONFIG=${env.KUBECONFIG}` : existsSync(join(homedir(), ".kube", "config")) ? "~/.kube/config" : undefined;
    if (origin === undefined && !existsSync(IN_CLUSTER)) throw new Error("there is no kubeconfig: none is given, KUBECONFIG is not set, and ~/.kube/config does not exist");
    kubeconfig.loadFromDefault();
    return { kubeconfig, origin: origin ?? "the pod's service account" };
}

function overrideCluster(kubeconfig: KubeConfig, cluster: string, origin: string): void {
    const current = kubeconfig.getContextObject(kubeconfig.getCurrentContext());
    if (kubeconfig.getCluster(cluster) === null || current === null) throw new Error(`${origin} has no cluster named "${cluster}"`);
    const name = `${current.name}@${cluster}`;
    kubeconfig.addContext({ ...current, name, cluster });
    kubeconfig.setCurrentContext(name);
}

function text(value: Value | undefined): string | undefined {
    return value === undefined || value === null || value === "" ? undefined : String(value);
}

function isFalse(value: Value | undefined): boolean {
    return value === false || value === "false";
}

function flag(value: Value | undefined, variable: string | undefined): boolean {
    if (value !== undefined && value !== null) return value === true || value === "true";
    return variable === "true" || variable === "1";
}
