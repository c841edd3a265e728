/** Talos at Hetzner as a place for an AgentCluster: the machines, the network and the storage that pods need, and the services in it. */
import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Cilium } from "../../platform/cilium";
import { HcloudCloudController } from "../../platform/hcloud-cloud-controller";
import type { PlatformHome } from "../../platform/home";
import { Longhorn, storageClasses, type LonghornArgs } from "../../platform/longhorn";
import { MetricsServer } from "../../platform/metrics-server";
import type { MirroredCharts } from "../../platform/charts";
import { refuse } from "../../parts/component";
import { poolLabel } from "../../parts/pod";
import { resolveKubernetesArgs, type KubernetesArgs } from "../args";
import { clusterProvider, Inside, inKubernetes, type InKubernetes } from "../in-kubernetes";
import { TalosHetzner, type TalosHetznerArgs, type TalosHetznerProviders } from ".";
import { podCidr, serviceCidr } from "./constants";
import { kubePrismPort } from "./machine-config";
import { addressPlan } from "./network";

export interface TalosHetznerPlatform extends Omit<TalosHetznerArgs, "protect"> {
    readonly kind: "talos-hetzner";
    /** Providers of the clouds that it is made in. */
    readonly providers: TalosHetznerProviders;
    /** Token with which the cluster asks Hetzner about its machines. Secret. */
    readonly token: pulumi.Input<string>;
    /** Where volumes are copied to, and when. */
    readonly backups: Pick<LonghornArgs, "backups" | "schedule">;
    /** Copies of charts by digest. @default the published charts */
    readonly charts?: MirroredCharts;
}

export interface OnTalosHetznerArgs extends KubernetesArgs {
    readonly platform: TalosHetznerPlatform;
}

/** What the cluster gives to the other components, beside what every Kubernetes gives. */
export interface OnTalosHetzner {
    readonly cluster: TalosHetzner;
    /** Points at the new cluster; for every component that goes into it. */
    readonly kubernetes: kubernetes.Provider;
    /** For platform services: network and storage are ready. */
    readonly platform: PlatformHome;
}

export function talosHetzner(component: pulumi.ComponentResource, name: string, args: OnTalosHetznerArgs): InKubernetes & { readonly more: OnTalosHetzner } {
    const resolved = resolveKubernetesArgs(args, (problems) => refuse(component, "AgentCluster", name, problems));
    const { kind: _, providers, token, backups, charts, ...machines } = args.platform;
    const cluster = new TalosHetzner(name, { ...machines, protect: resolved.protect }, providers, { parent: component });
    const provider = clusterProvider(`${name}-kubernetes`, { kubeconfig: cluster.kubeconfig, identifier: cluster.identifier }, { parent: component });
    const inside = new Inside(`${name}-inside`, component, provider);

    const plan = addressPlan(machines.network.cidr, machines.place.pools.map((pool) => pool.name));
    // Pods reach the API server by its Service; policies see the machines that it ends at.
    const bare: PlatformHome = { apiServer: { cidrs: [plan.subnets.control!, serviceCidr], ports: [6443, 443] }, protect: resolved.protect, ...(charts === undefined ? {} : { charts }) };
    const network = new Cilium("cilium", { home: bare, podCidr, apiServer: { host: "localhost", port: kubePrismPort }, gatewayNodes: { [poolLabel]: machines.entryPool }, proxyProtocol: true }, { parent: inside });
    const networked: PlatformHome = { ...bare, after: [network.ready] };
    const cloud = new HcloudCloudController("hcloud-cloud-controller", { home: networked, token, network: name, podCidr }, { parent: inside });
    new MetricsServer("metrics-server", { home: networked }, { parent: inside });
    const storage = new Longhorn("longhorn", { home: { ...networked, after: [network.ready, cloud.ready] }, ...backups }, { parent: inside });
    const platform: PlatformHome = { ...networked, after: [network.ready, cloud.ready, ...storage.ready] };
    const built = inKubernetes(inside, name, { ...resolved, storageClass: resolved.storageClass ?? storageClasses.durable });
    return { ...built, more: { cluster, kubernetes: provider, platform } };
}
