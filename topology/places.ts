/** Where things run, which private networks they share, and how connections get from one place to another. */

/** Who is paid for it. `any`: whoever runs the cluster that was given. */
export type Provider = "any" | "aws" | "azure" | "gcp" | "oci" | "hetzner" | "fly" | "modal" | "neon" | "cloudflare" | "tailscale";

/** Machines of one kind. */
export interface Pool {
    readonly name: string;
    readonly purpose: string;
    /** The provider's own name of the machine type: `t3.large`, `e2-standard-2`, `ccx33`. */
    readonly machine: string;
    /** Least and most machines; the same when the pool does not grow. */
    readonly min: number;
    readonly max: number;
    /** Size of each machine's system disk, beyond what its price includes. */
    readonly disk?: string;
    readonly gpu?: { readonly kind: string; readonly count: number };
}

/** Addresses that reach each other without crossing the internet. */
export interface Network {
    readonly name: string;
    readonly provider: Provider;
    readonly cidr: string;
    /** What has no public address calls out through a NAT gateway. */
    readonly nat?: boolean;
}

interface PlaceOf<Kind extends string> {
    readonly name: string;
    readonly kind: Kind;
    readonly purpose: string;
    readonly provider: Provider;
    readonly region?: string;
    /** Zones it is spread over. @default 1 */
    readonly zones?: number;
    /** The network that it is part of. */
    readonly network?: string;
    /** Its own part of that network; absent: all of it. */
    readonly subnet?: string;
}

/** A cluster: one that is given, one of a provider, or Talos on machines of our own. */
export interface KubernetesPlace extends PlaceOf<"kubernetes"> {
    readonly cluster: "existing" | "eks" | "aks" | "gke" | "oke" | "talos";
    /** None for a cluster that is given. */
    readonly pools: readonly Pool[];
    /** Machines of the control plane, where they are ours. */
    readonly controlPlane?: Pool;
    /** Traffic between pods is encrypted by the cluster's network (WireGuard of Cilium). @default false */
    readonly encrypted?: boolean;
}

/** Machines that run containers by themselves: a group that grows, or a single one. */
export interface MachinePlace extends PlaceOf<"compute-group" | "vm"> {
    readonly pools: readonly [Pool];
    /** It passes connections from its tailnet on to the private network. @default false */
    readonly gateway?: boolean;
}

/** Containers without machines, paid by use. */
export interface ServerlessPlace extends PlaceOf<"cloud-run" | "fly" | "modal"> {}

/** Stores that a provider runs. */
export interface ManagedPlace extends PlaceOf<"managed"> {}

export type Place = KubernetesPlace | MachinePlace | ServerlessPlace | ManagedPlace;

/**
 * How connections get from one place to another, best first: inside one private network (also follows from
 * `Place.network`), by WireGuard from machine to machine, through a tunnel, or over the internet with TLS.
 */
export const linkKinds = ["internal", "tailscale", "netbird", "tunnel", "https"] as const;
export type LinkKind = (typeof linkKinds)[number];

export interface Link {
    readonly between: readonly [string, string];
    readonly kind: LinkKind;
}

/** A door for the people who operate the machines of a place: everything else about them stays shut. */
export interface Access {
    readonly name: string;
    readonly purpose: string;
    readonly place: string;
    readonly ports: readonly { readonly port: number; readonly protocol: "TCP" | "UDP" }[];
    /** Where from. Never the whole internet, unless the protocol itself proves who calls (WireGuard). */
    readonly from: readonly string[];
}
