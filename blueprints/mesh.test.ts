import assert from "node:assert/strict";
import { checkTopology } from "../topology/checks";
import { ociSecurityListsOf } from "../topology/firewalls";
import { proveDataPaths, type Path } from "../topology/paths";
import { tailnetPolicyOf } from "../topology/tailnet";
import { linkKinds } from "../topology/types";
import { drawn } from "./page";

const topology = drawn.mesh!;

describe("the mesh blueprint", () => {
    const proof = proveDataPaths(topology);
    const wayOf = (from: string, to: string): Path["way"] | undefined => proof.paths.find((path) => path.from === from && path.to === to)?.way;

    it("is sound, and at least 90 % of the traffic is encrypted", () => {
        assert.deepEqual(checkTopology(topology), []);
        assert.deepEqual(proof.findings, []);
        assert.equal(topology.objectives.encryptedShare, 0.9);
        assert.ok(proof.encryptedShare >= 0.9);
    });

    it("links as document 000 does: internal, Tailscale, tunnel, HTTPS", () => {
        assert.deepEqual(linkKinds.filter((kind) => kind !== "netbird"), ["internal", "tailscale", "tunnel", "https"]);
        assert.deepEqual(
            [["export", "files"], ["agent-api", "rag-service"], ["worker", "redis"], ["worker", "ocr"], ["rag-service", "postgres"], ["worker", "postgres"], ["rag-service", "vertex"]].map(([from, to]) => wayOf(from!, to!)),
            ["internal", "tailscale", "tailscale", "tailscale", "tunnel", "tunnel", "https"],
        );
        assert.equal(proof.paths.find((path) => path.from === "worker" && path.to === "redis")?.through, "gateway", "the single subnet gateway");
    });

    it("has UDP 41641 open at the gateway and nothing else from outside", () => {
        const inside = topology.networks[0]!.cidr.split(".").slice(0, 2).join(".");
        const outside = ociSecurityListsOf(topology).flatMap((list) => list.ingressSecurityRules.filter((rule) => !rule.source.startsWith(`${inside}.`)).map(({ protocol, udpOptions }) => [list.place, protocol, udpOptions?.min, udpOptions?.max]));
        assert.deepEqual(outside, [["gateway", "17", 41641, 41641], ["gateway", "17", 41641, 41641]], "IPv4 and IPv6");
    });

    it("gives each service an identity of its own, with only what its flows need", () => {
        const policy = tailnetPolicyOf(topology);
        assert.deepEqual(Object.keys(policy.tagOwners), ["tag:gateway", "tag:ocr", "tag:rag-service", "tag:worker"]);
        assert.deepEqual(policy.grants.map(({ src, dst, ip }) => `${src.join()} → ${dst.join()} ${ip.join()}`), [
            "tag:gateway → tag:rag-service tcp:8001",
            "tag:worker → 10.20.1.0/24 tcp:6379",
            "tag:worker → tag:ocr tcp:8090",
        ]);
        assert.deepEqual(policy.autoApprovers.routes, { "10.20.1.0/24": ["tag:gateway"] });
        for (const { src, accept = [], deny = [] } of policy.tests) assert.ok(deny.length > 0 && accept.every((target) => !deny.includes(target)), src);
    });

    it("is one machine, and pays for GPUs only while something is read", () => {
        assert.deepEqual(topology.places.filter((place) => place.kind === "vm").map((place) => [place.name, "gateway" in place && place.gateway]), [["gateway", true]]);
        const ocr = topology.services.find((service) => service.name === "ocr");
        assert.deepEqual([ocr?.replicas.min, ocr?.gpu?.kind], [0, "L4"]);
    });
});
