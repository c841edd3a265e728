/** Which way each flow takes, and the proof that none of them can be read on its way. */
import type { Finding } from "./checks";
import { placeOf } from "./derive";
import { linkKinds, type Edge, type Flow, type LinkKind, type Place, type Topology } from "./types";

/** How a connection gets where it goes. */
export type Way =
    /** It never leaves the machine. */
    | "machine"
    /** Between places or inside one: see `linkKinds`. */
    | LinkKind;

/** The way of one flow, or of the people through one edge. */
export interface Path {
    readonly from: string;
    readonly to: string;
    readonly port?: number;
    readonly way: Way;
    /** The place whose machine passes it on from the tailnet to its network, or the other way round. */
    readonly through?: string;
    /** By WireGuard, or by TLS of its own. */
    readonly encrypted: boolean;
    /** Gigabytes a month. */
    readonly volume: number;
}

/** What a preview says about the data paths. */
export interface Proof {
    readonly paths: readonly Path[];
    /** Flows that could be read, and shares that are missed. None: the proof holds. */
    readonly findings: readonly Finding[];
    /** Part of what leaves a machine that is encrypted, by volume: 0 to 1. */
    readonly encryptedShare: number;
    /** Paths of each way. */
    readonly ways: Readonly<Partial<Record<Way, number>>>;
}

/** Every flow is internal, WireGuard or TLS, or a finding names it. */
export function proveDataPaths(topology: Topology): Proof {
    const findings: Finding[] = [];
    const paths: Path[] = [];
    const results = [...topology.flows.map((flow) => pathOf(topology, flow)), ...topology.edges.map((edge) => edgePath(topology, edge))];
    for (const result of results) {
        if ("message" in result) findings.push(result);
        else paths.push(result);
    }
    const share = encryptedShare(paths);
    const asked = topology.objectives.encryptedShare;
    if (asked !== undefined && findings.length === 0 && share < asked) {
        const plain = paths.filter((path) => path.way !== "machine" && !path.encrypted).sort((a, b) => b.volume - a.volume).slice(0, 3);
        findings.push({ path: "objectives.encryptedShare", message: `${percent(share)} of the traffic is encrypted, ${percent(asked)} is asked for; most of the rest is ${plain.map((path) => `${path.from} → ${path.to}`).join(", ")}` });
    }
    const ways: Partial<Record<Way, number>> = {};
    for (const { way } of paths) ways[way] = (ways[way] ?? 0) + 1;
    return { paths, findings, encryptedShare: share, ways };
}

/** The way of a flow; a finding when there is none that protects it. Flows that lead nowhere are `checkTopology`'s to find. */
export function pathOf(topology: Topology, flow: Flow): Path | Finding {
    const finding = (message: string): Finding => ({ path: `flows.${flow.from}→${flow.to}`, message });
    const path = (way: Way, encrypted: boolean, through?: string): Path => ({
        from: flow.from, to: flow.to, ...(flow.port === undefined ? {} : { port: flow.port }), way, ...(through === undefined ? {} : { through }), encrypted, volume: flow.gigabytes ?? 1,
    });
    const party = topology.parties.find((one) => one.name === flow.to);
    if (party !== undefined) {
        if (party.speaks === "plain") return finding(`leaves the deployment in the clear: "${party.name}" speaks neither TLS nor WireGuard`);
        return path(party.speaks === "tls" ? "https" : "tailscale", true);
    }
    const [here, there] = [placeOf(topology, flow.from), placeOf(topology, flow.to)];
    if (here === undefined || there === undefined) return finding("leads from or to nowhere");
    const tls = speaksTls(topology, flow.to);
    if (here.name === there.name) return within(here, tls, path);

    const found = wayBetween(topology, here, there);
    if (found === undefined) return finding(`nothing links "${here.name}" and "${there.name}": neither a network, WireGuard, a tunnel nor TLS`);
    if (found.way === "internal") return path("internal", tls, found.through);
    // Containers of these answer under a certificate of their provider.
    const certified = there.kind === "cloud-run" || there.kind === "fly" || there.kind === "modal";
    if (found.way === "https" && !tls && !certified) return finding(`crosses the internet from "${here.name}" to "${there.name}", and "${flow.to}" does not speak TLS`);
    return path(found.way, true, found.through);
}

/**
 * The best way between two places: of their own links and networks, else through a machine that is a gateway
 * between a tailnet and the network of either.
 */
export function wayBetween(topology: Topology, here: Place, there: Place): { readonly way: LinkKind; readonly through?: string } | undefined {
    const direct = directWays(topology, here, there);
    const best = linkKinds.find((kind) => direct.has(kind));
    if (best === "internal" || best === "tailscale" || best === "netbird") return { way: best };
    for (const gateway of topology.places) {
        if (!("gateway" in gateway) || gateway.gateway !== true || gateway === here || gateway === there) continue;
        const [one, other] = [directWays(topology, here, gateway), directWays(topology, gateway, there)];
        for (const kind of ["tailscale", "netbird"] as const) {
            if ((one.has(kind) && other.has("internal")) || (one.has("internal") && other.has(kind))) return { way: kind, through: gateway.name };
        }
    }
    return best === undefined ? undefined : { way: best };
}

function directWays(topology: Topology, here: Place, there: Place): Set<LinkKind> {
    const ways = new Set(topology.links.filter(({ between }) => between.includes(here.name) && between.includes(there.name)).map((link) => link.kind));
    if (here.network !== undefined && here.network === there.network) ways.add("internal");
    return ways;
}

function within(place: Place, tls: boolean, path: (way: Way, encrypted: boolean) => Path): Path {
    switch (place.kind) {
        case "vm":
        case "compute-group":
            return path("machine", tls);
        case "kubernetes":
            return path("internal", tls || place.encrypted === true);
        // Their containers reach each other at addresses with the provider's certificate.
        case "cloud-run":
        case "fly":
        case "modal":
            return path("https", true);
        case "managed":
            return path("internal", tls);
    }
}

function edgePath(topology: Topology, edge: Edge): Path | Finding {
    const path = (way: Way, encrypted: boolean): Path => ({ from: "people", to: edge.enters, way, encrypted, volume: edge.gigabytes ?? 1 });
    if (edge.kind === "private") return path(edge.network, true);
    if (edge.kind === "local-port") {
        if (/^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?(\/|$)/.test(edge.address)) return path("machine", false);
        return { path: `edges.${edge.name}`, message: `"${edge.address}" is not the machine itself, and a local port has no TLS` };
    }
    if (!edge.address.startsWith("https://")) return { path: `edges.${edge.name}`, message: `people would come to "${edge.address}" in the clear: https:// is missing` };
    if (edge.kind === "tailnet") return path("tailscale", true);
    return path(edge.kind === "tunnel" ? "tunnel" : "https", true);
}

function speaksTls(topology: Topology, name: string): boolean {
    return [...topology.services, ...topology.stores, ...topology.platform].some((one) => one.name === name && one.tls === true);
}

function encryptedShare(paths: readonly Path[]): number {
    const outside = paths.filter((path) => path.way !== "machine");
    const sum = (some: readonly Path[]): number => some.reduce((total, path) => total + path.volume, 0);
    const all = sum(outside);
    return all === 0 ? 1 : sum(outside.filter((path) => path.encrypted)) / all;
}

function percent(share: number): string {
    // Never rounded up to what was asked for.
    return `${Math.floor(share * 1000) / 10} %`;
}
