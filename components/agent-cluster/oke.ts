/**
 * Oracle Kubernetes Engine: private nodes that call out through a NAT gateway, an API server without a public address,
 * one pool for each kind of work over three availability domains.
 */
import * as containerengine from "@pulumi/oci/containerengine";
import * as core from "@pulumi/oci/core";
import * as identity from "@pulumi/oci/identity";
import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { KubernetesPlace, Network, Pool } from "../../topology/types";
import { refuse } from "../parts/component";
import { poolLabel } from "../parts/pod";
import { resolveKubernetesArgs, type KubernetesArgs } from "./args";
import { clusterProvider, Inside, inKubernetes, type InKubernetes } from "./in-kubernetes";

export interface OkePlatform {
    readonly kind: "oke";
    /** OCID of the compartment that everything is made in. */
    readonly compartment: string;
    /** OCID of the image that nodes start from. */
    readonly nodeImage: string;
    /** Machines and region, as the topology has them: `<shape>:<OCPUs>:<GB of memory>`. */
    readonly place: KubernetesPlace;
    /** The private network that the nodes are in. */
    readonly network: Network;
    /** Version of the control plane and the nodes. @default "v1.34.1" */
    readonly kubernetesVersion?: string;
}

export interface OkeArgs extends KubernetesArgs {
    readonly platform: OkePlatform;
}

/** What an OKE cluster gives to the other components, beside what every Kubernetes gives. */
export interface OnOke {
    /** Points at the new cluster; for every component that goes into it. */
    readonly kubernetes: kubernetes.Provider;
    readonly cluster: OkeCluster;
}

export function oke(component: pulumi.ComponentResource, name: string, args: OkeArgs): InKubernetes & { readonly more: OnOke } {
    const resolved = resolveKubernetesArgs(args, (problems) => refuse(component, "AgentCluster", name, [...problems, ...platformProblems(args.platform)]));
    const cluster = new OkeCluster(name, { ...args.platform, protect: resolved.protect }, { parent: component });
    const provider = clusterProvider(`${name}-kubernetes`, cluster, { parent: component });
    const inside = inKubernetes(new Inside(`${name}-inside`, component, provider), name, resolved);
    return { ...inside, more: { kubernetes: provider, cluster } };
}

export interface OkeClusterArgs extends Omit<OkePlatform, "kind"> {
    /** Refuse to delete the cluster and its network. */
    readonly protect: boolean;
}

/** The cluster alone, without anything in it: a stack of its own can be made of it. */
export class OkeCluster extends pulumi.ComponentResource {
    /** Changes when the cluster is replaced. */
    readonly identifier: pulumi.Output<string>;
    readonly name: pulumi.Output<string>;
    /** For people and CI: they prove who they are to Oracle, there is no key in it. */
    readonly kubeconfig: pulumi.Output<string>;

    constructor(name: string, args: OkeClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        super("agent-platform:index:OkeCluster", name, {}, opts);
        refuse(this, "OkeCluster", name, platformProblems(args));
        const { cluster, pools } = machines(this, name, args);
        this.name = cluster.name;
        this.kubeconfig = pulumi.secret(containerengine.getClusterKubeConfigOutput({ clusterId: cluster.id, tokenVersion: "2.0.0", endpoint: "PRIVATE_ENDPOINT" }, { parent: this }).content);
        // Known when there are nodes, so that nothing waits for a machine that is not there yet.
        this.identifier = pulumi.all([cluster.id, ...pools.map((pool) => pool.id)]).apply(([id]) => id!);
        this.registerOutputs({ name: this.name, kubeconfig: this.kubeconfig, identifier: this.identifier });
    }
}

interface Machine {
    readonly shape: string;
    readonly ocpus: number;
    readonly memory: number;
}

/** `VM.Standard.E5.Flex:1:8`: one OCPU (two vCPU) and 8 GB. */
export function machineOf(pool: Pool): Machine | undefined {
    const match = /^(VM\.[A-Za-z0-9.]+):(\d+):(\d+)$/.exec(pool.machine);
    return match === null ? undefined : { shape: match[1]!, ocpus: Number(match[2]), memory: Number(match[3]) };
}

/** What is wrong with the machines. */
export function platformProblems({ place, network }: Omit<OkePlatform, "kind">): string[] {
    const problems: string[] = [];
    if (place.pools.length === 0) problems.push(`platform.place: "${place.name}" has no machines`);
    for (const pool of place.pools) {
        if (machineOf(pool) === undefined) problems.push(`platform.place.pools.${pool.name}: "${pool.machine}" is not of the form VM.Standard.E5.Flex:1:8, shape, OCPUs and GB`);
    }
    if (!/^10\.\d+\.0\.0\/16$/.test(network.cidr)) problems.push(`platform.network: "${network.cidr}" is not of the form 10.x.0.0/16, of which nodes, API server and load balancers take a part each`);
    return problems;
}

function machines(component: pulumi.Resource, name: string, platform: OkeClusterArgs): { cluster: containerengine.Cluster; pools: containerengine.NodePool[] } {
    const { compartment: compartmentId, place, network, protect, kubernetesVersion = "v1.34.1" } = platform;
    const parent = { parent: component };
    const part = (third: number) => `10.${network.cidr.split(".")[1]}.${third}.0`;
    const tags = { freeformTags: { "part-of": "agent-platform" } };

    const vcn = new core.Vcn(`${name}-network`, { compartmentId, displayName: network.name, cidrBlocks: [network.cidr], dnsLabel: "agents", ...tags }, { ...parent, protect });
    const nat = new core.NatGateway(`${name}-nat`, { compartmentId, vcnId: vcn.id, displayName: `${network.name}-nat`, ...tags }, parent);
    const internet = new core.InternetGateway(`${name}-internet`, { compartmentId, vcnId: vcn.id, displayName: `${network.name}-internet`, enabled: true, ...tags }, parent);
    const table = (purpose: string, networkEntityId: pulumi.Input<string>) =>
        new core.RouteTable(`${name}-${purpose}-routes`, { compartmentId, vcnId: vcn.id, displayName: `${network.name}-${purpose}`, routeRules: [{ networkEntityId, destination: "0.0.0.0/0", destinationType: "CIDR_BLOCK" }], ...tags }, parent);
    const outward = table("private", nat.id);
    const both = table("public", internet.id);

    // Nodes and API server talk to each other and call out; from outside only the load balancers are reached.
    const tcp = (source: string, min: number, max = min) => ({ protocol: "6", source, sourceType: "CIDR_BLOCK", tcpOptions: { min, max } });
    const open = (purpose: string, ingressSecurityRules: { protocol: string; source: string; sourceType: string; tcpOptions?: { min: number; max: number } }[]) =>
        new core.SecurityList(`${name}-${purpose}-rules`, {
            compartmentId,
            vcnId: vcn.id,
            displayName: `${network.name}-${purpose}`,
            ingressSecurityRules: ingressSecurityRules.map(({ tcpOptions, ...rule }) => ({ ...rule, stateless: false, ...(tcpOptions === undefined ? {} : { tcpOptions }) })),
            egressSecurityRules: [{ protocol: "all", destination: "0.0.0.0/0", destinationType: "CIDR_BLOCK", stateless: false }],
            ...tags,
        }, parent);
    const rules = {
        api: open("api", [tcp(network.cidr, 6443), tcp(network.cidr, 12250)]),
        nodes: open("nodes", [{ protocol: "all", source: `${part(16)}/20`, sourceType: "CIDR_BLOCK" }, tcp(`${part(0)}/28`, 10250), tcp(`${part(8)}/24`, 30000, 32767)]),
        edge: open("edge", [tcp("0.0.0.0/0", 443), tcp("0.0.0.0/0", 80)]),
    };
    const subnet = (purpose: keyof typeof rules, cidrBlock: string, isPublic: boolean) =>
        new core.Subnet(`${name}-${purpose}-subnet`, {
            compartmentId,
            vcnId: vcn.id,
            displayName: `${network.name}-${purpose}`,
            cidrBlock,
            dnsLabel: purpose,
            prohibitPublicIpOnVnic: !isPublic,
            prohibitInternetIngress: !isPublic,
            routeTableId: isPublic ? both.id : outward.id,
            securityListIds: [rules[purpose].id],
            ...tags,
        }, { ...parent, protect });
    const subnets = { api: subnet("api", `${part(0)}/28`, false), nodes: subnet("nodes", `${part(16)}/20`, false), edge: subnet("edge", `${part(8)}/24`, true) };

    const cluster = new containerengine.Cluster(`${name}-cluster`, {
        compartmentId,
        name: network.name,
        vcnId: vcn.id,
        kubernetesVersion,
        type: "ENHANCED_CLUSTER",
        endpointConfig: { subnetId: subnets.api.id, isPublicIpEnabled: false },
        clusterPodNetworkOptions: [{ cniType: "OCI_VCN_IP_NATIVE" }],
        imagePolicyConfig: { isPolicyEnabled: false },
        options: { serviceLbSubnetIds: [subnets.edge.id], kubernetesNetworkConfig: { servicesCidr: "10.96.0.0/16" } },
        ...tags,
    }, { ...parent, protect });

    const domains = identity.getAvailabilityDomainsOutput({ compartmentId }, parent).availabilityDomains;
    const pools = place.pools.map((pool) => {
        const { shape, ocpus, memory } = machineOf(pool)!;
        return new containerengine.NodePool(`${name}-${pool.name}-pool`, {
            compartmentId,
            clusterId: cluster.id,
            name: pool.name,
            kubernetesVersion,
            nodeShape: shape,
            nodeShapeConfig: { ocpus, memoryInGbs: memory },
            nodeSourceDetails: { sourceType: "IMAGE", imageId: platform.nodeImage, bootVolumeSizeInGbs: "100" },
            initialNodeLabels: [{ key: poolLabel, value: pool.name }],
            nodeConfigDetails: {
                size: pool.min,
                placementConfigs: domains.apply((found) => found.slice(0, place.zones ?? 1).map(({ name: availabilityDomain }) => ({ availabilityDomain, subnetId: subnets.nodes.id }))),
                isPvEncryptionInTransitEnabled: true,
                nodePoolPodNetworkOptionDetails: { cniType: "OCI_VCN_IP_NATIVE", podSubnetIds: [subnets.nodes.id] },
            },
            nodeEvictionNodePoolSettings: { evictionGraceDuration: "PT30M", isForceDeleteAfterGraceDuration: false },
            ...tags,
            // Its autoscaler changes the size between the pool's bounds.
        }, { ...parent, ignoreChanges: ["nodeConfigDetails.size"] });
    });
    autoscaler(component, name, place.pools, cluster, pools);
    return { cluster, pools };
}

/** OKE's own add-on grows each pool between its bounds. */
function autoscaler(component: pulumi.Resource, name: string, pools: readonly Pool[], cluster: containerengine.Cluster, made: readonly containerengine.NodePool[]): void {
    const nodes = pulumi.all(made.map((pool) => pool.id)).apply((ids) => ids.map((id, index) => `${pools[index]!.min}:${pools[index]!.max}:${id}`).join(","));
    new containerengine.Addon(`${name}-autoscaler`, {
        clusterId: cluster.id,
        addonName: "ClusterAutoscaler",
        removeAddonResourcesOnDelete: true,
        configurations: [{ key: "nodes", value: nodes }],
    }, { parent: component });
}
