/**
 * What may reach the machines of each place, in the words of each cloud. Everything else is denied.
 * Pods have NetworkPolicies besides; containers of Cloud Run, Fly.io and Modal have no machines of ours to guard.
 */
import { placeOf } from "./derive";
import { byText } from "./network-policies";
import { wayBetween } from "./paths";
import type { Flow, Network, Place, Topology } from "./types";

/** One opening in the wall around the machines of a place. */
export interface Opening {
    /** Place whose machines can be reached. */
    readonly place: string;
    readonly purpose: string;
    readonly protocol: "TCP" | "UDP" | "ALL";
    /** Absent: every port. */
    readonly port?: number;
    /** Ranges of addresses, sorted. */
    readonly from: readonly string[];
}

/** WireGuard proves who calls before it answers, so its port may be open to everybody: only so can machines connect directly. */
const wireguard = { tailscale: { port: 41641, purpose: "Tailscale, direct connections" }, netbird: { port: 51820, purpose: "NetBird, direct connections" } } as const;

export const everybody: readonly string[] = ["0.0.0.0/0", "::/0"];

/** Every opening, sorted; the three firewalls say the same in three ways. */
export function openingsOf(topology: Topology): Opening[] {
    const guarded = topology.places.filter(hasMachines);
    const openings = guarded.flatMap((place) => [
        ...among(topology, place),
        ...topology.flows.flatMap((flow) => fromFlow(topology, place, flow)),
        ...fromEdges(topology, place),
        ...topology.access.filter((access) => access.place === place.name).flatMap((access) =>
            access.ports.map(({ port, protocol }): Opening => ({ place: place.name, purpose: access.purpose, protocol, port, from: [...access.from].sort(byText) }))),
        ...fromMeshes(topology, place),
    ]);
    const once = new Map(openings.map((opening) => [JSON.stringify({ ...opening, purpose: "" }), opening]));
    return [...once.values()].sort((a, b) => byText(keyOf(a), keyOf(b)));
}

/** A rule of `gcp.compute.Firewall`. */
export interface GcpFirewall {
    readonly name: string;
    readonly network: string;
    readonly direction: "INGRESS";
    readonly priority: number;
    readonly description: string;
    readonly sourceRanges: string[];
    /** The network tag of the machines: the name of their place. */
    readonly targetTags?: string[];
    readonly allows?: { readonly protocol: string; readonly ports?: string[] }[];
    readonly denies?: { readonly protocol: string }[];
}

/** Rules of the Google networks: everything is denied aloud, each opening allowed. */
export function gcpFirewallsOf(topology: Topology): GcpFirewall[] {
    return networksOf(topology, "gcp").flatMap((network) => {
        const places = topology.places.filter((place) => place.network === network.name);
        const rules = openingsOf(topology).filter((opening) => places.some((place) => place.name === opening.place));
        const base = { network: network.name, direction: "INGRESS" } as const;
        return [
            { ...base, name: `${network.name}-deny`, priority: 65_534, description: "what no other rule allows", sourceRanges: ["0.0.0.0/0"], denies: [{ protocol: "all" }] },
            ...rules.map((rule): GcpFirewall => {
                const protocol = rule.protocol.toLowerCase();
                // A rule of Google's speaks of one family of addresses.
                const sourceRanges = rule.from.filter((range) => !range.includes(":"));
                return { ...base, name: ruleName(rule), priority: 1000, description: rule.purpose, sourceRanges, targetTags: [rule.place], allows: [rule.port === undefined ? { protocol } : { protocol, ports: [String(rule.port)] }] };
            }),
        ];
    });
}

/** A rule of `oci.core.SecurityList`. */
export interface OciRule {
    /** IANA number, or `all`. */
    readonly protocol: "6" | "17" | "all";
    readonly description: string;
    readonly stateless: false;
    readonly tcpOptions?: { readonly min: number; readonly max: number };
    readonly udpOptions?: { readonly min?: number; readonly max?: number; readonly sourcePortRange?: { readonly min: number; readonly max: number } };
}
export interface OciSecurityList {
    /** Of the subnet of this place. */
    readonly place: string;
    readonly network: string;
    readonly ingressSecurityRules: (OciRule & { readonly source: string; readonly sourceType: "CIDR_BLOCK" })[];
    readonly egressSecurityRules: (OciRule & { readonly destination: string; readonly destinationType: "CIDR_BLOCK" })[];
}

/** One list for the subnet of each place in an Oracle network. What no rule names is denied, both ways. */
export function ociSecurityListsOf(topology: Topology): OciSecurityList[] {
    return networksOf(topology, "oci").flatMap((network) =>
        topology.places.filter((place) => place.network === network.name).sort((a, b) => byText(a.name, b.name)).map((place): OciSecurityList => ({
            place: place.name,
            network: network.name,
            ingressSecurityRules: [
                ...openingsOf(topology).filter((opening) => opening.place === place.name).flatMap((rule) => rule.from.map((source) => ({ ...ociRule(rule), source, sourceType: "CIDR_BLOCK" as const }))),
                ...managedIngress(topology, place),
            ],
            egressSecurityRules: ociEgress(topology, place),
        })));
}

/** A rule of `hcloud.Firewall`. It guards public addresses alone: inside its networks Hetzner filters nothing. */
export interface HetznerRule {
    readonly direction: "in";
    readonly protocol: "tcp" | "udp";
    readonly port: string;
    readonly sourceIps: string[];
    readonly description: string;
}
export interface HetznerFirewall {
    readonly place: string;
    readonly rules: HetznerRule[];
}

/** One firewall for the machines of each place at Hetzner. */
export function hetznerFirewallsOf(topology: Topology): HetznerFirewall[] {
    return topology.places.filter((place) => place.provider === "hetzner" && hasMachines(place)).map((place) => {
        const inside = topology.networks.find((network) => network.name === place.network)?.cidr;
        return {
            place: place.name,
            rules: openingsOf(topology).filter((opening) => opening.place === place.name && opening.protocol !== "ALL").flatMap((rule): HetznerRule[] => {
                const sourceIps = rule.from.filter((range) => range !== inside && range !== place.subnet);
                return sourceIps.length === 0 ? [] : [{ direction: "in", protocol: rule.protocol === "TCP" ? "tcp" : "udp", port: String(rule.port), sourceIps, description: rule.purpose }];
            }),
        };
    });
}

function hasMachines(place: Place): boolean {
    return place.kind === "vm" || place.kind === "compute-group" || place.kind === "kubernetes";
}

/** The nodes of a cluster talk to each other; what its pods may say is the NetworkPolicies' matter. */
function among(topology: Topology, place: Place): Opening[] {
    const range = rangeOf(topology, place);
    return place.kind !== "kubernetes" || range === undefined ? [] : [{ place: place.name, purpose: "nodes of the cluster among each other", protocol: "ALL", from: [range] }];
}

/** A flow that arrives at a machine from another place. A tailnet has its own door, and a tunnel is opened from inside. */
function fromFlow(topology: Topology, place: Place, flow: Flow): Opening[] {
    const there = placeOf(topology, flow.to);
    const here = placeOf(topology, flow.from);
    if (there?.name !== place.name || here === undefined || here.name === place.name || flow.port === undefined || place.kind === "kubernetes") return [];
    const way = wayBetween(topology, here, place)?.way;
    const range = way === "internal" ? rangeOf(topology, here) : undefined;
    const from = range !== undefined ? [range] : way === "https" ? everybody : undefined;
    return from === undefined ? [] : [{ place: place.name, purpose: `${flow.to}, from ${here.name}`, protocol: "TCP", port: flow.port, from }];
}

/** The provider's load balancer and its health checks. */
function fromEdges(topology: Topology, place: Place): Opening[] {
    return topology.edges.flatMap((edge) => {
        if (!("sources" in edge)) return [];
        const from = edge.sources.flatMap((source) => ("cidr" in source ? [source.cidr] : [])).sort(byText);
        if (from.length === 0) return [];
        return [...new Set([edge.enters, ...(edge.routes ?? []).map((route) => route.to)])].flatMap((name): Opening[] => {
            const port = topology.services.find((service) => service.name === name)?.port;
            return port === undefined || placeOf(topology, name)?.name !== place.name ? [] : [{ place: place.name, purpose: `${name}, from ${edge.name}`, protocol: "TCP", port, from }];
        });
    });
}

function fromMeshes(topology: Topology, place: Place): Opening[] {
    return (["tailscale", "netbird"] as const).filter((kind) =>
        topology.links.some((link) => link.kind === kind && link.between.includes(place.name)) ||
        topology.edges.some((edge) => edge.kind === "private" && edge.network === kind && (placeOf(topology, edge.enters)?.name ?? topology.places[0]?.name) === place.name),
    ).map((kind) => ({ place: place.name, purpose: wireguard[kind].purpose, protocol: "UDP", port: wireguard[kind].port, from: everybody }));
}

/** A store that Oracle runs sits in the subnet too. */
function managedIngress(topology: Topology, place: Place): OciSecurityList["ingressSecurityRules"] {
    if (place.kind !== "managed") return [];
    const rules = topology.flows.flatMap((flow) => {
        const here = placeOf(topology, flow.from);
        if (placeOf(topology, flow.to)?.name !== place.name || here === undefined || flow.port === undefined) return [];
        const { way, through } = wayBetween(topology, here, place) ?? {};
        const source = rangeOf(topology, topology.places.find((one) => one.name === through) ?? here);
        if (source === undefined || (way !== "internal" && through === undefined)) return [];
        return [{ ...ociRule({ protocol: "TCP", port: flow.port, purpose: flow.to }), source, sourceType: "CIDR_BLOCK" as const }];
    });
    return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()].sort((a, b) => byText(JSON.stringify(a), JSON.stringify(b)));
}

/** What machines must reach: their network, what they call outside, and their tailnet. */
function ociEgress(topology: Topology, place: Place): OciSecurityList["egressSecurityRules"] {
    const to = (destination: string, rule: OciRule) => ({ ...rule, destination, destinationType: "CIDR_BLOCK" as const });
    const network = topology.networks.find((one) => one.name === place.network)!;
    const inside = to(network.cidr, { protocol: "all", description: "inside the network", stateless: false });
    if (!hasMachines(place)) return [inside];
    const called = new Map<string, OciRule>();
    // Packages, images and every API are behind TLS.
    for (const rule of [{ protocol: "TCP", port: 443, purpose: "APIs, images and packages, over TLS" } as const, ...topology.flows.filter((flow) => placeOf(topology, flow.from)?.name === place.name).flatMap((flow) => {
        const party = topology.parties.find((one) => one.name === flow.to);
        return (party?.ports ?? []).map(({ port, protocol }) => ({ protocol, port, purpose: flow.to }));
    })]) {
        const key = `${rule.protocol} ${rule.port}`;
        if (!called.has(key)) called.set(key, ociRule(rule));
    }
    const meshed = topology.links.some((link) => link.kind === "tailscale" && link.between.includes(place.name));
    return [
        inside,
        ...[...called].sort(([a], [b]) => byText(a, b)).map(([, rule]) => to("0.0.0.0/0", rule)),
        ...(meshed ? [to("0.0.0.0/0", { protocol: "17", description: "Tailscale, direct connections: the others' ports are not known", stateless: false, udpOptions: { sourcePortRange: { min: 41641, max: 41641 } } })] : []),
    ];
}

function ociRule(rule: Pick<Opening, "protocol" | "port" | "purpose">): OciRule {
    const base = { description: rule.purpose, stateless: false } as const;
    if (rule.protocol === "ALL" || rule.port === undefined) return { ...base, protocol: "all" };
    const range = { min: rule.port, max: rule.port };
    return rule.protocol === "TCP" ? { ...base, protocol: "6", tcpOptions: range } : { ...base, protocol: "17", udpOptions: range };
}

function networksOf(topology: Topology, provider: string): readonly Network[] {
    return topology.networks.filter((network) => network.provider === provider);
}

function rangeOf(topology: Topology, place: Place): string | undefined {
    return place.subnet ?? topology.networks.find((network) => network.name === place.network)?.cidr;
}

function ruleName({ place, protocol, port, from }: Opening): string {
    const who = from === everybody ? "all" : shortHash(from.join(" "));
    return [place, protocol.toLowerCase(), ...(port === undefined ? [] : [port]), who].join("-").slice(0, 63);
}

/** Keeps the names of two openings of one port apart; stable, and no secret. */
function shortHash(text: string): string {
    let sum = 5381;
    for (const letter of text) sum = (sum * 33 + letter.codePointAt(0)!) % 2 ** 32;
    return sum.toString(36);
}

function keyOf(opening: Opening): string {
    return [opening.place, opening.protocol, String(opening.port ?? 0).padStart(5, "0"), ...opening.from].join(" ");
}
