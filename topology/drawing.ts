/** The topology as a Mermaid drawing: the same graph that the policies come from, for people. */
import { at, type Share } from "./derive";
import type { ComponentName, Edge, Place, PlatformPart, Service, Store, Task, Topology } from "./types";

const components: readonly ComponentName[] = ["TunnelEdge", "AgentCluster", "UploadPipeline", "RagService"];

/** A flowchart: a box for each place, in it one for each component. */
export function drawingOf(topology: Topology): string {
    const lines = ["flowchart TD", `    people(["people"])`];
    if (topology.edges.some((edge) => edge.kind === "private")) lines.push(`    operators(["operators"])`);
    for (const edge of topology.edges) lines.push(`    ${edge.kind === "private" ? "operators" : "people"} -- "${edgeLabel(edge)}" --> ${edge.kind === "tunnel" ? tunnelTarget(topology, edge.enters) : id(edge.kind === "tailnet" ? edge.node : edge.enters)}`);
    const alone = topology.places.length === 1 && topology.places[0]!.kind === "kubernetes";
    for (const place of topology.places) lines.push(...placeBox(at(topology, place.name), alone ? `namespace["namespace ${topology.namespace}"]` : `place_${id(place.name)}["${placeTitle(place)}"]`));
    for (const party of topology.parties) lines.push(`    ${id(party.name)}(("${party.name}"))`);
    for (const flow of topology.flows) lines.push(`    ${id(flow.from)} -- "${portsOf(topology, flow.to, flow.port)}" --> ${id(flow.to)}`);
    return lines.join("\n");
}

/** `gateway: machine (oci, eu-frankfurt-1)` */
export function placeTitle(place: Place): string {
    const where = [...(place.provider === "any" ? [] : [place.provider]), ...(place.region === undefined ? [] : [place.region])].join(", ");
    return `${place.name}: ${place.purpose}${where === "" ? "" : ` (${where})`}`;
}

/** People reach a tunnel at the party that its connectors call, not by a connection into the cluster. */
export function tunnelParty(topology: Topology, enters: string): string {
    const connectors = new Set(topology.flows.filter((flow) => flow.to === enters).map((flow) => flow.from));
    return topology.parties.find((one) => topology.flows.some((flow) => flow.to === one.name && connectors.has(flow.from)))?.name ?? enters;
}

/** The port of a flow, or those of a party. */
export function portsOf(topology: Topology, to: string, port: number | undefined): string {
    if (port !== undefined) return String(port);
    const ports = topology.parties.find((party) => party.name === to)?.ports ?? [];
    return ports.map((one) => `${one.port}/${one.protocol.toLowerCase()}`).join(", ");
}

/** `×2`, `×1–5` */
export function countOf({ replicas: { min, max } }: Pick<Service, "replicas">): string {
    return min === max ? `×${min}` : `×${min}–${max}`;
}

function placeBox(share: Share, title: string): string[] {
    const boxes = components.flatMap((component) => {
        const nodes = [
            ...share.services.filter((one) => one.owner === component).map(serviceNode),
            ...share.tasks.filter((one) => one.owner === component).map(taskNode),
            ...share.stores.filter((one) => one.owner === component).map(storeNode),
        ];
        // The same component may have parts in several places, and a box has one name.
        const name = title.startsWith("namespace") ? component : `${title.slice(0, title.indexOf("["))}_${component}["${component}"]`;
        return nodes.length === 0 ? [] : [`        subgraph ${name}`, ...nodes.map((node) => `            ${node}`), "        end"];
    });
    const platform = share.platform.map(platformNode).map((node) => `        ${node}`);
    if (boxes.length + platform.length === 0) return [];
    return [`    subgraph ${title}`, ...boxes, ...platform, "    end"];
}

function edgeLabel(edge: Edge): string {
    return edge.rateLimit === undefined ? edge.address : `${edge.address}, ${edge.rateLimit.requests} in ${edge.rateLimit.seconds} s`;
}

function tunnelTarget(topology: Topology, enters: string): string {
    return id(tunnelParty(topology, enters));
}

function serviceNode(service: Service): string {
    return `${id(service.name)}["${service.name} ${countOf(service)}<br/>${service.purpose}"]`;
}

function taskNode(task: Task): string {
    return `${id(task.name)}[/"${task.name}, once<br/>${task.purpose}"/]`;
}

function storeNode(store: Store): string {
    return `${id(store.name)}[("${store.name} ${store.size}<br/>${store.purpose}")]`;
}

function platformNode(part: PlatformPart): string {
    return `${id(part.name)}{{"${part.name}<br/>${part.purpose}"}}`;
}

/** Mermaid reads `-` and the word `end` in identifiers as syntax. */
function id(name: string): string {
    return `n_${name.replaceAll("-", "_")}`;
}
