/** Random topologies for property tests: sound ones, of any shape. */
import fc from "fast-check";
import { flowsOf } from "./derive";
import type { ComponentName, Party, Service, Store, Task, Topology } from "./types";

const resources = { requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: "200m", memory: "128Mi" } };
const owners: readonly ComponentName[] = ["AgentCluster", "RagService", "UploadPipeline", "TunnelEdge"];

export function serviceCalled(name: string, port: number | undefined, owner: ComponentName): Service {
    return {
        name,
        owner,
        purpose: `is ${name}`,
        image: "app",
        ...(port === undefined ? {} : { port }),
        health: { port: port ?? 9000, startup: { path: "/health", periodSeconds: 2 }, readiness: { path: "/ready", periodSeconds: 5 }, liveness: { path: "/health", periodSeconds: 10 } },
        replicas: { min: 1, max: 2 },
        settings: {},
        secrets: {},
        resources,
        scratch: "64Mi",
        graceSeconds: 30,
        priority: "serving",
    };
}

function taskCalled(name: string): Task {
    return { name, owner: "RagService", purpose: `is ${name}`, image: "app", settings: {}, secrets: {}, resources, scratch: "64Mi", retries: 1, deadlineSeconds: 60 };
}

function storeCalled(name: string, port: number, owner: ComponentName): Store {
    return { name, owner, purpose: `is ${name}`, engine: "postgres", form: "statefulset", image: "postgres", port, database: "d", user: "u", size: "1Gi", resources, graceSeconds: 30 };
}

const somePort = fc.integer({ min: 1024, max: 65535 });

/** A sound topology: up to seven services, two stores, one task, one party and any flows between them. */
export const soundTopology: fc.Arbitrary<Topology> = fc
    .record({
        ports: fc.array(fc.option(somePort, { nil: undefined }), { minLength: 1, maxLength: 7 }),
        storePorts: fc.array(somePort, { minLength: 1, maxLength: 2 }),
        owner: fc.constantFrom(...owners),
        partyPorts: fc.uniqueArray(fc.integer({ min: 1, max: 65535 }), { minLength: 1, maxLength: 3 }),
        entry: somePort,
    })
    .chain(({ ports, storePorts, owner, partyPorts, entry }) => {
        const services = [serviceCalled("entry", entry, owner), ...ports.map((port, index) => serviceCalled(`service-${index}`, port, owners[index % owners.length]!))];
        const stores = storePorts.map((port, index) => storeCalled(`store-${index}`, port, owner));
        const tasks = [taskCalled("task")];
        const parties: Party[] = [{ name: "party", purpose: "is outside", ports: partyPorts.map((port) => ({ port, protocol: "TCP" })), speaks: "tls" }];
        const callers = [...services, ...tasks].map((one) => one.name);
        const called = [...services.filter((one) => one.port !== undefined), ...stores, ...parties].map((one) => one.name);
        const pairs = callers.flatMap((from) => called.filter((to) => to !== from).map((to) => [from, to] as const));
        const toStores = stores.map((store) => ["entry", store.name] as const);
        return fc.subarray([...pairs]).map((chosen): Topology => {
            const arrows: Record<string, string[]> = {};
            for (const [from, to] of [...toStores, ...chosen]) if (!(arrows[from] ??= []).includes(to)) arrows[from]!.push(to);
            return {
                blueprint: "random",
                namespace: "somewhere",
                places: [{ name: "cluster", kind: "kubernetes", purpose: "is a cluster", provider: "any", cluster: "existing", pools: [] }],
                networks: [],
                links: [],
                access: [],
                platform: [],
                subscriptions: [],
                services,
                tasks,
                stores,
                parties,
                edges: [{ name: "door", kind: "local-port", enters: "entry", address: "http://localhost:1" }],
                flows: flowsOf(arrows, [...services, ...stores]),
                objectives: { ongoingRequests: [] },
            };
        });
    });

/** The same topology with every list in another order. */
export function reordered(topology: Topology): fc.Arbitrary<Topology> {
    const shuffled = <T>(list: readonly T[]) => fc.shuffledSubarray([...list], { minLength: list.length, maxLength: list.length });
    return fc
        .tuple(shuffled(topology.services), shuffled(topology.tasks), shuffled(topology.stores), shuffled(topology.parties), shuffled(topology.flows))
        .map(([services, tasks, stores, parties, flows]) => ({ ...topology, services, tasks, stores, parties, flows }));
}
