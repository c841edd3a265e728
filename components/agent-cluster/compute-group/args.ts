import type * as pulumi from "@pulumi/pulumi";
import type { GcpFirewall } from "../../../topology/firewalls";
import type { Edge, ImageName, MachinePlace, Network, Topology } from "../../../topology/types";
import type { SessionKeys } from "../session-keys";

export interface ComputeGroupPlatform {
    readonly kind: "compute-group";
    /** Id of the project. */
    readonly project: string;
    /** Google Cloud region of the instances and their network. */
    readonly region: string;
    /** Zones of the region that the instances are spread over; at least two. */
    readonly zones: readonly string[];
    /** Where the audit trail of the project and the events of the instances are told about; none: only recorded. @default none */
    readonly alertEmail?: string | undefined;
}

/** What an AgentCluster on a group of Compute Engine instances is made of. */
export interface ComputeGroupArgs {
    readonly platform: ComputeGroupPlatform;
    /** Its compute group, network, services, flows and edge are built as they stand there. */
    readonly topology: Topology;
    /** Images by digest, in a registry that the instances' service account may read. */
    readonly images: Readonly<Partial<Record<ImageName, string>>>;
    /** Openings in the wall, derived from the topology. */
    readonly firewalls: readonly GcpFirewall[];
    /** Which keys sign sessions. @default the first one alone */
    readonly sessionKeys?: SessionKeys;
    /** Refuse to delete passwords. @default true */
    readonly protect?: boolean;
}

export interface ResolvedComputeGroupArgs extends Required<ComputeGroupArgs> {
    readonly place: MachinePlace;
    readonly network: Network;
    readonly edge: Edge;
}

/** What the other components build in. */
export interface ComputeGroupHome {
    readonly prefix: string;
    readonly project: string;
    readonly region: string;
    readonly protect: boolean;
    readonly networkId: pulumi.Output<string>;
    /** Managed stores wait for it: it is their way into the network. */
    readonly peering: pulumi.Resource;
    /** E-mail of the account that the instances run as. */
    readonly account: pulumi.Output<string>;
    /** The instance group, once `serve` has made it; a load balancer sends requests there. */
    readonly group: () => pulumi.Output<string>;
    /** Passwords of the first people, and the key that signs sessions. */
    readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
    readonly place: MachinePlace;
    /** The port that the load balancer reaches. */
    readonly port: number;
}

/** What the instances need of the other components. */
export interface ComputeGroupNeeds {
    /** Secret values by `bundle/key`. */
    readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
    /** Ranges and ports of the stores, for the walls inside the machines. */
    readonly stores: readonly { readonly range: string; readonly port: number }[];
    readonly after: readonly pulumi.Resource[];
}

/** Defaults and checks; tells `report` all problems. */
export function resolveComputeGroupArgs(args: ComputeGroupArgs, report: (problems: readonly string[]) => void): ResolvedComputeGroupArgs {
    const problems: string[] = [];
    const place = args.topology.places.find((one): one is MachinePlace => one.kind === "compute-group");
    const network = args.topology.networks.find((one) => one.name === place?.network);
    const [edge] = args.topology.edges;
    if (place === undefined) problems.push("topology.places: none is a compute-group");
    if (place !== undefined && (network === undefined || place.subnet === undefined)) problems.push(`topology.places.${place.name}: it has no network and subnet of its own`);
    if (edge?.kind !== "load-balancer") problems.push("topology.edges: the first is no load balancer, so nobody would reach the instances");
    if (args.platform.zones.length < 2) problems.push("platform.zones: with fewer than 2, one zone's end is the deployment's");
    for (const zone of args.platform.zones) if (!zone.startsWith(`${args.platform.region}-`)) problems.push(`platform.zones: ${zone} is not in ${args.platform.region}`);
    if (!args.firewalls.some((rule) => rule.denies !== undefined)) problems.push("firewalls: none denies what the others do not allow");
    report(problems);
    return { ...args, protect: args.protect ?? true, sessionKeys: args.sessionKeys ?? {}, place: place!, network: network!, edge: edge! };
}
