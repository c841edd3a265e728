import assert from "node:assert/strict";
import fc from "fast-check";
import { reordered, soundTopology, spreadTopology } from "./arbitrary";
import { placeOf } from "./derive";
import { everybody, gcpFirewallsOf, hetznerFirewallsOf, ociSecurityListsOf, openingsOf, type Opening } from "./firewalls";
import { wayBetween } from "./paths";
import type { Topology } from "./types";

describe("firewalls", () => {
    it("open nothing for a topology without machines of ours in a network", () => {
        fc.assert(fc.property(soundTopology, (topology) => assert.deepEqual([openingsOf(topology), gcpFirewallsOf(topology), ociSecurityListsOf(topology), hetznerFirewallsOf(topology)], [[], [], [], []])), { numRuns: 20 });
    });

    it("open a machine's port exactly for the flows that come through its network, the edges and the operators", () => {
        fc.assert(
            fc.property(spreadTopology, (topology) => {
                const wanted = new Set<string>();
                for (const flow of topology.flows) {
                    const [here, there] = [placeOf(topology, flow.from), placeOf(topology, flow.to)];
                    if (here === undefined || there === undefined || here === there || there.kind === "kubernetes" || !("pools" in there)) continue;
                    const way = wayBetween(topology, here, there)?.way;
                    if (way === "internal") wanted.add(`${there.name} ${flow.port} ${here.subnet}`);
                    if (way === "https") wanted.add(`${there.name} ${flow.port} ${everybody.join()}`);
                }
                const entry = topology.services.find((one) => one.name === "entry")!;
                if (["cluster", "group", "gateway", "metal"].includes(entry.place!)) wanted.add(`${entry.place} ${entry.port} 203.0.113.0/24`);
                wanted.add("metal 22 198.51.100.7/32");
                const opened = openingsOf(topology).filter((opening) => opening.protocol === "TCP").map((opening) => `${opening.place} ${opening.port} ${opening.from.join()}`);
                assert.deepEqual(opened.sort(), [...wanted].sort());
            }),
        );
    });

    it("open to everybody only WireGuard, and TLS where a flow crosses the internet", () => {
        fc.assert(
            fc.property(spreadTopology, (topology) => {
                for (const opening of openingsOf(topology).filter((one) => one.from.includes("0.0.0.0/0"))) {
                    if (opening.protocol === "UDP") {
                        const kind = opening.port === 41641 ? "tailscale" : "netbird";
                        assert.ok([41641, 51820].includes(opening.port!));
                        assert.ok(topology.links.some((link) => link.kind === kind && link.between.includes(opening.place)) || topology.edges.some((edge) => edge.kind === "private" && edge.network === kind));
                    } else {
                        const callers = topology.flows.filter((flow) => flow.port === opening.port && placeOf(topology, flow.to)?.name === opening.place);
                        assert.ok(callers.some((flow) => wayBetween(topology, placeOf(topology, flow.from)!, placeOf(topology, flow.to)!)?.way === "https"), JSON.stringify(opening));
                    }
                }
            }),
        );
    });

    it("say the same in the words of each cloud", () => {
        fc.assert(
            fc.property(spreadTopology, (topology) => {
                const of = (provider: string) => openingsOf(topology).filter((opening) => topology.places.find((place) => place.name === opening.place)?.provider === provider);
                const fourth = (from: readonly string[]) => from.filter((range) => !range.includes(":")).join();
                assert.deepEqual(
                    gcpFirewallsOf(topology).filter((rule) => rule.allows !== undefined).map((rule) => `${rule.targetTags} ${rule.allows![0]!.protocol} ${rule.allows![0]!.ports ?? ""} ${rule.sourceRanges.join()}`).sort(),
                    of("gcp").map((opening) => `${opening.place} ${opening.protocol.toLowerCase()} ${opening.port ?? ""} ${fourth(opening.from)}`).sort(),
                );
                const numbers = { TCP: "6", UDP: "17", ALL: "all" } as const;
                const gateway = ociSecurityListsOf(topology).find((list) => list.place === "gateway")!;
                assert.deepEqual(
                    gateway.ingressSecurityRules.map((rule) => `${rule.protocol} ${(rule.tcpOptions ?? rule.udpOptions)?.min} ${rule.source}`).sort(),
                    of("oci").flatMap((opening) => opening.from.map((range) => `${numbers[opening.protocol]} ${opening.port} ${range}`)).sort(),
                );
                assert.deepEqual(
                    hetznerFirewallsOf(topology).flatMap((wall) => wall.rules.map((rule) => `${wall.place} ${rule.protocol} ${rule.port} ${rule.sourceIps.join()}`)).sort(),
                    of("hetzner").map((opening) => `${opening.place} ${opening.protocol.toLowerCase()} ${opening.port} ${opening.from.join()}`).sort(),
                );
            }),
        );
    });

    it("deny the rest aloud at Google, with names that are valid and not taken twice", () => {
        fc.assert(
            fc.property(spreadTopology, (topology) => {
                const rules = gcpFirewallsOf(topology);
                assert.equal(rules.filter((rule) => rule.denies?.[0]?.protocol === "all" && rule.priority === 65_534).length, 1);
                assert.equal(new Set(rules.map((rule) => rule.name)).size, rules.length);
                for (const { name, sourceRanges } of rules) {
                    assert.match(name, /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
                    assert.ok(sourceRanges.length > 0 && sourceRanges.every((range) => !range.includes(":")), "one family of addresses, and never none: that would mean all");
                }
            }),
        );
    });

    it("let Tailscale through Oracle's list both ways, and the managed store be reached by its callers alone", () => {
        const topology = sample((one) => one.services.every((service) => service.place !== "gateway"));
        const linked: Topology = { ...topology, links: topology.links.map((link) => (link.between.includes("gateway") ? { ...link, kind: "tailscale" } : link)) };
        const [cache, gateway] = ociSecurityListsOf(linked);
        assert.ok(gateway!.ingressSecurityRules.some((rule) => rule.protocol === "17" && rule.udpOptions?.min === 41641 && rule.source === "0.0.0.0/0"));
        assert.ok(gateway!.egressSecurityRules.some((rule) => rule.udpOptions?.sourcePortRange?.min === 41641));
        assert.ok(!gateway!.ingressSecurityRules.some((rule) => rule.protocol === "6" && rule.source === "0.0.0.0/0"), "strict inbound");
        assert.equal(cache!.place, "cache");
        for (const rule of cache!.ingressSecurityRules) assert.deepEqual([rule.protocol, rule.tcpOptions], ["6", { min: 443, max: 443 }]);
        assert.deepEqual(cache!.egressSecurityRules.map((rule) => rule.destination), ["10.2.0.0/16"]);
    });

    it("do not depend on the order in which a blueprint lists things", () => {
        fc.assert(
            fc.property(spreadTopology.chain((topology) => fc.tuple(fc.constant(topology), reordered(topology))), ([topology, other]) => {
                const where = ({ purpose: _, ...opening }: Opening) => opening;
                assert.deepEqual(openingsOf(other).map(where), openingsOf(topology).map(where));
            }),
        );
    });
});

function sample(wanted: (topology: Topology) => boolean): Topology {
    return fc.sample(spreadTopology.filter(wanted), { numRuns: 1, seed: 7 })[0]!;
}
