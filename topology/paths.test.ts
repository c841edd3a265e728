import assert from "node:assert/strict";
import fc from "fast-check";
import { serviceCalled, soundTopology, spreadTopology } from "./arbitrary";
import { checkTopology } from "./checks";
import { placeOf } from "./derive";
import { pathOf, proveDataPaths } from "./paths";
import { linkKinds, type Flow, type LinkKind, type Place, type Topology } from "./types";

/** `caller` in one place and `called` in another, and nothing else. */
function two(here: Place, there: Place, links: readonly LinkKind[], tls = false, more: Partial<Topology> = {}): Topology {
    return {
        blueprint: "two", namespace: "two", places: [here, there], networks: [{ name: "net", provider: "oci", cidr: "10.0.0.0/16" }], access: [], tasks: [], stores: [], platform: [], parties: [], edges: [], subscriptions: [],
        links: links.map((kind) => ({ between: [here.name, there.name], kind })),
        services: [{ ...serviceCalled("caller", undefined, "AgentCluster"), place: here.name }, { ...serviceCalled("called", 8080, "AgentCluster"), place: there.name, tls }],
        flows: [flow],
        objectives: { ongoingRequests: [] },
        ...more,
    };
}

const flow: Flow = { from: "caller", to: "called", port: 8080 };
const vm = (name: string, more: Partial<Place> = {}): Place => ({ name, kind: "vm", purpose: "is a machine", provider: "oci", pools: [{ name, purpose: "is a machine", machine: "m", min: 1, max: 1 }], ...more }) as Place;

describe("data paths", () => {
    it("are proven for every sound topology, wherever its services are", () => {
        fc.assert(
            fc.property(fc.oneof(soundTopology, spreadTopology), (topology) => {
                assert.deepEqual(checkTopology(topology), []);
                const proof = proveDataPaths(topology);
                assert.deepEqual(proof.findings, []);
                assert.equal(proof.paths.length, topology.flows.length + topology.edges.length);
                assert.ok(proof.encryptedShare >= 0 && proof.encryptedShare <= 1);
                assert.equal(Object.values(proof.ways).reduce((sum, count) => sum + count, 0), proof.paths.length);
            }),
        );
    });

    it("take the best link there is: internal, Tailscale, NetBird, tunnel, HTTPS", () => {
        fc.assert(
            fc.property(fc.subarray([...linkKinds], { minLength: 1 }).chain((links) => fc.shuffledSubarray(links, { minLength: links.length })), (links) => {
                const path = pathOf(two(vm("a", { network: "net" }), vm("b"), links, true), flow);
                assert.ok("way" in path);
                assert.equal(path.way, linkKinds.find((kind) => links.includes(kind)));
            }),
        );
    });

    it("are refused when a link is taken away and no other is left, naming the flow", () => {
        fc.assert(
            fc.property(spreadTopology, fc.nat(), (topology, which) => {
                const crossing = topology.flows.filter((one) => {
                    const [here, there] = [placeOf(topology, one.from), placeOf(topology, one.to)];
                    return here !== undefined && there !== undefined && here.name !== there.name && (here.network === undefined || here.network !== there.network);
                });
                fc.pre(crossing.length > 0);
                const cut = crossing[which % crossing.length]!;
                const ends = [placeOf(topology, cut.from)!.name, placeOf(topology, cut.to)!.name];
                const links = topology.links.filter(({ between }) => !ends.some((end) => between.includes(end)));
                const { findings } = proveDataPaths({ ...topology, links });
                assert.ok(findings.some((finding) => finding.path === `flows.${cut.from}→${cut.to}` && finding.message.startsWith("nothing links")), JSON.stringify(findings));
            }),
        );
    });

    it("need TLS of the one that is called when they cross the internet", () => {
        assert.deepEqual(proveDataPaths(two(vm("a"), vm("b"), ["https"])).findings, [{ path: "flows.caller→called", message: 'crosses the internet from "a" to "b", and "called" does not speak TLS' }]);
        assert.deepEqual(proveDataPaths(two(vm("a"), vm("b"), ["https"], true)).findings, []);
        for (const kind of ["cloud-run", "fly", "modal"] as const) {
            assert.deepEqual(proveDataPaths(two(vm("a"), { name: "b", kind, purpose: "serverless", provider: "gcp" }, ["https"])).findings, [], `${kind} has certificates`);
        }
    });

    it("refuse a party that speaks in the clear, and people who would come in the clear", () => {
        const party = { name: "mailer", purpose: "mail", ports: [{ port: 25, protocol: "TCP" }], speaks: "plain" } as const;
        const topology = two(vm("a"), vm("b"), ["tailscale"], false, {
            parties: [party],
            flows: [{ from: "caller", to: "mailer" }],
            edges: [
                { name: "balancer", kind: "load-balancer", enters: "called", address: "http://example.com", provider: "gcp", healthPath: "/health", affinity: "NONE", sources: [{ cidr: "130.211.0.0/22" }] },
                { name: "port", kind: "local-port", enters: "called", address: "http://localhost.example.com" },
                { name: "near", kind: "local-port", enters: "called", address: "http://localhost:8080" },
                { name: "open", kind: "tailnet", enters: "called", address: "http://x.example.ts.net", node: "caller", tag: "tag:x" },
                { name: "closed", kind: "tailnet", enters: "called", address: "https://x.example.ts.net", node: "caller", tag: "tag:x" },
            ],
        });
        const { findings, paths } = proveDataPaths(topology);
        assert.deepEqual(findings.map((finding) => finding.path), ["flows.caller→mailer", "edges.balancer", "edges.port", "edges.open"]);
        assert.deepEqual(paths.filter(({ from }) => from === "people").map(({ way, encrypted }) => [way, encrypted]), [["machine", false], ["tailscale", true]]);
    });

    it("go through the one gateway when nothing better links two places", () => {
        const places = [vm("office"), vm("gateway", { network: "net", gateway: true } as Partial<Place>), vm("inner", { network: "net" })];
        const topology: Topology = { ...two(places[0]!, places[2]!, []), places, links: [{ between: ["office", "gateway"], kind: "tailscale" }] };
        const path = pathOf(topology, flow);
        assert.ok("way" in path);
        assert.deepEqual([path.way, path.through, path.encrypted], ["tailscale", "gateway", true]);
        const back = pathOf({ ...topology, services: topology.services.map((one) => ({ ...one, place: one.place === "office" ? "inner" : "office" })) }, flow);
        assert.ok("way" in back && back.through === "gateway");
        const shut: Topology = { ...topology, places: [places[0]!, vm("gateway", { network: "net" }), places[2]!] };
        assert.ok("message" in pathOf(shut, flow), "a machine that is no gateway passes nothing on");
    });

    it("count what is encrypted by volume, and stop below the share that is asked for", () => {
        const near = vm("a", { network: "net" });
        const topology = two(near, vm("b", { network: "net" }), [], false, { objectives: { ongoingRequests: [], encryptedShare: 0.9 } });
        const third = { ...serviceCalled("third", 9000, "AgentCluster"), place: "c" };
        const wide: Topology = {
            ...topology, places: [...topology.places, vm("c")], services: [...topology.services, third], links: [{ between: ["a", "c"], kind: "tailscale" }],
            flows: [{ ...flow, gigabytes: 10 }, { from: "caller", to: "third", port: 9000, gigabytes: 89 }],
        };
        const missed = proveDataPaths(wide);
        assert.equal(missed.encryptedShare, 89 / 99);
        assert.deepEqual(missed.findings, [{ path: "objectives.encryptedShare", message: "89.8 % of the traffic is encrypted, 90 % is asked for; most of the rest is caller → called" }]);
        assert.deepEqual(proveDataPaths({ ...wide, flows: [wide.flows[0]!, { ...wide.flows[1]!, gigabytes: 90 }] }).findings, []);
        assert.deepEqual(proveDataPaths({ ...wide, services: wide.services.map((one) => ({ ...one, tls: true })) }).encryptedShare, 1);
    });

    it("leave out what never leaves a machine", () => {
        const alone = two(vm("a"), vm("b"), []);
        const proof = proveDataPaths({ ...alone, services: alone.services.map((one) => ({ ...one, place: "a" })) });
        assert.deepEqual([proof.ways, proof.encryptedShare], [{ machine: 1 }, 1]);
    });
});
