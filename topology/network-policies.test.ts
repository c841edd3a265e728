import assert from "node:assert/strict";
import fc from "fast-check";
import { reordered, serviceCalled, soundTopology, spreadTopology } from "./arbitrary";
import { nameLabel, networkPoliciesOf, notTheInternet, type NetworkPolicy, type Peer, type Port } from "./network-policies";
import type { Topology } from "./types";

describe("network policies", () => {
    it("allow exactly the flows: both ends open for each, and neither for anything else", () => {
        fc.assert(
            fc.property(soundTopology, (topology) => {
                const policies = networkPoliciesOf(topology);
                const ends = [...topology.services, ...topology.tasks, ...topology.stores].map((one) => one.name);
                const ports = [...new Set(topology.flows.flatMap((flow) => flow.port ?? []))];
                for (const from of ends) {
                    for (const to of ends) {
                        for (const port of ports) {
                            const wanted = topology.flows.some((flow) => flow.from === from && flow.to === to && flow.port === port);
                            assert.equal(leaves(policies, from, to, port), wanted, `${from} may leave for ${to}:${port}`);
                            assert.equal(enters(policies, from, to, port), wanted, `${to}:${port} lets ${from} in`);
                        }
                    }
                }
            }),
        );
    });

    it("have one rule at each end of a flow", () => {
        fc.assert(
            fc.property(soundTopology, (topology) => {
                const policies = networkPoliciesOf(topology);
                const inside = topology.flows.filter((flow) => flow.port !== undefined);
                const egress = policies.flatMap((policy) => policy.egress.filter((rule) => rule.to.every((peer) => "podSelector" in peer && peer.namespaceSelector === undefined)));
                assert.equal(policies.flatMap((policy) => policy.ingress).length, inside.length);
                assert.equal(egress.length, inside.length);
                for (const rule of [...policies.flatMap((policy) => policy.ingress), ...egress]) assert.equal(rule.ports.length, 1);
            }),
        );
    });

    it("deny everything to a pod that no service owns", () => {
        fc.assert(
            fc.property(soundTopology, (topology) => {
                const all = networkPoliciesOf(topology).filter((policy) => policy.podSelector.matchLabels === undefined);
                assert.deepEqual(all, [{ name: "default-deny", podSelector: {}, policyTypes: ["Ingress", "Egress"], ingress: [], egress: [] }]);
            }),
        );
    });

    it("let exactly those ask the DNS who call somebody", () => {
        fc.assert(
            fc.property(soundTopology, (topology) => {
                for (const policy of networkPoliciesOf(topology)) {
                    const asks = policy.egress.filter((rule) => rule.to.some((peer) => "podSelector" in peer && peer.namespaceSelector !== undefined));
                    assert.equal(asks.length, topology.flows.some((flow) => flow.from === policy.name) ? 1 : 0, policy.name);
                    for (const rule of asks) assert.deepEqual(rule.ports.map(({ protocol, port }) => `${protocol} ${port}`), ["UDP 53", "TCP 53", "UDP 1053", "TCP 1053"]);
                }
            }),
        );
    });

    it("open the internet only to those with a party there, on its ports, without private and metadata addresses", () => {
        fc.assert(
            fc.property(soundTopology, (topology) => {
                const ports = topology.parties.map((party) => party.ports);
                for (const policy of networkPoliciesOf(topology)) {
                    const outside = policy.egress.filter((rule) => rule.to.some((peer) => "ipBlock" in peer));
                    assert.equal(outside.length, topology.flows.some((flow) => flow.from === policy.name && flow.to === "party") ? 1 : 0);
                    for (const rule of outside) {
                        assert.deepEqual(rule.to, [{ ipBlock: { cidr: "0.0.0.0/0", except: [...notTheInternet] } }]);
                        assert.deepEqual([rule.ports], ports);
                    }
                }
            }),
        );
        for (const address of ["10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "169.254.1.1", "127.0.0.1", "100.64.0.1"]) {
            assert.ok(notTheInternet.some((range) => within(address, range)), address);
        }
        for (const address of ["1.1.1.1", "198.41.192.7", "172.32.0.1", "100.128.0.1", "11.0.0.1"]) assert.ok(!notTheInternet.some((range) => within(address, range)), address);
    });

    it("are only for what runs in a cluster, and speak of the rest by its addresses", () => {
        fc.assert(
            fc.property(spreadTopology, (topology) => {
                const policies = networkPoliciesOf(topology);
                const inside = [...topology.services, ...topology.stores].filter((one) => one.place === "cluster" || one.place === undefined).map((one) => one.name);
                assert.deepEqual(policies.map((policy) => policy.name).slice(1), [...inside, "task"].sort());
                const { networks: _, ...rest } = topology;
                assert.ok(rest.places.every((place) => place.kind !== "managed" || !policies.some((policy) => policy.name === place.name)));
                // The bucket is at Oracle: its callers reach it by the tailnet or the internet, never by a pod's label.
                const toBucket = policies.find((policy) => policy.name === "entry")?.egress.filter((rule) => rule.ports.some((port) => port.port === 443));
                for (const rule of toBucket ?? []) assert.ok(rule.to.every((peer) => "ipBlock" in peer));
            }),
        );
    });

    it("let the gateway's pods and the monitoring in, each from its namespace", () => {
        const entry = { ...serviceCalled("entry", 8080, "AgentCluster"), place: "cluster" };
        const base = fc.sample(spreadTopology, { numRuns: 1, seed: 5 })[0]!;
        const topology: Topology = { ...base, services: [entry], flows: [{ from: "prometheus", to: "entry", port: 8080 }], tasks: [], stores: [] };
        const policy = networkPoliciesOf(topology).find((one) => one.name === "entry");
        assert.deepEqual(policy?.ingress, [
            { from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } }, podSelector: { matchLabels: { app: "prometheus" } } }], ports: [{ protocol: "TCP", port: 8080 }] },
            { from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "gateways" } }, podSelector: {} }, { ipBlock: { cidr: "203.0.113.0/24" } }], ports: [{ protocol: "TCP", port: 8080 }] },
            { from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "tailscale" } }, podSelector: {} }], ports: [{ protocol: "TCP", port: 8080 }] },
        ]);
        assert.deepEqual(policy?.egress, []);
    });

    it("let the replicas of a store talk to each other on their ports alone, and reach the API server where a flow says so", () => {
        const base = fc.sample(soundTopology, { numRuns: 1, seed: 5 })[0]!;
        const topology: Topology = {
            ...base,
            stores: base.stores.map((store) => ({ ...store, peers: [5432, 8000] })),
            platform: [{ name: "kubernetes", owner: "AgentCluster", purpose: "API server", namespace: "default", port: 6443 }],
            flows: [...base.flows, { from: "store-0", to: "kubernetes", port: 6443 }],
        };
        const policy = networkPoliciesOf(topology).find((one) => one.name === "store-0");
        const own = { podSelector: { matchLabels: { [nameLabel]: "store-0" } } };
        const ports = [{ protocol: "TCP", port: 5432 }, { protocol: "TCP", port: 8000 }];
        assert.deepEqual(policy?.ingress.at(-1), { from: [own], ports });
        assert.deepEqual(policy?.egress.slice(0, 2), [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [{ protocol: "TCP", port: 6443 }] }, { to: [own], ports }]);
    });

    it("do not depend on the order in which a blueprint lists things", () => {
        fc.assert(
            fc.property(soundTopology.chain((topology) => fc.tuple(fc.constant(topology), reordered(topology))), ([topology, other]) => {
                assert.deepEqual(networkPoliciesOf(other), networkPoliciesOf(topology));
            }),
        );
    });

    it("refuse a flow without a port, which would open all of them", () => {
        fc.assert(
            fc.property(soundTopology, (topology) => {
                const broken: Topology = { ...topology, flows: [...topology.flows, { from: "entry", to: "store-0" }] };
                assert.throws(() => networkPoliciesOf(broken), /entry → store-0 has no port/);
            }),
            { numRuns: 5 },
        );
    });
});

/** What Kubernetes decides about a new connection, at the end that opens it. */
function leaves(policies: readonly NetworkPolicy[], from: string, to: string, port: number): boolean {
    return selecting(policies, from).some((policy) => policy.egress.some((rule) => rule.to.some((peer) => names(peer, to)) && opens(rule.ports, port)));
}

/** And at the end that takes it. */
function enters(policies: readonly NetworkPolicy[], from: string, to: string, port: number): boolean {
    return selecting(policies, to).some((policy) => policy.ingress.some((rule) => rule.from.some((peer) => names(peer, from)) && opens(rule.ports, port)));
}

function selecting(policies: readonly NetworkPolicy[], name: string): NetworkPolicy[] {
    const found = policies.filter(({ podSelector: { matchLabels } }) => matchLabels === undefined || matchLabels[nameLabel] === name);
    assert.ok(found.length >= 2, `${name} is selected by the denial and its own policy`);
    return found;
}

function names(peer: Peer, name: string): boolean {
    return "podSelector" in peer && peer.namespaceSelector === undefined && peer.podSelector.matchLabels?.[nameLabel] === name;
}

function opens(ports: readonly Port[], port: number): boolean {
    return ports.length === 0 || ports.some((one) => one.port === port && one.protocol === "TCP");
}

function within(address: string, range: string): boolean {
    const [network, bits] = range.split("/") as [string, string];
    const number = (text: string) => text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
    return Math.floor(number(address) / 2 ** (32 - Number(bits))) === Math.floor(number(network) / 2 ** (32 - Number(bits)));
}
