/** Random topologies for property tests: sound ones, of any shape. */
import fc from "fast-check";
import { flowsOf } from "./derive";
import { linkKinds, type ComponentName, type Link, type Party, type Place, type Service, type Store, type Task, type Topology } from "./types";

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

const spreadPlaces: readonly Place[] = [
    { name: "cluster", kind: "kubernetes", purpose: "is a cluster", provider: "gcp", cluster: "gke", network: "green", subnet: "10.1.0.0/20", zones: 3, pools: [{ name: "general", purpose: "is a pool", machine: "e2-standard-2", min: 2, max: 5 }] },
    { name: "group", kind: "compute-group", purpose: "is a group", provider: "gcp", network: "green", subnet: "10.1.16.0/20", pools: [{ name: "group", purpose: "is a pool", machine: "e2-standard-4", min: 2, max: 4 }] },
    { name: "data", kind: "managed", purpose: "is managed", provider: "gcp", network: "green", subnet: "10.1.32.0/20" },
    { name: "gateway", kind: "vm", purpose: "is a gateway", provider: "oci", network: "blue", subnet: "10.2.0.0/24", gateway: true, pools: [{ name: "gateway", purpose: "is a machine", machine: "VM.Standard.A1.Flex", min: 1, max: 1 }] },
    { name: "cache", kind: "managed", purpose: "is managed", provider: "oci", network: "blue", subnet: "10.2.1.0/24" },
    { name: "metal", kind: "vm", purpose: "is a machine", provider: "hetzner", pools: [{ name: "metal", purpose: "is a machine", machine: "cx22", min: 1, max: 1 }] },
    { name: "run", kind: "cloud-run", purpose: "is serverless", provider: "gcp" },
    { name: "fly", kind: "fly", purpose: "is serverless", provider: "fly" },
];
const containerPlaces = spreadPlaces.filter((place) => place.kind !== "managed").map((place) => place.name);

/** The services of a sound topology spread over several clouds, with any links that reach everywhere. */
export const spreadTopology: fc.Arbitrary<Topology> = fc
    .record({
        base: soundTopology,
        chosen: fc.array(fc.constantFrom(...containerPlaces), { minLength: 8, maxLength: 8 }),
        links: fc.array(fc.subarray([...linkKinds].filter((kind) => kind !== "internal"), { minLength: 1 }), { minLength: 28, maxLength: 28 }),
        group: fc.constantFrom("group:operators", "autogroup:member"),
        private: fc.constantFrom<"tailscale" | "netbird">("tailscale", "netbird"),
    })
    .map(({ base, chosen, links, group, private: network }): Topology => {
        const [first] = base.stores as [Store];
        const bucket: Store = { name: "bucket", owner: first.owner, purpose: "is a bucket", engine: "objects", form: "oci-bucket", place: "cache", port: 443, size: "1Gi", tls: true, versioning: true };
        const services = base.services.map((service, index) => ({ ...service, place: chosen[index]!, tls: true }));
        const pairs = spreadPlaces.flatMap((one, index) => spreadPlaces.slice(index + 1).map((other) => [one, other] as const)).filter(([one, other]) => one.network === undefined || one.network !== other.network);
        const topology: Topology = {
            ...base,
            places: spreadPlaces,
            networks: [
                { name: "green", provider: "gcp", cidr: "10.1.0.0/16" },
                { name: "blue", provider: "oci", cidr: "10.2.0.0/16" },
            ],
            links: pairs.flatMap(([one, other], index) => links[index % links.length]!.map((kind): Link => ({ between: [one.name, other.name], kind }))),
            access: [{ name: "ssh", purpose: "SSH of operators", place: "metal", ports: [{ port: 22, protocol: "TCP" }], from: ["198.51.100.7/32"] }],
            services,
            stores: [...base.stores.map((store) => ({ ...store, place: "cluster", tls: true })), bucket],
            platform: [{ name: "prometheus", owner: "AgentCluster", purpose: "is a chart", namespace: "monitoring", labels: { app: "prometheus" }, place: "cluster" }],
            edges: [
                { name: "front", kind: "gateway", enters: "entry", address: "https://example.com", gatewayClass: "some", issuer: "some", provider: "gcp", sources: [{ namespace: "gateways" }, { cidr: "203.0.113.0/24" }] },
                { name: "tools", kind: "private", enters: "entry", address: "https://tools.internal", network, group, sources: [{ namespace: "tailscale" }] },
            ],
            flows: [...base.flows, { from: "entry", to: "bucket", port: 443 }, ...services.filter((one) => one.place === "cluster").map((one) => ({ from: "prometheus", to: one.name, port: one.health.port }))],
        };
        return topology;
    });
