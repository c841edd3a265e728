/** Who may talk to whom, as Kubernetes NetworkPolicies: everything is denied, and each flow opens one door at both ends. */
import { placeOf } from "./derive";
import { wayBetween } from "./paths";
import { runsInCluster } from "./stores";
import type { Edge, Flow, Place, PlatformPart, PortRange, Source, Topology } from "./types";

export interface Port {
    readonly protocol: "TCP" | "UDP";
    readonly port: number;
    /** The last one of a range that begins with `port`. */
    readonly endPort?: number;
}

export type Peer =
    | { readonly podSelector: Selector; readonly namespaceSelector?: Selector }
    | { readonly ipBlock: { readonly cidr: string; readonly except?: string[] } };

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

/** The policies of what runs in a cluster, sorted, so that the order in which a blueprint lists things does not matter. */
export function networkPoliciesOf(topology: Topology): NetworkPolicy[] {
    const ours = [...topology.services, ...topology.tasks, ...topology.stores.filter(runsInCluster)].filter((one) => placeOf(topology, one.name)?.kind === "kubernetes");
    return [denyAll, ...ours.sort((a, b) => byText(a.name, b.name)).map((one) => policyOf(topology, one.name, "peers" in one ? (one.peers ?? []) : []))];
}

const denyAll: NetworkPolicy = { name: "default-deny", podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [], egress: [] };

function policyOf(topology: Topology, name: string, peers: readonly (number | PortRange)[]): NetworkPolicy {
    const incoming = topology.flows.filter((flow) => flow.to === name).sort((a, b) => byText(a.from, b.from));
    const outgoing = topology.flows.filter((flow) => flow.from === name).sort((a, b) => byText(a.to, b.to));
    const among = { peer: pods(name), ports: peers.map((port): Port => ({ protocol: "TCP", ...(typeof port === "number" ? { port } : { port: port.first, endPort: port.last }) })) };
    const egress = outgoing.map((flow) => ({ to: called(topology, flow), ports: portsOf(topology, flow) }));
    const ingress = [...incoming.map((flow) => ({ from: callers(topology, flow), ports: portsOf(topology, flow) })), ...fromEdges(topology, name)];
    return {
        name,
        podSelector: selector(name),
        policyTypes: ["Ingress", "Egress"],
        ingress: peers.length === 0 ? ingress : [...ingress, { from: [among.peer], ports: among.ports }],
        // Whoever calls somebody looks the name up first; who calls nobody needs no names.
        egress: [
            ...egress,
            ...(peers.length === 0 ? [] : [{ to: [among.peer], ports: among.ports }]),
            ...(outgoing.length === 0 && peers.length === 0 ? [] : [{ to: [dns.peer], ports: [...dns.ports] }]),
        ],
    };
}

const internet: Peer = { ipBlock: { cidr: "0.0.0.0/0", except: [...notTheInternet] } };
/** Addresses of a tailnet. */
const tailnet: Peer = { ipBlock: { cidr: "100.64.0.0/10" } };

/** Who is called, as the caller's pod sees it. */
function called(topology: Topology, flow: Flow): Peer[] {
    const party = topology.parties.find((one) => one.name === flow.to);
    if (party !== undefined) return [party.cidr === undefined ? internet : { ipBlock: { cidr: party.cidr } }];
    const part = topology.platform.find((one) => one.name === flow.to);
    if (part !== undefined) return [platformPods(part)];
    const [here, there] = [placeOf(topology, flow.from), placeOf(topology, flow.to)];
    if (here === undefined || there === undefined || here.name === there.name) return [pods(flow.to)];
    const way = wayBetween(topology, here, there)?.way;
    return way === "internal" ? [networkOf(topology, there)] : way === "tailscale" || way === "netbird" ? [tailnet] : [internet];
}

/** Who calls, as the called pod sees it. */
function callers(topology: Topology, flow: Flow): Peer[] {
    const part = topology.platform.find((one) => one.name === flow.from);
    if (part !== undefined) return [platformPods(part)];
    const [here, there] = [placeOf(topology, flow.from), placeOf(topology, flow.to)];
    if (here === undefined || there === undefined || here.name === there.name) return [pods(flow.from)];
    return wayBetween(topology, here, there)?.way === "internal" ? [networkOf(topology, here)] : [tailnet];
}

function fromEdges(topology: Topology, name: string): { from: Peer[]; ports: Port[] }[] {
    const port = topology.services.find((one) => one.name === name)?.port;
    if (port === undefined) return [];
    return topology.edges
        .filter((edge): edge is Extract<Edge, { sources: unknown }> => "sources" in edge && [edge.enters, ...(edge.routes ?? []).map((route) => route.to)].includes(name))
        .sort((a, b) => byText(a.name, b.name))
        .map((edge) => ({ from: edge.sources.map(sourcePeer), ports: [{ protocol: "TCP", port }] }));
}

function sourcePeer(source: Source): Peer {
    if ("cidr" in source) return { ipBlock: { cidr: source.cidr } };
    return { namespaceSelector: namespaced(source.namespace), podSelector: source.labels === undefined ? {} : { matchLabels: source.labels } };
}

/** The API server has no pods and, to a pod, any address. */
function platformPods(part: PlatformPart): Peer {
    if (part.labels === undefined) return { ipBlock: { cidr: part.cidr ?? "0.0.0.0/0" } };
    return { namespaceSelector: namespaced(part.namespace), podSelector: Object.keys(part.labels).length === 0 ? {} : { matchLabels: part.labels } };
}

function networkOf(topology: Topology, place: Place): Peer {
    const cidr = place.subnet ?? topology.networks.find((network) => network.name === place.network)?.cidr;
    if (cidr === undefined) throw new Error(`the place ${place.name} is linked internally, but in no network`);
    return { ipBlock: { cidr } };
}

function namespaced(name: string): Selector {
    return { matchLabels: { "kubernetes.io/metadata.name": name } };
}

function pods(name: string): Peer {
    return { podSelector: selector(name) };
}

function selector(name: string): Selector {
    return { matchLabels: { [nameLabel]: name } };
}

/** A rule without ports would open all of them; `checkTopology` refuses a flow that has none. */
function portsOf(topology: Topology, flow: Flow): Port[] {
    const party = topology.parties.find((one) => one.name === flow.to);
    if (party !== undefined) return [...party.ports];
    if (flow.port === undefined) throw new Error(`the flow ${flow.from} → ${flow.to} has no port`);
    return [{ protocol: "TCP", port: flow.port }];
}

/** By code unit, the same on every machine. */
export function byText(a: string, b: string): number {
    return a < b ? -1 : a > b ? 1 : 0;
}
