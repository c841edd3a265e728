import assert from "node:assert/strict";
import { checkTopology } from "../topology/checks";
import { gcpFirewallsOf } from "../topology/firewalls";
import { proveDataPaths } from "../topology/paths";
import { drawn } from "./page";

const topology = drawn["managed-gcp"]!;

describe("the managed-gcp blueprint", () => {
    it("is sound, and every flow is protected", () => {
        assert.deepEqual(checkTopology(topology), []);
        assert.deepEqual(proveDataPaths(topology).findings, []);
    });

    it("has the parts of document 002", () => {
        const [edge] = topology.edges;
        assert.ok(edge?.kind === "load-balancer");
        assert.deepEqual([edge.provider, edge.healthPath, edge.affinity, edge.enters], ["gcp", "/health", "CLIENT_IP", "nginx"]);
        const group = topology.places.find((place) => place.kind === "compute-group");
        assert.ok(group?.zones !== undefined && group.zones >= 2, "several zones");
        for (const name of ["nginx", "web", "api", "worker", "sandbox", "plugin-daemon", "ssrf-proxy"]) assert.ok(topology.services.some((service) => service.name === name), name);
        const databases = topology.stores.flatMap((store) => (store.form === "cloud-sql" ? [[store.name, store.version, store.highAvailability]] : []));
        assert.deepEqual(databases, [["main", "15", true], ["vector", "15", true]]);
        const redis = topology.stores.find((store) => store.form === "memorystore");
        assert.ok(redis?.engine === "redis" && "highAvailability" in redis && redis.highAvailability && redis.tls);
        const files = topology.stores.find((store) => store.form === "gcs");
        assert.ok(files?.engine === "objects" && files.versioning);
        assert.deepEqual(topology.networks.map(({ provider, nat }) => [provider, nat]), [["gcp", true]]);
    });

    it("lets in the load balancer and Identity-Aware Proxy, and nobody else", () => {
        const rules = gcpFirewallsOf(topology);
        assert.deepEqual(rules.filter((rule) => rule.denies !== undefined).map(({ denies, sourceRanges }) => [denies, sourceRanges]), [[[{ protocol: "all" }], ["0.0.0.0/0"]]]);
        assert.deepEqual(rules.filter((rule) => rule.allows !== undefined).map(({ allows, sourceRanges }) => [allows![0]!.ports, sourceRanges]).sort(), [
            [["22"], ["35.235.240.0/20"]],
            [["8000"], ["130.211.0.0/22", "35.191.0.0/16"]],
            [["8002"], ["130.211.0.0/22", "35.191.0.0/16"]],
            [["8080"], ["130.211.0.0/22", "35.191.0.0/16"]],
        ]);
    });

    it("has one way out to the internet, and reads files where there is none", () => {
        assert.deepEqual(topology.flows.filter((flow) => flow.to === "internet").map((flow) => flow.from), ["ssrf-proxy"]);
        assert.deepEqual(topology.flows.filter((flow) => flow.from === "sandbox"), []);
        assert.deepEqual(topology.flows.filter((flow) => flow.to === "sandbox").map((flow) => flow.from), ["worker"]);
    });
});
