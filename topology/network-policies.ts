/** Who may talk to whom, as Kubernetes NetworkPolicies: everything is denied, and each flow opens one door at both ends. */
import type { Flow, Party, Topology } from "./types";

export interface Port {
    readonly protocol: "TCP" | "UDP";
    readonly port: number;
}

export type Peer =
    | { readonly podSelector: Selector; readonly namespaceSelector?: Selector }
    | { readonly ipBlock: { readonly cidr: string; readonly except: string[] } };

export interface Selector {
    /** Absent: every pod. */
    readonly matchLabels?: Readonly<Record<string, string>>;
}

/** One NetworkPolicy; the shapes inside are those of networking.k8s.io/v1. */
export interface NetworkPolicy {
    readonly name: string;
    readonly podSelector: Selector;
    readonly policyTypes: ("Ingress" | "Egress")[];
    readonly ingress: { readonly from: Peer[]; readonly ports: Port[] }[];
    readonly egress: { readonly to: Peer[]; readonly ports: Port[] }[];
}

/** The label by which policies, Services and Deployments find the pods of one service. */
export const nameLabel = "app.kubernetes.io/name";

/**
 * Addresses that are not the internet: private, carrier, loopback, link-local (with the metadata service of
 * every cloud, which is also named alone because scanners look for it), multicast and reserved.
 */
export const notTheInternet: readonly string[] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "169.254.169.254/32",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "224.0.0.0/4",
    "240.0.0.0/4",
];

/**
 * Every cluster's DNS pods carry this label, whatever implements them. A policy speaks of the pod's own port: 53, or
 * 1053 where CoreDNS runs without the privilege that 53 takes, as in the local cluster.
 */
const dns: { readonly peer: Peer; readonly ports: readonly Port[] } = {
    peer: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } }, podSelector: { matchLabels: { "k8s-app": "kube-dns" } } },
    ports: [53, 1053].flatMap((port) => [{ protocol: "UDP", port } as const, { protocol: "TCP", port } as const]),
};

/** The policies of a topology, sorted, so that the order in which a blueprint lists things does not matter. */
export function networkPoliciesOf(topology: Topology): NetworkPolicy[] {
    const parties = new Map(topology.parties.map((party) => [party.name, party]));
    const names = [...topology.services, ...topology.tasks, ...topology.stores].map((one) => one.name).sort(byText);
    return [denyAll, ...names.map((name) => policyOf(name, topology.flows, parties))];
}

const denyAll: NetworkPolicy = { name: "default-deny", podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [], egress: [] };

function policyOf(name: string, flows: readonly Flow[], parties: ReadonlyMap<string, Party>): NetworkPolicy {
    const incoming = flows.filter((flow) => flow.to === name).sort((a, b) => byText(a.from, b.from));
    const outgoing = flows.filter((flow) => flow.from === name).sort((a, b) => byText(a.to, b.to));
    const egress = outgoing.map((flow) => {
        const party = parties.get(flow.to);
        return party === undefined ? { to: [pods(flow.to)], ports: portOf(flow) } : { to: [internet], ports: [...party.ports] };
    });
    return {
        name,
        podSelector: selector(name),
        policyTypes: ["Ingress", "Egress"],
        ingress: incoming.map((flow) => ({ from: [pods(flow.from)], ports: portOf(flow) })),
        // Whoever calls somebody looks the name up first; who calls nobody needs no names.
        egress: outgoing.length === 0 ? [] : [...egress, { to: [dns.peer], ports: [...dns.ports] }],
    };
}

const internet: Peer = { ipBlock: { cidr: "0.0.0.0/0", except: [...notTheInternet] } };

function pods(name: string): Peer {
    return { podSelector: selector(name) };
}

function selector(name: string): Selector {
    return { matchLabels: { [nameLabel]: name } };
}

/** A rule without ports would open all of them; `checkTopology` refuses a flow that has none. */
function portOf(flow: Flow): Port[] {
    if (flow.port === undefined) throw new Error(`the flow ${flow.from} → ${flow.to} has no port`);
    return [{ protocol: "TCP", port: flow.port }];
}

/** By code unit, the same on every machine. */
function byText(a: string, b: string): number {
    return a < b ? -1 : a > b ? 1 : 0;
}
