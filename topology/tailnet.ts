/** Who may talk to whom on the tailnet: Tailscale's policy file, with the tests that Tailscale runs before it takes it. */
import { at, placeOf } from "./derive";
import { byText } from "./network-policies";
import { wayBetween } from "./paths";
import type { Flow, Place, Topology } from "./types";

/** The policy file, as `tailscale.Acl` takes it (JSON is valid HuJSON). */
export interface TailnetPolicy {
    /** Who may give a machine the name of a service: nobody but administrators. */
    readonly tagOwners: Readonly<Record<string, string[]>>;
    readonly groups: Readonly<Record<string, string[]>>;
    /** Empty, and there: a file without it would allow everything. */
    readonly acls: [];
    readonly grants: { readonly src: string[]; readonly dst: string[]; readonly ip: string[] }[];
    /** Routes that a gateway may offer without being asked about each. */
    readonly autoApprovers: { readonly routes: Readonly<Record<string, string[]>> };
    readonly tests: { readonly src: string; readonly proto: "tcp"; readonly accept?: string[]; readonly deny?: string[] }[];
}

/** One connection that the tailnet carries. */
interface Carried {
    readonly src: string;
    /** `tag:chunker`, or a range of addresses behind a gateway. */
    readonly dst: string;
    readonly port: number;
}

const owners = ["autogroup:admin"];

/**
 * Deny by default; one grant for each flow that goes by the tailnet.
 * @param members who belongs to the groups that private edges name, e.g. `{"group:operators": ["ann@example.com"]}`
 */
export function tailnetPolicyOf(topology: Topology, members: Readonly<Record<string, readonly string[]>> = {}): TailnetPolicy {
    const carried = carriedBy(topology);
    const identities = identitiesOf(topology);
    const grants = carried.map(({ src, dst, port }) => ({ src: [src], dst: [dst], ip: [`tcp:${port}`] }));
    const private_ = topology.edges.flatMap((edge) => (edge.kind === "private" && edge.network === "tailscale" ? [edge] : []));
    const forPeople = private_.map((edge) => {
        const there = placeOf(topology, edge.enters);
        const port = [...topology.services, ...topology.platform].find((one) => one.name === edge.enters)?.port;
        return { src: [edge.group], dst: [there === undefined ? "tag:none" : identityOf(there, edge.enters)], ip: [`tcp:${port}`] };
    });
    return {
        tagOwners: Object.fromEntries(identities.map((tag) => [tag, owners])),
        groups: Object.fromEntries([...new Set(private_.map((edge) => edge.group))].filter((group) => group.startsWith("group:")).sort(byText).map((group) => [group, [...(members[group] ?? [])]])),
        acls: [],
        grants: [...grants, ...forPeople].sort((a, b) => byText(JSON.stringify(a), JSON.stringify(b))),
        autoApprovers: { routes: routesOf(topology) },
        tests: testsOf(identities, carried),
    };
}

/** The names under which our containers and machines are on the tailnet, sorted. */
export function identitiesOf(topology: Topology): string[] {
    const meshed = topology.places.filter((place) => topology.links.some((link) => link.kind === "tailscale" && link.between.includes(place.name)));
    return [...new Set(meshed.flatMap((place) => (hasOwnNodes(place) ? at(topology, place.name).services.map((one) => identityOf(place, one.name)) : place.kind === "managed" ? [] : [identityOf(place, "")])))].sort(byText);
}

/** Every container of Cloud Run, Fly.io and Modal joins by itself, under its own name; machines join for all that runs on them. */
function identityOf(place: Place, name: string): string {
    return `tag:${hasOwnNodes(place) ? name : place.name}`;
}

function hasOwnNodes(place: Place): boolean {
    return place.kind === "cloud-run" || place.kind === "fly" || place.kind === "modal";
}

/** The flows whose way is the tailnet, each connection once. */
function carriedBy(topology: Topology): Carried[] {
    const all = topology.flows.flatMap((flow) => carriedFor(topology, flow));
    return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()].sort((a, b) => byText(JSON.stringify(a), JSON.stringify(b)));
}

function carriedFor(topology: Topology, flow: Flow): Carried[] {
    const [here, there] = [placeOf(topology, flow.from), placeOf(topology, flow.to)];
    if (here === undefined || there === undefined || flow.port === undefined || here.name === there.name) return [];
    const found = wayBetween(topology, here, there);
    if (found?.way !== "tailscale") return [];
    const gateway = topology.places.find((place) => place.name === found.through);
    // Behind a gateway the others have no name on the tailnet, only addresses; towards it the gateway calls for them.
    const toGateway = gateway !== undefined && gateway.network !== undefined && gateway.network === there.network;
    const range = there.subnet ?? topology.networks.find((network) => network.name === there.network)?.cidr;
    const src = gateway === undefined || toGateway ? identityOf(here, flow.from) : identityOf(gateway, "");
    return [{ src, dst: toGateway && range !== undefined ? range : identityOf(there, flow.to), port: flow.port }];
}

function routesOf(topology: Topology): Record<string, string[]> {
    const routes: Record<string, string[]> = {};
    for (const place of topology.places) {
        if (!("gateway" in place) || place.gateway !== true) continue;
        for (const other of topology.places.filter((one) => one !== place && one.network === place.network && place.network !== undefined)) {
            const range = other.subnet ?? topology.networks.find((network) => network.name === other.network)?.cidr;
            if (range !== undefined) routes[range] = [identityOf(place, "")];
        }
    }
    return routes;
}

/** For each identity: what it may call, and that it may call nobody else, at any port that somebody listens on. */
function testsOf(identities: readonly string[], carried: readonly Carried[]): TailnetPolicy["tests"] {
    const targets = (one: Carried): string => `${one.dst.includes("/") ? firstAddress(one.dst) : one.dst}:${one.port}`;
    const ports = [...new Set([...carried.map((one) => one.port), 22])].sort((a, b) => a - b);
    const hosts = [...new Set([...identities, ...carried.filter((one) => one.dst.includes("/")).map((one) => firstAddress(one.dst))])];
    return identities.map((src) => {
        const accept = [...new Set(carried.filter((one) => one.src === src).map(targets))].sort(byText);
        const deny = hosts.flatMap((host) => ports.map((port) => `${host}:${port}`)).filter((target) => !accept.includes(target)).sort(byText);
        return { src, proto: "tcp", ...(accept.length === 0 ? {} : { accept }), ...(deny.length === 0 ? {} : { deny }) };
    });
}

/** An address inside a range, to test with. */
function firstAddress(range: string): string {
    const [network] = range.split("/") as [string];
    return network.replace(/\d+$/, (last) => String(Number(last) + 1));
}
