/** The topology as a Mermaid drawing: the same graph that the policies come from, for people. */
import type { ComponentName, Service, Store, Task, Topology } from "./types";

const components: readonly ComponentName[] = ["TunnelEdge", "AgentCluster", "UploadPipeline", "RagService"];

/** A flowchart, with a box for each component. */
export function drawingOf(topology: Topology): string {
    const lines = ["flowchart TD", `    people(["people"])`];
    for (const edge of topology.edges) lines.push(`    people -- "${edge.address}" --> ${edge.kind === "tunnel" ? tunnelTarget(topology, edge.enters) : id(edge.enters)}`);
    lines.push(`    subgraph namespace["namespace ${topology.namespace}"]`);
    for (const component of components) {
        const nodes = [
            ...topology.services.filter((one) => one.owner === component).map(serviceNode),
            ...topology.tasks.filter((one) => one.owner === component).map(taskNode),
            ...topology.stores.filter((one) => one.owner === component).map(storeNode),
        ];
        if (nodes.length === 0) continue;
        lines.push(`        subgraph ${component}`, ...nodes.map((node) => `            ${node}`), "        end");
    }
    lines.push("    end");
    for (const party of topology.parties) lines.push(`    ${id(party.name)}(("${party.name}"))`);
    for (const flow of topology.flows) lines.push(`    ${id(flow.from)} -- "${portsOf(topology, flow.to, flow.port)}" --> ${id(flow.to)}`);
    return lines.join("\n");
}

/** People reach a tunnel at the party that its connectors call, not by a connection into the cluster. */
function tunnelTarget(topology: Topology, enters: string): string {
    const connectors = new Set(topology.flows.filter((flow) => flow.to === enters).map((flow) => flow.from));
    const party = topology.parties.find((one) => topology.flows.some((flow) => flow.to === one.name && connectors.has(flow.from)));
    return id(party?.name ?? enters);
}

function serviceNode(service: Service): string {
    const { min, max } = service.replicas;
    const count = min === max ? `×${min}` : `×${min}–${max}`;
    return `${id(service.name)}["${service.name} ${count}<br/>${service.purpose}"]`;
}

function taskNode(task: Task): string {
    return `${id(task.name)}[/"${task.name}, once<br/>${task.purpose}"/]`;
}

function storeNode(store: Store): string {
    return `${id(store.name)}[("${store.name} ${store.size}<br/>${store.purpose}")]`;
}

function portsOf(topology: Topology, to: string, port: number | undefined): string {
    if (port !== undefined) return String(port);
    const ports = topology.parties.find((party) => party.name === to)?.ports ?? [];
    return ports.map((one) => `${one.port}/${one.protocol.toLowerCase()}`).join(", ");
}

/** Mermaid reads `-` and the word `end` in identifiers as syntax. */
function id(name: string): string {
    return `n_${name.replaceAll("-", "_")}`;
}
