/** Small derivations from a topology that several rooms need. */
import { formatCpu, formatMemory, parseCpu, parseMemory } from "./quantities";
import type { ComponentName, Flow, Place, PlatformPart, Pool, Resources, Runnable, Service, Store, Task, Topology } from "./types";

/** How a service grows: between `min` and `max` replicas, one more whenever each uses more CPU than `cpuPerReplica`. */
export interface Autoscaling {
    readonly min: number;
    readonly max: number;
    /** `200m`: five ongoing requests at 40m each. */
    readonly cpuPerReplica: string;
}

/** The part of a topology that one component builds. */
export interface Share {
    readonly services: readonly Service[];
    readonly tasks: readonly Task[];
    readonly stores: readonly Store[];
    readonly platform: readonly PlatformPart[];
}

export function shareOf(topology: Topology, owner: ComponentName): Share {
    const mine = <T extends { owner: ComponentName }>(all: readonly T[]): T[] => all.filter((one) => one.owner === owner);
    return { services: mine(topology.services), tasks: mine(topology.tasks), stores: mine(topology.stores), platform: mine(topology.platform) };
}

/** Undefined for a service with a fixed number of replicas, and for one without an objective to scale by. */
export function autoscalingOf(topology: Topology, service: Service): Autoscaling | undefined {
    const objective = topology.objectives.ongoingRequests.find((one) => one.service === service.name);
    if (objective === undefined || service.replicas.min === service.replicas.max) return undefined;
    const cpu = parseCpu(objective.cpuPerRequest);
    if (cpu === undefined) return undefined;
    return { ...service.replicas, cpuPerReplica: formatCpu(cpu * objective.perReplica) };
}

/**
 * The flows of a drawing: who → whom, with the port taken from the one that is called.
 * A name that nobody has gets no port, and `checkTopology` names it.
 */
export function flowsOf(arrows: Readonly<Record<string, readonly string[]>>, called: readonly (Service | Store | PlatformPart)[]): Flow[] {
    return Object.entries(arrows).flatMap(([from, targets]) =>
        targets.map((to): Flow => {
            const port = called.find((one) => one.name === to)?.port;
            return port === undefined ? { from, to } : { from, to, port };
        }),
    );
}

/** The same resources with only `percent` of the requests reserved: for a cluster of one small node. Limits stay. */
export function reserve(resources: Resources, percent: number): Resources {
    const { cpu, memory } = resources.requests;
    return {
        limits: resources.limits,
        requests: { cpu: formatCpu(((parseCpu(cpu) ?? 0) * percent) / 100), memory: formatMemory(((parseMemory(memory) ?? 0) * percent) / 100) },
    };
}

/** Everything that has a container of its own, in the order of the topology. */
export function runnablesOf(topology: Topology): readonly Runnable[] {
    return [...topology.services, ...topology.tasks];
}

/** Where something runs; undefined for a party, an edge, and a name that nobody has. */
export function placeOf(topology: Topology, name: string): Place | undefined {
    const one = [...runnablesOf(topology), ...topology.stores, ...topology.platform].find((candidate) => candidate.name === name);
    if (one === undefined) return undefined;
    return one.place === undefined ? topology.places[0] : topology.places.find((place) => place.name === one.place);
}

/** The part of a topology that runs in one place. */
export function at(topology: Topology, place: string): Share {
    const here = <T extends { name: string }>(all: readonly T[]): T[] => all.filter((one) => placeOf(topology, one.name)?.name === place);
    return { services: here(topology.services), tasks: here(topology.tasks), stores: here(topology.stores), platform: here(topology.platform) };
}

/** The machines of a place, those of its control plane last. */
export function poolsOf(place: Place): readonly Pool[] {
    if (!("pools" in place)) return [];
    return place.kind === "kubernetes" && place.controlPlane !== undefined ? [...place.pools, place.controlPlane] : place.pools;
}
