import { isIPv4 } from "node:net";
import type { HetznerRule } from "../../../topology/firewalls";
import type { KubernetesPlace, Network } from "../../../topology/types";

export interface TalosHetznerArgs {
    /** The cluster of the topology: its control plane and its pools. */
    readonly place: KubernetesPlace;
    /** The private network that it is part of. */
    readonly network: Network;
    /** Who may reach the machines from outside the private network, derived from the topology. */
    readonly firewall: readonly HetznerRule[];
    /** Snapshot of the Talos image with the schematic's extensions; hcloud takes no uploads, see docs/runbooks/hetzner.md. */
    readonly imageId: string;
    /** Version of Talos that machines are configured for, e.g. v1.13.9. */
    readonly talosVersion: string;
    /** Version of Kubernetes that Talos runs, e.g. 1.34.10. */
    readonly kubernetesVersion: string;
    /** Pool whose machines the App load balancer sends people to. */
    readonly entryPool: string;
    /** Machine type of the egress gateway. */
    readonly egressMachine: string;
    /** A public SSH key that Hetzner wants before it makes a server without mailing a password. Talos takes no SSH. */
    readonly sshPublicKey: string;
    /** Further names of the API server: a DNS name of yours. @default none */
    readonly apiNames?: readonly string[];
    /** Refuse to delete or rebuild machines, network and load balancers. @default true */
    readonly protect?: boolean;
}

export type ResolvedTalosHetznerArgs = TalosHetznerArgs & Required<Pick<TalosHetznerArgs, "apiNames" | "protect">>;

/** The ports that only operators may reach: the Kubernetes API and the Talos API. */
const operatorPorts = ["6443", "50000"];

/** Defaults and checks; tells `report` all problems. */
export function resolveTalosHetznerArgs(args: TalosHetznerArgs, report: (problems: readonly string[]) => void): ResolvedTalosHetznerArgs {
    const problems: string[] = [];
    const { place, network } = args;
    const { controlPlane, pools, region } = place;
    if (place.cluster !== "talos" || place.provider !== "hetzner") problems.push(`place: "${place.name}" is ${place.cluster} at ${place.provider}, and this builds talos at hetzner`);
    if (controlPlane === undefined) problems.push("place.controlPlane: there is none, and its machines are ours to run");
    else if (controlPlane.min !== controlPlane.max || controlPlane.min % 2 === 0) problems.push(`place.controlPlane: etcd needs a fixed odd number of machines for its quorum, not ${controlPlane.min} to ${controlPlane.max}`);
    if (region === undefined || !Object.hasOwn(networkZones, region)) problems.push(`place.region: "${region ?? ""}" is no location of Hetzner Cloud; there are ${Object.keys(networkZones).join(", ")}`);
    for (const { name, min, max } of pools) {
        if (min !== max) problems.push(`place.pools: "${name}" goes from ${min} to ${max}, and machines are added here by changing the number, not by themselves`);
        if (min < 1 || min > 10) problems.push(`place.pools: "${name}" has ${min} machines; a placement group spreads 1 to 10`);
    }
    if (!pools.some((pool) => pool.name === args.entryPool)) problems.push(`entryPool: there is no pool "${args.entryPool}"; there are ${pools.map((pool) => pool.name).join(", ")}`);
    if (privateBase(network.cidr) === undefined) problems.push(`network.cidr: "${network.cidr}" is no private network that ends in .0.0/16`);
    for (const { port, sourceIps, description } of args.firewall) {
        if (!operatorPorts.includes(port)) problems.push(`firewall: "${description}" opens ${port}; from outside only ${operatorPorts.join(" and ")} may be reached, people come in through the load balancer`);
        for (const source of sourceIps) if (/\/0$/.test(source)) problems.push(`firewall: "${description}" lets in everybody (${source})`);
    }
    for (const port of operatorPorts) if (!args.firewall.some((rule) => rule.port === port)) problems.push(`firewall: nobody may reach ${port}, so nobody could set the machines up`);
    if (!/^\d{1,12}$/.test(args.imageId)) problems.push(`imageId: "${args.imageId}" is not the number of a snapshot`);
    for (const [key, value] of [["talosVersion", args.talosVersion], ["kubernetesVersion", args.kubernetesVersion]] as const) {
        if (!/^v\d+\.\d+\.\d+$/.test(value)) problems.push(`${key}: "${value}" is no version such as v1.2.3`);
    }
    if (!/^ssh-(ed25519|rsa) [A-Za-z0-9+/=]{60,}/.test(args.sshPublicKey)) problems.push("sshPublicKey: is not a public SSH key");
    report(problems);
    return { ...args, apiNames: args.apiNames ?? [], protect: args.protect ?? true };
}

/** Where private networks and load balancers of a location are. */
export const networkZones: Readonly<Record<string, string>> = { fsn1: "eu-central", nbg1: "eu-central", hel1: "eu-central", ash: "us-east", hil: "us-west", sin: "ap-southeast" };

/** `10.0` of `10.0.0.0/16`. */
export function privateBase(cidr: string): string | undefined {
    const found = /^((10|172|192)\.\d{1,3})\.0\.0\/16$/.exec(cidr)?.[1];
    if (found === undefined || !isIPv4(`${found}.0.0`)) return undefined;
    const [first, second] = found.split(".").map(Number) as [number, number];
    return first === 10 || (first === 172 && second >= 16 && second <= 31) || (first === 192 && second === 168) ? found : undefined;
}
