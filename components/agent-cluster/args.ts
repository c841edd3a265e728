import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { NetworkPolicy } from "../../topology/network-policies";
import type { Autoscaling, Share } from "../../topology/derive";
import type { ImageName, Service } from "../../topology/types";
import type { Transform } from "../parts/component";
import type { BundleName } from "../parts/secret-bundle";
import type { SecretSource } from "../parts/secret-text";
import { unknownServices, type ServiceTransforms } from "../parts/workload";
import type { SessionKeys } from "./session-keys";

/** What an AgentCluster in any Kubernetes is made of, beside its platform. */
export interface KubernetesArgs {
    /** The namespace that is made for everything; changing it replaces everything. */
    readonly namespace: string;
    /** Labels of the namespace, beside those of everything here. @default none */
    readonly labels?: Readonly<Record<string, string>>;
    /** The agent API, the web front and what else of the topology belongs to this component. */
    readonly share: Share;
    /** Images by digest. */
    readonly images: Readonly<Partial<Record<ImageName, pulumi.Input<string>>>>;
    /** Who may talk to whom, derived from the topology. */
    readonly policies: readonly NetworkPolicy[];
    /** Secrets that were configured, such as keys of services of others, by secret bundle and key, for whichever component's services name them. @default none */
    readonly secrets?: Readonly<Partial<Record<BundleName, Readonly<Record<string, pulumi.Input<string>>>>>>;
    /** Who makes passwords and keys. @default Pulumi, which keeps them encrypted in its state */
    readonly secretSource?: SecretSource;
    /** Which keys sign sessions. @default the first one alone */
    readonly sessionKeys?: SessionKeys;
    /** How a service grows; undefined for one that does not. @default no service grows */
    readonly autoscaling?: (service: Service) => Autoscaling | undefined;
    /** StorageClass of volumes. @default the cluster's default class */
    readonly storageClass?: string;
    /** Refuse to delete the namespace, volumes and passwords. @default true */
    readonly protect?: boolean;
    /** For a deployment that ends: when it may be taken down, and that it takes no more than its quota. @default it stays */
    readonly lifetime?: Lifetime;
    readonly transform?: {
        readonly namespace?: Transform<k8s.core.v1.NamespaceArgs>;
        readonly policies?: Transform<k8s.networking.v1.NetworkPolicyArgs>;
        readonly services?: ServiceTransforms;
    };
}

/** How long an ephemeral deployment lives. */
export interface Lifetime {
    /** Its name, e.g. that of the branch it shows. */
    readonly name: string;
    /** When the reaper may take it down: ISO 8601. */
    readonly expires: string;
    /** Where pods find the API server: with it the cluster ends the deployment by itself. @default somebody has to */
    readonly apiServer?: { readonly cidr: string; readonly port: number } | undefined;
}

export type ResolvedKubernetesArgs = Required<Omit<KubernetesArgs, "storageClass" | "lifetime">> & Pick<KubernetesArgs, "storageClass" | "lifetime">;

/** Defaults and checks; tells `report` all problems. */
export function resolveKubernetesArgs(args: KubernetesArgs, report: (problems: readonly string[]) => void): ResolvedKubernetesArgs {
    const problems: string[] = [];
    if (/^(default|kube-.*)$/.test(args.namespace)) problems.push(`namespace: "${args.namespace}" belongs to the cluster; choose one of your own`);
    if (!args.policies.some((policy) => policy.podSelector.matchLabels === undefined && policy.ingress.length === 0 && policy.egress.length === 0)) {
        problems.push("policies: none denies by default, and without it every pod may talk to every other");
    }
    const guarded = new Set(args.policies.map((policy) => policy.name));
    if (args.lifetime !== undefined && Number.isNaN(Date.parse(args.lifetime.expires))) problems.push(`lifetime.expires: "${args.lifetime.expires}" is no time: ISO 8601, e.g. 2026-11-21T18:00:00Z`);
    if (args.lifetime?.apiServer !== undefined && args.images.app === undefined) problems.push("images: there is no image \"app\", whose Node ends the deployment");
    for (const { name } of args.share.services) if (!guarded.has(name)) problems.push(`policies: none is for the service "${name}"`);
    problems.push(...unknownServices(args.transform?.services, args.share.services));
    report(problems);
    return { ...args, labels: args.labels ?? {}, secrets: args.secrets ?? {}, secretSource: args.secretSource ?? { kind: "pulumi" }, sessionKeys: args.sessionKeys ?? {}, autoscaling: args.autoscaling ?? (() => undefined), protect: args.protect ?? true, transform: args.transform ?? {} };
}
