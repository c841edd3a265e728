import assert from "node:assert/strict";
import fc from "fast-check";
import { serveConfig } from "../components/rag-service/inference";
import { checkTopology } from "../topology/checks";
import { autoscalingOf } from "../topology/derive";
import { drawingOf } from "../topology/drawing";
import { networkPoliciesOf } from "../topology/network-policies";
import { proveDataPaths } from "../topology/paths";
import { pictureOf } from "../topology/picture";
import type { Topology } from "../topology/types";
import { portable, type PortableChoices } from "./portable";

const documented: PortableChoices = {
    storageSize: "10Gi", agentMinReplicas: 1, agentMaxReplicas: 5, agentOngoingRequests: 5, serviceReplicas: 1, reservedPercent: 100, refundApprovalThreshold: 100,
    adminEmail: "admin@agent-platform.local", userEmail: "user@agent-platform.local",
};
const tailnet = { domain: "example.ts.net", tailscaleClientId: "secret-id", tailscaleClientSecret: "secret-secret" };
const ephemeral = { name: "pr-123", expires: "2026-11-21T18:00:00Z" };
const tunnel = { hostname: "agents.example.com", token: "secret-token-0123456789" };

function named(topology: Topology, name: string) {
    const found = topology.services.find((service) => service.name === name);
    assert.ok(found, name);
    return found;
}

describe("the portable blueprint", () => {
    const topology = portable(documented);

    it("has the numbers of document 004", () => {
        assert.equal(topology.namespace, "agent-platform");
        assert.deepEqual(named(topology, "web").replicas, { min: 2, max: 2 });
        assert.deepEqual(named(topology, "agent-api").replicas, { min: 1, max: 5 });
        assert.deepEqual(topology.objectives.ongoingRequests.map(({ service, perReplica }) => [service, perReplica]), [["agent-api", 5]]);
        assert.deepEqual(autoscalingOf(topology, named(topology, "agent-api")), { min: 1, max: 5, cpuPerReplica: "200m" });
        assert.deepEqual(topology.stores.map(({ name, engine }) => [name, engine]), [["postgres", "postgres"]], "Postgres only, no Redis, no broker");
    });

    it("has a RayService of 1 to 5 with 5 requests in hand, when it is told to", () => {
        const withRay = portable({ ...documented, inference: "ray", apiServer: { cidr: "10.0.0.0/28", port: 6443 } });
        assert.deepEqual(checkTopology(withRay), []);
        const inference = named(withRay, "inference");
        assert.deepEqual([inference.form, inference.replicas, inference.port], ["ray-service", { min: 1, max: 5 }, 8000]);
        const { applications } = JSON.parse(serveConfig(inference.replicas)) as { applications: { name: string; route_prefix: string; deployments: { autoscaling_config: object }[] }[] };
        assert.deepEqual(applications.map(({ name, route_prefix }) => [name, route_prefix]), [["embedding", "/embed"], ["reranking", "/rerank"], ["ocr", "/ocr"]]);
        for (const { deployments } of applications) assert.deepEqual(deployments.map(({ autoscaling_config }) => autoscaling_config), [{ min_replicas: 1, max_replicas: 5, target_ongoing_requests: 5 }]);
        // Asked by those who make vectors and read scans; it asks nobody but the API server, for more workers.
        assert.deepEqual(withRay.flows.filter(({ to }) => to === "inference").map(({ from, port }) => [from, port]), [["rag-service", 8000], ["worker", 8000], ["kuberay-operator", 8000], ["kuberay-operator", 8265]]);
        assert.deepEqual(withRay.flows.filter(({ from }) => from === "inference").map(({ to }) => to), ["kubernetes-api"]);
        const policy = networkPoliciesOf(withRay).find(({ name }) => name === "inference")!;
        assert.ok(policy.ingress.some(({ ports }) => ports.some(({ port, endPort }) => port === 10010 && endPort === 10059)), "workers find each other");
        assert.deepEqual(portable(documented).services.some(({ name }) => name === "inference"), false);
    });

    it("has the ports, resources and probes of document 001 where 004 is silent", () => {
        assert.deepEqual(["upload-pipeline", "rag-service", "agent-api"].map((name) => named(topology, name).port), [8000, 8001, 8002]);
        for (const name of ["upload-pipeline", "agent-api"]) {
            assert.deepEqual(named(topology, name).resources, { requests: { cpu: "250m", memory: "512Mi" }, limits: { cpu: "500m", memory: "1Gi" } }, name);
        }
        assert.deepEqual(named(topology, "rag-service").resources, { requests: { cpu: "500m", memory: "1Gi" }, limits: { cpu: "1000m", memory: "2Gi" } });
        for (const name of ["upload-pipeline", "rag-service", "agent-api"]) {
            const { liveness, readiness } = named(topology, name).health;
            assert.deepEqual(liveness, { path: "/health", initialDelaySeconds: 30, periodSeconds: 10 });
            assert.deepEqual(readiness, { path: "/ready", initialDelaySeconds: 5, periodSeconds: 5 });
        }
        const [postgres] = topology.stores;
        assert.ok(postgres?.engine === "postgres");
        assert.deepEqual([postgres.database, postgres.user, postgres.port], ["agents_db", "agents_user", 5432]);
    });

    it("is sound, with and without a tunnel and a tailnet, whatever the configuration allows", () => {
        const anyConfig = fc.record({
            storageSize: fc.constantFrom("1Gi", "2Ti"), agentMinReplicas: fc.integer({ min: 1, max: 5 }), agentMaxReplicas: fc.constant(5), agentOngoingRequests: fc.integer({ min: 1, max: 10 }),
            serviceReplicas: fc.integer({ min: 1, max: 10 }), reservedPercent: fc.integer({ min: 1, max: 100 }), refundApprovalThreshold: fc.nat(), adminEmail: fc.constant("a@b.c"), userEmail: fc.constant("d@e.f"),
            tunnel: fc.constantFrom(undefined, tunnel), tailnet: fc.constantFrom(undefined, tailnet), ephemeral: fc.constantFrom(undefined, ephemeral),
        });
        fc.assert(fc.property(anyConfig, (config) => assert.deepEqual(checkTopology(portable(config)), [])));
    });

    it("lets people in through a local port, or through the tunnel alone", () => {
        assert.deepEqual(topology.edges, [{ name: "local-port", kind: "local-port", enters: "web", address: "http://localhost:8080" }]);
        const tunnelled = portable({ ...documented, tunnel });
        assert.deepEqual(tunnelled.edges, [{ name: "tunnel", kind: "tunnel", enters: "web", address: "https://agents.example.com" }]);
        const { replicas, port, health } = named(tunnelled, "cloudflared");
        assert.deepEqual([replicas.min, port, health.liveness], [2, undefined, undefined]);
        assert.ok(!JSON.stringify(tunnelled).includes(tunnel.token), "the token stays out of the topology");
    });

    it("is a node of a tailnet too, when it is told to: under its own name and an identity that tells previews from the rest", () => {
        const preview = portable({ ...documented, tailnet, ephemeral });
        assert.deepEqual(preview.edges.map(({ kind, address }) => [kind, address]), [["local-port", "http://localhost:8080"], ["tailnet", "https://agent-platform-pr-123.example.ts.net"]]);
        const { port, replicas, alone, health, settings, owner } = named(preview, "tailscale");
        assert.deepEqual([owner, port, replicas, alone, health.liveness], ["TunnelEdge", undefined, { min: 1, max: 1 }, true, undefined]);
        assert.deepEqual([settings.TS_HOSTNAME, settings.TS_EXTRA_ARGS, settings.TS_USERSPACE, settings.TS_STATE_DIR], ["agent-platform-pr-123", "--advertise-tags=tag:preview", "true", undefined]);
        const lasting = portable({ ...documented, tailnet, tunnel });
        assert.deepEqual(lasting.edges.map(({ kind, address }) => [kind, address]), [["tunnel", "https://agents.example.com"], ["tailnet", "https://agent-platform.example.ts.net"]]);
        assert.equal(named(lasting, "tailscale").settings.TS_EXTRA_ARGS, "--advertise-tags=tag:agent-platform");
        assert.ok(!JSON.stringify(lasting).includes(tailnet.tailscaleClientSecret) && !JSON.stringify(lasting).includes(tailnet.tailscaleClientId), "the client stays out of the topology");
        assert.ok(!topology.services.some(({ name }) => name === "tailscale") && !topology.parties.some(({ name }) => name === "tailnet"));
    });

    it("lets the node call the front and Tailscale, and nobody call the node; people come to it by WireGuard", () => {
        const both = portable({ ...documented, tailnet, tunnel });
        const policies = networkPoliciesOf(both);
        const node = policies.find(({ name }) => name === "tailscale")!;
        assert.deepEqual(node.ingress, []);
        const outside = node.egress.filter(({ to }) => to.some((peer) => "ipBlock" in peer)).flatMap(({ ports }) => ports.map(({ protocol, port }) => `${protocol} ${port}`));
        assert.deepEqual(outside, ["TCP 443", "UDP 3478", "UDP 41641"]);
        const inside = node.egress.flatMap(({ to }) => to.flatMap((peer) => ("podSelector" in peer ? Object.values(peer.podSelector.matchLabels ?? {}) : [])));
        assert.deepEqual(inside, ["web", "kube-dns"]);
        const callers = policies.find(({ name }) => name === "web")!.ingress.flatMap(({ from }) => from.flatMap((peer) => ("podSelector" in peer ? Object.values(peer.podSelector.matchLabels ?? {}) : [])));
        assert.deepEqual(callers, ["cloudflared", "tailscale"]);

        const { findings, paths } = proveDataPaths(both);
        assert.deepEqual(findings, []);
        assert.deepEqual(paths.filter(({ from, to }) => from === "people" || to === "tailnet").map(({ from, way, encrypted }) => [from, way, encrypted]), [["tailscale", "tailscale", true], ["people", "tunnel", true], ["people", "tailscale", true]]);
        assert.match(drawingOf(both), /people -- "https:\/\/agents\.example\.com" --> n_cloudflare\n {4}people -- "https:\/\/agent-platform\.example\.ts\.net" --> n_tailscale\n/);
        assert.match(pictureOf(both), /tailscale ×1: node in the tailnet, HTTPS there/);
    });

    it("keeps the web front and the connectors away from the data", () => {
        const policies = networkPoliciesOf(portable({ ...documented, tunnel }));
        const postgres = policies.find((policy) => policy.name === "postgres");
        const callers = postgres?.ingress.flatMap((rule) => rule.from.map((peer) => ("podSelector" in peer ? Object.values(peer.podSelector.matchLabels ?? {})[0] : "outside")));
        assert.deepEqual(callers, ["agent-api", "mcp-tools", "migrate", "rag-service", "upload-pipeline", "worker"]);
        assert.deepEqual(postgres?.egress, []);
        const outside = policies.filter((policy) => policy.egress.some((rule) => rule.to.some((peer) => "ipBlock" in peer)));
        assert.deepEqual(outside.map((policy) => policy.name), ["cloudflared"]);
    });

    it("gives each role only the secrets that it needs", () => {
        const secrets = Object.fromEntries([...topology.services, ...topology.tasks].map((one) => [one.name, Object.keys(one.secrets).sort()]));
        assert.deepEqual(secrets, {
            web: [],
            "agent-api": ["DATABASE_URL", "JWT_SECRET"],
            "mcp-tools": ["DATABASE_URL", "JWT_SECRET"],
            "rag-service": ["DATABASE_URL", "JWT_SECRET"],
            "upload-pipeline": ["DATABASE_URL", "JWT_SECRET"],
            worker: ["DATABASE_URL"],
            migrate: ["DATABASE_APP_PASSWORD", "DATABASE_OWNER_URL", "SEED_ADMIN_PASSWORD", "SEED_USER_PASSWORD"],
        });
    });
});
