/** Whether a topology makes sense. All problems are found at once, before anything is created. */
import { Problem } from "../toolchain/core/problem";
import { parseCpu, parseMemory } from "./quantities";
import { checkBudget, costOf } from "./cost";
import { placeOf, poolsOf, runnablesOf } from "./derive";
import { compileObjectives } from "./objectives";
import { proveDataPaths } from "./paths";
import { runsInCluster } from "./stores";
import type { Place, Resources, Service, Topology } from "./types";

export interface Finding {
    /** Where in the topology, e.g. `services.web.replicas`. */
    readonly path: string;
    readonly message: string;
}

/** Every problem of a topology, in a stable order; none for a sound one. */
export function checkTopology(topology: Topology): Finding[] {
    return [
        ...checkNames(topology),
        ...checkPlaces(topology),
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
 * The same topology, if it is sound, none of its data paths can be read on the way, it keeps its promises and costs
 * no more than it may.
 * @throws Problem that names every finding
 */
export function requireSound(topology: Topology): Topology {
    const fix = `correct blueprints/${topology.blueprint}.ts, or the configuration that it is made from`;
    const listed = (findings: readonly Finding[]): string => findings.map(({ path, message }) => `  ${path}: ${message}`).join("\n");
    const findings = checkTopology(topology);
    if (findings.length > 0) throw new Problem("AP-TOPOLOGY-UNSOUND", { what: `the blueprint ${topology.blueprint} contradicts itself:\n${listed(findings)}`, why: "what is deployed, allowed and drawn all follows from it", fix });
    const open = proveDataPaths(topology).findings;
    if (open.length > 0) throw new Problem("AP-DATA-PATH-OPEN", { what: `data of the blueprint ${topology.blueprint} could be read on its way:\n${listed(open)}`, why: "every flow has to stay inside a private network, or go by WireGuard or TLS", fix });
    const broken = compileObjectives(topology).findings;
    if (broken.length > 0) throw new Problem("AP-OBJECTIVES-UNMET", { what: `the blueprint ${topology.blueprint} cannot keep what it promises:\n${listed(broken)}`, why: "a promise that cannot be kept is found out in an outage", fix: `change what is named in blueprints/${topology.blueprint}.ts or in the configuration, or promise less` });
    const dear = checkBudget(topology, costOf(topology));
    if (dear.length > 0) throw new Problem("AP-BUDGET-EXCEEDED", { what: dear.map((finding) => finding.message).join("\n"), why: "this stack has a monthly budget, and it is checked before anything is created", fix: "choose smaller or fewer machines, another provider, or raise monthlyBudget" });
    return topology;
}

const dnsLabel = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

function checkNames(topology: Topology): Finding[] {
    const found: Finding[] = [];
    const seen = new Map<string, string>();
    for (const kind of ["services", "tasks", "stores", "platform", "parties", "edges"] as const) {
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

/** Everything is somewhere that exists, and in a place that can hold it. */
function checkPlaces(topology: Topology): Finding[] {
    if (topology.places.length === 0) return [{ path: "places", message: "there is none: nothing could run" }];
    const found: Finding[] = [];
    const places = new Map<string, Place>();
    const networks = new Set(topology.networks.map((network) => network.name));
    for (const place of topology.places) {
        const path = `places.${place.name}`;
        if (!dnsLabel.test(place.name)) found.push({ path, message: `"${place.name}" is no DNS label` });
        if (places.has(place.name)) found.push({ path, message: "the name is taken by another place" });
        places.set(place.name, place);
        if (place.network !== undefined && !networks.has(place.network)) found.push({ path: `${path}.network`, message: `no network is called "${place.network}"` });
        for (const pool of poolsOf(place)) {
            if (!Number.isInteger(pool.min) || pool.min < 0 || !Number.isInteger(pool.max) || pool.max < Math.max(1, pool.min)) found.push({ path: `${path}.pools.${pool.name}`, message: `from ${pool.min} to ${pool.max} machines: whole numbers, the greater one last` });
        }
    }
    const parts = [
        ...runnablesOf(topology).map((one) => ({ one, containers: true, pool: one.pool })),
        ...topology.stores.map((one) => ({ one, containers: runsInCluster(one), pool: runsInCluster(one) ? one.pool : undefined })),
        ...topology.platform.map((one) => ({ one, containers: true, pool: undefined })),
    ];
    for (const { one, containers, pool } of parts) {
        const place = one.place === undefined ? topology.places[0]! : places.get(one.place);
        if (place === undefined) found.push({ path: `${one.name}.place`, message: `no place is called "${one.place}"` });
        else if (containers && place.kind === "managed") found.push({ path: `${one.name}.place`, message: `"${place.name}" is run by ${place.provider} and takes no containers` });
        else if (!containers && place.kind !== "managed") found.push({ path: `${one.name}.place`, message: `is run by its provider, so its place is a managed one, not "${place.name}"` });
        else if (pool !== undefined && !poolsOf(place).some((candidate) => candidate.name === pool)) found.push({ path: `${one.name}.pool`, message: `"${place.name}" has no pool "${pool}"` });
    }
    for (const { between, kind } of topology.links) {
        for (const end of between) if (!places.has(end)) found.push({ path: `links.${between.join("–")}`, message: `no place is called "${end}"` });
        if (kind === "internal" && between.some((end) => places.get(end)?.network === undefined)) found.push({ path: `links.${between.join("–")}`, message: "is internal, but not both ends are in a network" });
        if (between[0] === between[1]) found.push({ path: `links.${between.join("–")}`, message: "links a place with itself" });
    }
    for (const access of topology.access) {
        if (!places.has(access.place)) found.push({ path: `access.${access.name}`, message: `no place is called "${access.place}"` });
        if (access.ports.length === 0 || access.from.length === 0) found.push({ path: `access.${access.name}`, message: "has no ports or nobody who may use them" });
    }
    return found;
}

function checkPorts(topology: Topology): Finding[] {
    const found: Finding[] = [];
    const check = (path: string, port: number, inPod: boolean): void => {
        if (!Number.isInteger(port) || port < 1 || port > 65535) found.push({ path, message: `${port} is no port: 1 to 65535` });
        // Restricted pods run without NET_BIND_SERVICE.
        else if (port < 1024 && inPod) found.push({ path, message: `port ${port} needs a privilege that no pod here has: 1024 or higher` });
    };
    const inPod = (one: { readonly name: string }): boolean => placeOf(topology, one.name)?.kind === "kubernetes";
    for (const service of topology.services) {
        if (service.port !== undefined) check(`services.${service.name}.port`, service.port, inPod(service));
        check(`services.${service.name}.health.port`, service.health.port, inPod(service));
        for (const port of service.otherPorts ?? []) check(`services.${service.name}.otherPorts`, port, inPod(service));
        for (const port of service.peers ?? []) {
            if (typeof port === "number") check(`services.${service.name}.peers`, port, inPod(service));
            else if (port.first > port.last) found.push({ path: `services.${service.name}.peers`, message: `from ${port.first} to ${port.last} there is no port` });
            else for (const end of [port.first, port.last]) check(`services.${service.name}.peers`, end, inPod(service));
        }
    }
    for (const store of topology.stores) check(`stores.${store.name}.port`, store.port, inPod(store));
    return found;
}

function checkFlows(topology: Topology): Finding[] {
    const found: Finding[] = [];
    const callers = new Set([...runnablesOf(topology), ...topology.stores, ...topology.platform].map((one) => one.name));
    const called = new Map<string, (number | undefined)[]>([
        ...topology.services.map((one) => [one.name, [one.port, one.health.port, ...(one.otherPorts ?? [])]] as [string, (number | undefined)[]]),
        ...[...topology.stores, ...topology.platform].map((one) => [one.name, [one.port, "monitor" in one ? one.monitor : undefined]] as [string, (number | undefined)[]]),
    ]);
    const parties = new Set(topology.parties.map((party) => party.name));
    const seen = new Set<string>();
    for (const { from, to, port, gigabytes } of topology.flows) {
        const path = `flows.${from}→${to}`;
        const once = `${path}:${port ?? ""}`;
        if (seen.has(once)) found.push({ path, message: "is listed twice" });
        seen.add(once);
        if (from === to) found.push({ path, message: "goes to itself" });
        if (gigabytes !== undefined && !(gigabytes >= 0)) found.push({ path, message: `${gigabytes} gigabytes a month: 0 or more` });
        if (!callers.has(from)) found.push({ path, message: `nothing is called "${from}"` });
        if (parties.has(to)) {
            if (port !== undefined) found.push({ path, message: `gives a port, but the party "${to}" lists its own` });
        } else if (!called.has(to)) {
            found.push({ path, message: topology.tasks.some((task) => task.name === to) ? `"${to}" is a task, and tasks answer nobody` : `nothing is called "${to}"` });
        } else {
            const [first, ...others] = called.get(to)!;
            if (port !== undefined && (port === first || others.includes(port))) continue;
            found.push({ path, message: first === undefined ? `"${to}" has no port that others may call` : `goes to port ${port ?? "(none)"}, but "${to}" listens on ${first}` });
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
        if (store.form === "cloudnativepg" && store.archive !== undefined && !topology.stores.some((one) => one.name === store.archive && one.engine === "objects")) {
            found.push({ path: `${path}.archive`, message: `no bucket is called "${store.archive}"` });
        }
    }
    return found;
}

function checkReplicas(topology: Topology): Finding[] {
    const found: Finding[] = [];
    for (const service of topology.services) {
        const { name, replicas } = service;
        const path = `services.${name}.replicas`;
        const least = wakes(service) || sleepsByItself(topology, name) ? 0 : 1;
        if (!Number.isInteger(replicas.min) || replicas.min < least) found.push({ path, message: `the least number is ${replicas.min}: ${least} or more${least === 0 ? "" : ", for nothing would wake it"}` });
        if (!Number.isInteger(replicas.max) || replicas.max < Math.max(1, replicas.min)) found.push({ path, message: `the greatest number ${replicas.max} is below the least, ${replicas.min}` });
        if (service.alone === true && replicas.max > 1) found.push({ path, message: `the greatest number is ${replicas.max}, but two of it must never run at once` });
        for (const trigger of service.scaling ?? []) {
            const at = `services.${name}.scaling.${trigger.kind}`;
            if (replicas.min === replicas.max) found.push({ path: at, message: `never happens: it has ${replicas.max} at least and at most` });
            if (trigger.kind === "queue" && ![...topology.stores, ...topology.platform].some((one) => one.name === trigger.queue)) found.push({ path: at, message: `no store is called "${trigger.queue}"` });
            if (trigger.kind === "queue" && trigger.perReplica !== undefined && !(trigger.perReplica >= 1)) found.push({ path: at, message: `${trigger.perReplica} messages for each replica: 1 or more` });
            if (trigger.kind === "cron" && trigger.replicas > replicas.max) found.push({ path: at, message: `${trigger.replicas} replicas are more than the most, ${replicas.max}` });
            if ((trigger.kind === "cpu" || trigger.kind === "memory") && !(trigger.percent >= 1 && trigger.percent <= 100)) found.push({ path: at, message: `${trigger.percent} percent: 1 to 100` });
        }
    }
    return found;
}

/** KEDA starts its first replica. */
function wakes(service: Service): boolean {
    return (service.scaling ?? []).some((trigger) => trigger.kind === "queue" || trigger.kind === "cron");
}

/** The provider starts its first container at the first request. */
function sleepsByItself(topology: Topology, name: string): boolean {
    const kind = placeOf(topology, name)?.kind;
    return kind === "cloud-run" || kind === "fly" || kind === "modal";
}

function checkAmounts(topology: Topology): Finding[] {
    const found: Finding[] = [];
    const parts: { path: string; resources: Resources }[] = [
        ...runnablesOf(topology).map((one) => ({ path: one.name, resources: one.resources })),
        ...topology.stores.filter(runsInCluster).map((one) => ({ path: one.name, resources: one.resources })),
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
    const answers = (name: string): boolean => topology.services.some((service) => service.name === name && service.port !== undefined) || topology.platform.some((part) => part.name === name && part.port !== undefined);
    return topology.edges.flatMap((edge) => {
        const path = `edges.${edge.name}`;
        const found: Finding[] = [];
        if (!answers(edge.enters)) found.push({ path, message: `enters "${edge.enters}", which is no service with a port` });
        for (const route of edge.routes ?? []) if (!answers(route.to)) found.push({ path: `${path}.routes.${route.path}`, message: `goes to "${route.to}", which is no service with a port` });
        if (edge.kind === "tailnet" && !topology.flows.some((flow) => flow.from === edge.node && flow.to === edge.enters)) found.push({ path: `${path}.node`, message: `is "${edge.node}", and no flow leads from it to "${edge.enters}"` });
        if ("sources" in edge && edge.sources.length === 0) found.push({ path: `${path}.sources`, message: "are none: no policy would let its connections in" });
        return found;
    });
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
            const target = [...topology.services, ...topology.stores, ...topology.platform].find((candidate) => candidate.name === host);
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

