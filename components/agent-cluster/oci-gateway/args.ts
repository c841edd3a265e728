import type * as pulumi from "@pulumi/pulumi";
import type { OciSecurityList } from "../../../topology/firewalls";
import type { TunnelledEdge, ImageName, MachinePlace, ManagedPlace, Network, Topology } from "../../../topology/types";
import type { SessionKeys } from "../session-keys";

export interface OciGatewayPlatform {
    readonly kind: "oci-gateway";
    /** OCID of the tenancy, where dynamic groups live. */
    readonly tenancy: string;
    /** OCID of the compartment that everything is made in. */
    readonly compartment: string;
    /** Availability domain of the gateway machine. */
    readonly availabilityDomain: string;
    /** OCID of an image of Ubuntu 24.04 for the machine's shape. */
    readonly image: string;
}

/** What an AgentCluster on one machine at Oracle is made of; the machine is also the gateway of its network. */
export interface OciGatewayArgs {
    readonly platform: OciGatewayPlatform;
    /** Its gateway, network, services and flows are built as they stand there. */
    readonly topology: Topology;
    /** Images by digest. */
    readonly images: Readonly<Partial<Record<ImageName, string>>>;
    /** What may reach and leave each subnet, derived from the topology. */
    readonly securityLists: readonly OciSecurityList[];
    /** Which keys sign sessions. @default the first one alone */
    readonly sessionKeys?: SessionKeys;
    /** Refuse to delete passwords, the vault and the address. @default true */
    readonly protect?: boolean;
}

export interface ResolvedOciGatewayArgs extends Required<OciGatewayArgs> {
    /** The machine's shape, with OCPUs and gigabytes of memory. */
    readonly shape: { readonly name: string; readonly ocpus: number; readonly memory: number };
    readonly place: MachinePlace;
    readonly network: Network;
    readonly data: ManagedPlace;
    readonly edge: TunnelledEdge;
}

/** What the other components build in. */
export interface OciGatewayHome {
    readonly prefix: string;
    readonly protect: boolean;
    readonly topology: Topology;
    readonly images: Readonly<Partial<Record<ImageName, string>>>;
    readonly compartment: string;
    /** The subnet of stores, and the group that lets them be reached. */
    readonly dataSubnet: pulumi.Output<string>;
    readonly dataGroup: pulumi.Output<string>;
    /** Key of the vault, for what is kept at Oracle. */
    readonly key: pulumi.Output<string>;
    /** The address that everything here calls from. */
    readonly address: pulumi.Output<string>;
    /** Passwords of the first people, and the key that signs sessions. */
    readonly secrets: Readonly<Record<string, pulumi.Output<string>>>;
}

export interface OciGatewayNeeds {
    /** Secret values by `bundle/key`. */
    readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Defaults and checks; tells `report` all problems. */
export function resolveOciGatewayArgs(args: OciGatewayArgs, report: (problems: readonly string[]) => void): ResolvedOciGatewayArgs {
    const { topology } = args;
    const problems: string[] = [];
    const place = topology.places.find((one): one is MachinePlace => one.kind === "vm" && one.provider === "oci");
    const network = topology.networks.find((one) => one.name === place?.network);
    const data = topology.places.find((one): one is ManagedPlace => one.kind === "managed" && one.network === network?.name);
    const [edge] = topology.edges;
    if (place?.gateway !== true) problems.push("topology.places: none is a machine at Oracle that is a gateway");
    if (place !== undefined && (network === undefined || place.subnet === undefined)) problems.push(`topology.places.${place.name}: it has no network and subnet of its own`);
    if (data?.subnet === undefined) problems.push("topology.places: no stores have a subnet behind the gateway");
    if (edge?.kind !== "tunnel") problems.push("topology.edges: the first is no tunnel, and nothing here is open to people");
    for (const one of [place, data]) if (one !== undefined && !args.securityLists.some((list) => list.place === one.name)) problems.push(`securityLists: none is for the subnet of ${one.name}`);
    const shape = /^(.+\.Flex)[:/](\d+)[:/](\d+)$/.exec(place?.pools[0].machine ?? "");
    if (place !== undefined && shape === null) problems.push(`topology.places.${place.name}: "${place.pools[0].machine}" is no flexible shape with OCPUs and gigabytes, e.g. VM.Standard.E4.Flex/4/16`);
    report(problems);
    return { ...args, protect: args.protect ?? true, sessionKeys: args.sessionKeys ?? {}, shape: { name: shape![1]!, ocpus: Number(shape![2]), memory: Number(shape![3]) }, place: place!, network: network!, data: data!, edge: edge as TunnelledEdge };
}
