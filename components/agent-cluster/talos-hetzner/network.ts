/** The private network: one subnet for what manages, one for each pool, and a way out for machines without a public address. */
import { Network } from "@pulumi/hcloud/network";
import { NetworkRoute } from "@pulumi/hcloud/networkRoute";
import { NetworkSubnet } from "@pulumi/hcloud/networkSubnet";
import * as pulumi from "@pulumi/pulumi";
import { networkZones, privateBase, type ResolvedTalosHetznerArgs } from "./args";

/** Addresses follow from the plan alone, so that they are known before anything exists. */
export interface AddressPlan {
    /** Ranges by subnet: `control`, and each pool. */
    readonly subnets: Readonly<Record<string, string>>;
    /** The router of the network: its first address. */
    readonly router: string;
    readonly gateway: string;
    readonly apiBalancer: string;
    readonly appBalancer: string;
    controlPlane(index: number): string;
    worker(pool: string, index: number): string;
}

/** `10.0.0.0/16` → control 10.0.0.0/24, and 10.0.1.0/24 … for the pools in their order. */
export function addressPlan(cidr: string, pools: readonly string[]): AddressPlan {
    const base = privateBase(cidr);
    if (base === undefined) throw new Error(`${cidr} is no private network that ends in .0.0/16`);
    const third = (pool: string): number => pools.indexOf(pool) + 1;
    return {
        subnets: { control: `${base}.0.0/24`, ...Object.fromEntries(pools.map((pool) => [pool, `${base}.${third(pool)}.0/24`])) },
        router: `${base}.0.1`,
        gateway: `${base}.0.4`,
        apiBalancer: `${base}.0.5`,
        appBalancer: `${base}.0.6`,
        controlPlane: (index) => `${base}.0.${11 + index}`,
        worker: (pool, index) => `${base}.${third(pool)}.${11 + index}`,
    };
}

export interface PrivateNetwork {
    readonly id: pulumi.Output<number>;
    readonly subnets: Readonly<Record<string, NetworkSubnet>>;
}

export function privateNetwork(parent: pulumi.Resource, name: string, args: ResolvedTalosHetznerArgs, plan: AddressPlan): PrivateNetwork {
    const labels = labelsOf(name, "network");
    const network = new Network(`${name}-network`, { name, ipRange: args.network.cidr, labels, deleteProtection: args.protect }, { parent, protect: args.protect });
    const id = numberOf(network.id);
    const networkZone = networkZones[args.place.region!]!;
    const subnets = Object.fromEntries(Object.entries(plan.subnets).map(([subnet, ipRange]) => [subnet, new NetworkSubnet(`${name}-${subnet}-subnet`, { networkId: id, type: "cloud", networkZone, ipRange }, { parent })]));
    new NetworkRoute(`${name}-egress-route`, { networkId: id, destination: "0.0.0.0/0", gateway: plan.gateway }, { parent, dependsOn: Object.values(subnets) });
    return { id, subnets };
}

/** Labels of everything of one cluster; load balancers and people find machines by them. */
export function labelsOf(name: string, pool: string, role: "inside" | "edge" = "inside"): Record<string, string> {
    return { cluster: name, pool, role, owner: "platform", "managed-by": "pulumi" };
}

/** Identifiers of hcloud are numbers that Pulumi keeps as text. */
export function numberOf(id: pulumi.Output<string>): pulumi.Output<number> {
    return id.apply(Number);
}
