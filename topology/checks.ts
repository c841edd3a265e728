/** Whether a topology makes sense. All problems are found at once, before anything is created. */
import { Problem } from "../toolchain/core/problem";
import { parseCpu, parseMemory } from "./quantities";
import { runnablesOf } from "./derive";
import type { Resources, Topology } from "./types";

export interface Finding {
    /** Where in the topology, e.g. `services.web.replicas`. */
    readonly path: string;
    readonly message: string;
}

/** Every problem of a topology, in a stable order; none for a sound one. */
export function checkTopology(topology: Topology): Finding[] {
    return [
        ...checkNames(topology),
        ...checkPorts(topology),
        ...checkFlows(topology),
        ...checkStores(topology),
        ...checkReplicas(topology),
        ...checkAmounts(topology),
        ...checkEdges(topology),
        ...checkSettings(topology),
        ...checkObjectives(topology),
    ];
}

/**
 * The same topology, if it is sound.
 * @throws Problem that names every finding
 */
export function requireSound(topology: Topology): Topology {
    const findings = checkTopology(topology);
    if (findings.length === 0) return topology;
    throw new Problem("AP-TOPOLOGY-UNSOUND", {
        what: `the blueprint ${topology.blueprint} contradicts itself:\n${findings.map(({ path, message }) => `  ${path}: ${message}`).join("\n")}`,
        why: "what is deployed, allowed and drawn all follows from it",
        fix: `correct blueprints/${topology.blueprint}.ts`,
    });
}

const dnsLabel = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

function checkNames(topology: Topology): Finding[] {
    const found: Finding[] = [];
    const seen = new Map<string, string>();
    for (const kind of ["services", "tasks", "stores", "parties", "edges"] as const) {
        for (const { name } of topology[kind]) {
            const path = `${kind}.${name}`;
            if (!dnsLabel.test(name)) found.push({ path, message: `"${name}" is no DNS label: small letters, digits and "-", starting with a letter, at most 63` });
            const other = seen.get(name);
            if (other !== undefined) found.push({ path, message: `the name is taken by ${other}` });
            else seen.set(name, path);
        }
    }
    if (!dnsLabel.test(topology.namespace)) found.push({ path: "namespace", message: `"${topology.namespace}" is no DNS label` });
    return found;
}

function checkPorts(topology: Topology): Finding[] {
    const found: Finding[] = [];
    const check = (path: string, port: number): void => {
        if (!Number.isInteger(port) || port < 1 || port > 65535) found.push({ path, message: `${port} is no port: 1 to 65535` });
        // Restricted pods run without NET_BIND_SERVICE.
        else if (port < 1024) found.push({ path, message: `port ${port} needs a privilege that no pod here has: 1024 or higher` });
    };
    for (const service of topology.services) {
        if (service.port !== undefined) check(`services.${service.name}.port`, service.port);
        check(`services.${service.name}.health.port`, service.health.port);
    }
    for (const store of topology.stores) check(`stores.${store.name}.port`, store.port);
    return found;
}

function checkFlows(topology: Topology): Finding[] {
    const found: Finding[] = [];
    const callers = new Set([...runnablesOf(topology), ...topology.stores].map((one) => one.name));
    const called = new Map<string, number | undefined>([...topology.services, ...topology.stores].map((one) => [one.name, one.port]));
    const parties = new Set(topology.parties.map((party) => party.name));
    const seen = new Set<string>();
    for (const { from, to, port } of topology.flows) {
        const path = `flows.${from}→${to}`;
        if (seen.has(path)) found.push({ path, message: "is listed twice" });
        seen.add(path);
        if (from === to) found.push({ path, message: "goes to itself" });
        if (!callers.has(from)) found.push({ path, message: `nothing is called "${from}"` });
        if (parties.has(to)) {
            if (port !== undefined) found.push({ path, message: `gives a port, but the party "${to}" lists its own` });
        } else if (!called.has(to)) {
            found.push({ path, message: topology.tasks.some((task) => task.name === to) ? `"${to}" is a task, and tasks answer nobody` : `nothing is called "${to}"` });
        } else {
            const listens = called.get(to);
            if (listens === undefined) found.push({ path, message: `"${to}" has no port that others may call` });
            else if (port !== listens) found.push({ path, message: `goes to port ${port ?? "(none)"}, but "${to}" listens on ${listens}` });
        }
    }
    for (const party of topology.parties) {
        if (party.ports.length === 0) found.push({ path: `parties.${party.name}`, message: "has no ports: a flow to it would open all of them" });
    }
    return found;
}

function checkStores(topology: Topology): Finding[] {
    const found: Finding[] = [];
    for (const store of topology.stores) {
        const path = `stores.${store.name}`;
        if (!topology.services.some((service) => service.owner === store.owner)) found.push({ path: `${path}.owner`, message: `its owner ${store.owner} has no service in this topology` });
        if (!topology.flows.some((flow) => flow.to === store.name)) found.push({ path, message: "nobody uses it: no flow goes to it" });
        if (parseMemory(store.size) === undefined) found.push({ path: `${path}.size`, message: `"${store.size}" is no size, e.g. 10Gi` });
    }
    return found;
}

function checkReplicas(topology: Topology): Finding[] {
    const found: Finding[] = [];
    for (const { name, replicas } of topology.services) {
        const path = `services.${name}.replicas`;
        if (!Number.isInteger(replicas.min) || replicas.min < 1) found.push({ path, message: `the least number is ${replicas.min}: 1 or more` });
        if (!Number.isInteger(replicas.max) || replicas.max < replicas.min) found.push({ path, message: `the greatest number ${replicas.max} is below the least, ${replicas.min}` });
    }
    return found;
}

function checkAmounts(topology: Topology): Finding[] {
    const found: Finding[] = [];
    const parts: { path: string; resources: Resources }[] = [
        ...runnablesOf(topology).map((one) => ({ path: one.name, resources: one.resources })),
        ...topology.stores.map((one) => ({ path: one.name, resources: one.resources })),
    ];
    for (const { path, resources } of parts) {
        for (const [kind, parse] of [["cpu", parseCpu], ["memory", parseMemory]] as const) {
            const request = parse(resources.requests[kind]);
            const limit = parse(resources.limits[kind]);
            if (request === undefined) found.push({ path: `${path}.resources.requests.${kind}`, message: `"${resources.requests[kind]}" is no quantity` });
            if (limit === undefined) found.push({ path: `${path}.resources.limits.${kind}`, message: `"${resources.limits[kind]}" is no quantity` });
            if (request !== undefined && limit !== undefined && request > limit) {
                found.push({ path: `${path}.resources.${kind}`, message: `reserves ${resources.requests[kind]} but may use only ${resources.limits[kind]}` });
            }
        }
    }
    for (const one of runnablesOf(topology)) {
        if (parseMemory(one.scratch) === undefined) found.push({ path: `${one.name}.scratch`, message: `"${one.scratch}" is no size, e.g. 64Mi` });
    }
    return found;
}

function checkEdges(topology: Topology): Finding[] {
    if (topology.edges.length === 0) return [{ path: "edges", message: "there is none: nobody could reach the deployment" }];
    return topology.edges
        .filter((edge) => !topology.services.some((service) => service.name === edge.enters && service.port !== undefined))
        .map((edge) => ({ path: `edges.${edge.name}`, message: `enters "${edge.enters}", which is no service with a port` }));
}

/** Addresses in settings are flows written a second time: they must agree with the first. */
function checkSettings(topology: Topology): Finding[] {
    const found: Finding[] = [];
    for (const one of runnablesOf(topology)) {
        for (const [key, value] of Object.entries(one.settings)) {
            const path = `${one.name}.settings.${key}`;
            if (key in one.secrets) found.push({ path, message: "is given both as a setting and as a secret" });
            const address = /^[a-z]+:\/\/([-a-z0-9]+)(?::(\d+))?(?:\/|$)/.exec(value);
            if (address === null) continue;
            const [, host, port] = address;
            const target = [...topology.services, ...topology.stores].find((candidate) => candidate.name === host);
            if (target === undefined) found.push({ path, message: `points at "${host}", and nothing is called so` });
            else if (Number(port) !== target.port) found.push({ path, message: `points at port ${port ?? "(none)"} of "${host}", which listens on ${target.port ?? "none"}` });
            else if (!topology.flows.some((flow) => flow.from === one.name && flow.to === host)) found.push({ path, message: `points at "${host}", but no flow ${one.name} → ${host} allows it` });
        }
    }
    return found;
}

function checkObjectives(topology: Topology): Finding[] {
    const found: Finding[] = [];
    for (const objective of topology.objectives.ongoingRequests) {
        const path = `objectives.ongoingRequests.${objective.service}`;
        const service = topology.services.find((one) => one.name === objective.service);
        const cpu = parseCpu(objective.cpuPerRequest);
        if (service === undefined) found.push({ path, message: `nothing is called "${objective.service}"` });
        if (!Number.isInteger(objective.perReplica) || objective.perReplica < 1) found.push({ path, message: `${objective.perReplica} ongoing requests per replica: 1 or more` });
        if (cpu === undefined) found.push({ path, message: `"${objective.cpuPerRequest}" is no CPU quantity` });
        else if (service !== undefined) {
            const limit = parseCpu(service.resources.limits.cpu);
            if (limit !== undefined && cpu * objective.perReplica > limit) {
                found.push({ path, message: `${objective.perReplica} requests at ${objective.cpuPerRequest} need more CPU than the limit of a replica, ${service.resources.limits.cpu}: it would never be reached` });
            }
        }
    }
    return found;
}

