import assert from "node:assert/strict";
import fc from "fast-check";
import { reordered, serviceCalled, soundTopology, spreadTopology } from "./arbitrary";
import { checkTopology, requireSound } from "./checks";
import type { Problem } from "../toolchain/core/problem";
import type { Service, Topology } from "./types";

/** entry → store, and a tool beside it that nobody calls. */
const [sound] = fc.sample(soundTopology.filter((topology) => topology.services.length === 3 && topology.flows.length === 1), { numRuns: 1, seed: 4 }) as [Topology];
const entry = sound.services[0]!;

function paths(topology: Topology): string[] {
    return checkTopology(topology).map((finding) => finding.path);
}

function withEntry(change: Partial<Service>): Topology {
    return { ...sound, services: [{ ...entry, ...change }, ...sound.services.slice(1)] };
}

describe("checks of a topology", () => {
    it("find nothing in a sound one, in whatever order", () => {
        fc.assert(fc.property(soundTopology.chain(reordered), (topology) => assert.deepEqual(checkTopology(topology), [])));
        assert.equal(requireSound(sound), sound);
    });

    it("find a flow from or to a name that nobody has", () => {
        fc.assert(
            fc.property(soundTopology, (topology) => {
                const found = checkTopology({ ...topology, flows: [...topology.flows, { from: "nobody", to: "nothing" }] });
                assert.deepEqual(found.map((finding) => finding.message), ['nothing is called "nobody"', 'nothing is called "nothing"']);
            }),
        );
    });

    it("find a flow to another port than the one that is listened on", () => {
        fc.assert(
            fc.property(soundTopology, fc.nat(), (topology, which) => {
                const inside = topology.flows.filter((flow) => flow.port !== undefined);
                const wrong = inside[which % inside.length]!;
                const found = checkTopology({ ...topology, flows: topology.flows.map((flow) => (flow === wrong ? { ...flow, port: flow.port! + 1 } : flow)) });
                assert.deepEqual(found.map((finding) => finding.path), [`flows.${wrong.from}→${wrong.to}`]);
                assert.match(found[0]!.message, /goes to port \d+, but ".+" listens on \d+/);
            }),
        );
    });

    it("find flows that are listed twice, go to themselves, to a task, or to a service without a port", () => {
        const quiet = serviceCalled("quiet", undefined, "AgentCluster");
        const flows = [...sound.flows, sound.flows[0]!, { from: "entry", to: "entry", port: entry.port! }, { from: "entry", to: "task" }, { from: "entry", to: "quiet" }];
        assert.deepEqual(checkTopology({ ...sound, services: [...sound.services, quiet], flows }).map((finding) => finding.message), [
            "is listed twice",
            "goes to itself",
            '"task" is a task, and tasks answer nobody',
            '"quiet" has no port that others may call',
        ]);
    });

    it("find a party without ports, and a flow that gives it one", () => {
        const topology: Topology = { ...sound, parties: [{ ...sound.parties[0]!, ports: [] }], flows: [...sound.flows, { from: "entry", to: "party", port: 1 }] };
        assert.deepEqual(paths(topology), ["flows.entry→party", "parties.party"]);
    });

    it("find a store that nobody owns, that nobody uses, or of no size", () => {
        const stores = [{ ...sound.stores[0]!, name: "lost", size: "much", owner: "TunnelEdge" as const }];
        const services = sound.services.map((service) => ({ ...service, owner: "AgentCluster" as const }));
        assert.deepEqual(paths({ ...sound, services, stores: [...sound.stores.map((store) => ({ ...store, owner: "AgentCluster" as const })), ...stores] }), ["stores.lost.owner", "stores.lost", "stores.lost.size"]);
    });

    it("find names that are taken or no DNS labels", () => {
        const topology: Topology = { ...sound, namespace: "Über", tasks: [{ ...sound.tasks[0]!, name: "entry" }], parties: [{ ...sound.parties[0]!, name: "-x" }] };
        assert.deepEqual(paths(topology), ["tasks.entry", "parties.-x", "namespace"]);
    });

    it("find ports that do not exist or need privileges", () => {
        assert.deepEqual(checkTopology(withEntry({ port: 80, health: { ...entry.health, port: 70000 } })).map((finding) => finding.message), [
            "port 80 needs a privilege that no pod here has: 1024 or higher",
            "70000 is no port: 1 to 65535",
        ]);
    });

    it("find replicas out of order and amounts that are none or cross", () => {
        const topology = withEntry({ replicas: { min: 3, max: 2 }, scratch: "some", resources: { requests: { cpu: "2", memory: "1Gi" }, limits: { cpu: "500m", memory: "lots" } } });
        assert.deepEqual(paths(topology), ["services.entry.replicas", "entry.resources.cpu", "entry.resources.limits.memory", "entry.scratch"]);
    });

    it("find two at once of what must be alone", () => {
        assert.deepEqual(paths(withEntry({ alone: true, replicas: { min: 1, max: 2 } })), ["services.entry.replicas"]);
        assert.deepEqual(paths(withEntry({ alone: true, replicas: { min: 1, max: 1 } })), []);
    });

    it("find a deployment that nobody could reach", () => {
        assert.deepEqual(paths({ ...sound, edges: [] }), ["edges"]);
        assert.deepEqual(paths({ ...sound, edges: [{ ...sound.edges[0]!, enters: "store-0" }] }), ["edges.door"]);
        assert.deepEqual(paths({ ...sound, edges: [{ name: "tailnet-name", kind: "tailnet", enters: "entry", address: "https://x.example.ts.net", node: "node", tag: "tag:x" }] }), ["edges.tailnet-name.node"]);
    });

    it("find settings that point where no flow goes, at a wrong port, or at nothing", () => {
        const service = serviceCalled("shop", 4000, "AgentCluster");
        const topology: Topology = { ...withEntry({ settings: { A: "http://shop:4000/x", B: "http://shop:4001", C: "http://shoppe:4000" }, secrets: { A: "session/key" } }) };
        assert.deepEqual(checkTopology({ ...topology, services: [...topology.services, service] }).map((finding) => finding.message), [
            "is given both as a setting and as a secret",
            'points at "shop", but no flow entry → shop allows it',
            'points at port 4001 of "shop", which listens on 4000',
            'points at "shoppe", and nothing is called so',
        ]);
    });

    it("find objectives of nobody, and those that a replica could never reach", () => {
        const ongoingRequests = [
            { service: "nobody", perReplica: 0, cpuPerRequest: "x" },
            { service: "entry", perReplica: 5, cpuPerRequest: "100m" },
        ];
        assert.deepEqual(checkTopology({ ...sound, objectives: { ongoingRequests } }).map((finding) => finding.message), [
            'nothing is called "nobody"',
            "0 ongoing requests per replica: 1 or more",
            '"x" is no CPU quantity',
            "5 requests at 100m need more CPU than the limit of a replica, 200m: it would never be reached",
        ]);
    });

    it("find what is nowhere, where it cannot be, or pinned to machines that do not exist", () => {
        const [spread] = fc.sample(spreadTopology, { numRuns: 1, seed: 2 }) as [Topology];
        const moved = (change: Partial<Service>): Topology => ({ ...spread, services: spread.services.map((one) => (one.name === "entry" ? { ...one, ...change } : one)) });
        assert.deepEqual(paths(moved({ place: "moon" })).filter((path) => !path.startsWith("flows.")), ["entry.place"]);
        assert.deepEqual(checkTopology(moved({ place: "data" })).map((finding) => finding.message), ['"data" is run by gcp and takes no containers']);
        assert.deepEqual(checkTopology(moved({ place: "cluster", pool: "huge", port: 8080 })).map((finding) => finding.path).filter((path) => path.startsWith("entry")), ["entry.pool"]);
        assert.deepEqual(checkTopology({ ...spread, stores: spread.stores.map((one) => ({ ...one, place: "cluster" })) }).map((finding) => finding.path), ["bucket.place", "stores.bucket.port"]);
        assert.deepEqual(paths({ ...spread, places: [] }).slice(0, 1), ["places"]);
        assert.deepEqual(paths({ ...spread, places: [...spread.places, { ...spread.places[0]!, network: "red" }] }), ["places.cluster", "places.cluster.network"]);
    });

    it("find links between places that do not exist or share nothing, and doors that open for nobody", () => {
        const [spread] = fc.sample(spreadTopology, { numRuns: 1, seed: 2 }) as [Topology];
        const links = [{ between: ["run", "moon"], kind: "https" }, { between: ["run", "fly"], kind: "internal" }, { between: ["fly", "fly"], kind: "https" }] as const;
        assert.deepEqual(checkTopology({ ...spread, links: [...spread.links, ...links], access: [{ ...spread.access[0]!, from: [] }] }).map((finding) => finding.message), [
            'no place is called "moon"',
            "is internal, but not both ends are in a network",
            "links a place with itself",
            "has no ports or nobody who may use them",
        ]);
    });

    it("let a service sleep only when something can wake it", () => {
        const asleep = { min: 0, max: 3 };
        assert.deepEqual(checkTopology(withEntry({ replicas: asleep })).map((finding) => finding.message), ["the least number is 0: 1 or more, for nothing would wake it"]);
        assert.deepEqual(checkTopology(withEntry({ replicas: asleep, scaling: [{ kind: "queue", queue: "store-0", perReplica: 5 }] })), []);
        assert.deepEqual(checkTopology(withEntry({ replicas: asleep, scaling: [{ kind: "queue", queue: "lost", perReplica: 0 }, { kind: "cron", timezone: "UTC", start: "0 6 * * *", end: "0 20 * * *", replicas: 9 }] })).map((finding) => finding.message), [
            'no store is called "lost"',
            "0 messages for each replica: 1 or more",
            "9 replicas are more than the most, 3",
        ]);
        assert.deepEqual(checkTopology(withEntry({ replicas: { min: 2, max: 2 }, scaling: [{ kind: "cpu", percent: 0 }] })).map((finding) => finding.message), ["never happens: it has 2 at least and at most", "0 percent: 1 to 100"]);
    });

    it("stop when data could be read on its way, naming the flow", () => {
        const party = { ...sound.parties[0]!, speaks: "plain" as const };
        assert.throws(() => requireSound({ ...sound, parties: [party], flows: [...sound.flows, { from: "entry", to: "party" }] }), (error: Problem) => {
            assert.equal(error.code, "AP-DATA-PATH-OPEN");
            assert.match(error.message, /flows\.entry→party: leaves the deployment in the clear/);
            return true;
        });
    });

    it("stop with every finding in one message", () => {
        assert.throws(() => requireSound({ ...withEntry({ port: 80 }), edges: [] }), /AP-TOPOLOGY-UNSOUND|contradicts itself:\n {2}services\.entry\.port: .*\n[^]*edges: there is none/);
    });
});
