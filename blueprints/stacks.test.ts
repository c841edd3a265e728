/** What follows from the topology of each stack of this repository, as its file stands. */
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { topologyOfStack } from "../toolchain/commands/cost";
import { repository } from "../toolchain/core/paths";
import { alertsOf } from "../topology/alerts";
import { requireSound } from "../topology/checks";
import { costOf } from "../topology/cost";
import { placeOf } from "../topology/derive";
import { everybody, gcpFirewallsOf, hetznerFirewallsOf, ociSecurityListsOf, openingsOf } from "../topology/firewalls";
import { networkPoliciesOf } from "../topology/network-policies";
import { proveDataPaths } from "../topology/paths";
import { identitiesOf, tailnetPolicyOf } from "../topology/tailnet";
import type { Topology } from "../topology/types";

describe("the stacks of this repository", () => {
    for (const file of globSync("Pulumi.*.yaml", { cwd: repository })) {
        const stack = file.slice("Pulumi.".length, -".yaml".length);
        const topology = topologyOfStack(stack);

        it(`${stack} is sound, keeps its promises, and no data can be read on its way`, () => {
            assert.equal(requireSound(topology), topology);
        });

        it(`${stack} knows the price of all that it pays for`, () => {
            assert.deepEqual(costOf(topology).unpriced, []);
        });

        it(`${stack} opens nothing to everybody but WireGuard`, () => {
            for (const opening of openingsOf(topology)) if (opening.from.some((range) => everybody.includes(range))) assert.deepEqual([opening.protocol, [41641, 51820].includes(opening.port!)], ["UDP", true], JSON.stringify(opening));
        });

        it(`${stack} has a policy for everything that runs in its cluster, and alerts with runbooks`, () => {
            const inCluster = [...topology.services, ...topology.tasks].filter((one) => placeOf(topology, one.name)?.kind === "kubernetes").map((one) => one.name);
            const policies = networkPoliciesOf(topology).map((policy) => policy.name);
            for (const name of inCluster) assert.ok(policies.includes(name), name);
            for (const rule of alertsOf(topology).flatMap((group) => group.rules)) assert.match(rule.annotations.runbook_url, /^docs\/runbooks\/[-a-z0-9]+\.md$/);
        });
    }
});

/** `from → to` and the way that its data takes. */
function ways(topology: Topology): Record<string, string> {
    return Object.fromEntries(proveDataPaths(topology).paths.map((path) => [`${path.from} → ${path.to}`, path.way]));
}

describe("document 000", () => {
    const topology = topologyOfStack("mesh");

    it("has at least 90 % of its traffic encrypted", () => {
        assert.equal(topology.objectives.encryptedShare, 0.9);
        assert.ok(proveDataPaths(topology).encryptedShare >= 0.9);
    });

    it("goes inside Oracle's network to its stores, by the tailnet to Cloud Run, Fly.io and Modal, by a tunnel to Neon, by TLS to Vertex", () => {
        const found = ways(topology);
        const between = (from: string, to: string) => [...new Set(Object.entries(found).filter(([flow]) => {
            const [one, other] = flow.split(" → ") as [string, string];
            return placeOf(topology, one)?.kind === from && (placeOf(topology, other)?.provider ?? other) === to;
        }).map(([, way]) => way))];
        assert.deepEqual(between("vm", "gcp"), ["tailscale"]);
        assert.deepEqual(between("fly", "oci"), ["tailscale"], "through the gateway");
        assert.deepEqual(between("fly", "modal"), ["tailscale"]);
        assert.deepEqual(between("cloud-run", "neon"), ["tunnel"]);
        assert.deepEqual(between("fly", "neon"), ["tunnel"]);
        assert.deepEqual(between("cloud-run", "vertex"), ["https"]);
        assert.ok(Object.values(found).includes("internal"), "to Oracle's own stores");
    });

    it("opens UDP 41641 at Oracle, and nothing else to everybody", () => {
        const lists = ociSecurityListsOf(topology);
        const open = lists.flatMap((list) => list.ingressSecurityRules.filter((rule) => rule.source === "0.0.0.0/0"));
        assert.deepEqual(open.map((rule) => [rule.protocol, rule.udpOptions]), [["17", { min: 41641, max: 41641 }]]);
    });

    it("has an identity for each service on the tailnet, and denies what no flow needs", () => {
        const policy = tailnetPolicyOf(topology);
        assert.deepEqual(identitiesOf(topology), ["tag:gateway", "tag:ocr", "tag:rag-service", "tag:worker"]);
        assert.deepEqual(policy.acls, []);
        assert.ok(policy.tests.every((test) => test.deny !== undefined && test.deny.length > 0));
        assert.ok(policy.grants.every((grant) => grant.ip.length === 1 && /^tcp:\d+$/.test(grant.ip[0]!)));
    });
});

describe("document 002", () => {
    it("lets in the load balancer and its checks, and SSH from Identity-Aware Proxy alone", () => {
        const rules = gcpFirewallsOf(topologyOfStack("managed-gcp"));
        const allowed = rules.flatMap((rule) => (rule.allows ?? []).map((one) => `${one.protocol} ${one.ports} from ${rule.sourceRanges.join(" ")}`)).sort();
        assert.ok(allowed.every((rule) => rule === "tcp 22 from 35.235.240.0/20" || rule.endsWith("from 130.211.0.0/22 35.191.0.0/16")), allowed.join("\n"));
        assert.ok(allowed.includes("tcp 22 from 35.235.240.0/20"));
        assert.equal(rules.filter((rule) => rule.denies !== undefined).length, 1);
    });

    it("has databases and Redis with a standby, and TLS to each", () => {
        const { stores } = topologyOfStack("managed-gcp");
        for (const store of stores.filter((one) => one.engine !== "objects")) assert.deepEqual(["highAvailability" in store && store.highAvailability, store.tls], [true, true], store.name);
        assert.deepEqual(stores.flatMap((store) => (store.engine === "postgres" && "version" in store ? [store.version] : [])), ["15", "15"]);
    });
});

describe("document 003", () => {
    const topology = topologyOfStack("hetzner");

    it("has three control planes and the pools App, AI and DB", () => {
        const cluster = topology.places.find((place) => place.kind === "kubernetes");
        assert.ok(cluster?.kind === "kubernetes" && cluster.cluster === "talos");
        assert.deepEqual([cluster.controlPlane?.min, cluster.pools.map((pool) => pool.name)], [3, ["app", "ai", "db"]]);
    });

    it("lets CI and the VPN to the API servers and talosctl, and nobody else", () => {
        const rules = hetznerFirewallsOf(topology).flatMap((wall) => wall.rules);
        for (const port of ["6443", "50000"]) {
            const doors = rules.filter((rule) => rule.port === port && rule.protocol === "tcp");
            assert.equal(doors.length, 1, port);
            assert.ok(!doors[0]!.sourceIps.some((range) => everybody.includes(range)));
        }
        assert.deepEqual(rules.filter((rule) => rule.sourceIps.includes("0.0.0.0/0") && rule.protocol === "tcp"), []);
    });

    it("is encrypted between its machines, and restored within half an hour by its plan", () => {
        assert.ok(proveDataPaths(topology).encryptedShare === 1);
        assert.equal(topology.objectives.recoveryMinutes, 30);
        assert.equal(topology.objectives.p95Seconds, 0.2);
    });
});
