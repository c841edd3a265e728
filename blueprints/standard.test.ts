import assert from "node:assert/strict";
import fc from "fast-check";
import { checkTopology } from "../topology/checks";
import { networkPoliciesOf } from "../topology/network-policies";
import { proveDataPaths } from "../topology/paths";
import { compileObjectives } from "../topology/objectives";
import { copiesOf } from "../topology/stores";
import type { KubernetesPlace, Topology } from "../topology/types";
import { poolsFor, standard, type StandardChoices } from "./standard";

const documented: StandardChoices = {
    platform: { kind: "existing", provider: "aws", cluster: { context: "c" } }, hostname: "agents-api.yourdomain.com", apiServerCidr: "10.0.0.0/16", gatewayClass: "envoy-gateway", gatewayNamespace: "envoy-gateway-system",
    certificateIssuer: "letsencrypt-prod", rateLimitPerMinute: 100, database: "cloudnativepg", storageSize: "100Gi", queue: "redis", agentReplicas: 3, ragReplicas: 2, uploadReplicas: 3, workerReplicas: 1, mostReplicas: 20,
    agentOngoingRequests: 5, reservedPercent: 100, refundApprovalThreshold: 100, monitoring: true, keda: true, adminEmail: "a@b.c", userEmail: "d@e.f",
    archive: { url: "s3://b/p", endpoint: "https://s3", accessKey: "a", secretKey: "s" }, external: { supabaseUrl: "https://p.supabase.co", llamaparseKey: "l", openaiKey: "o", anthropicKey: "n" },
};

function named(topology: Topology, name: string) {
    const found = topology.services.find((service) => service.name === name);
    assert.ok(found, name);
    return found;
}

describe("the standard blueprint", () => {
    const topology = standard(documented);

    it("has the services of document 001: replicas, ports, resources, probes, variables", () => {
        const small = { requests: { cpu: "250m", memory: "512Mi" }, limits: { cpu: "500m", memory: "1Gi" } };
        const rows = [
            ["upload-pipeline-service", 3, 8000, small, { DATABASE_URL: "database/session-url", SUPABASE_URL: "supabase/url", LLAMAPARSE_API_KEY: "external-api/llamaparse-key" }],
            ["rag-service", 2, 8001, { requests: { cpu: "500m", memory: "1Gi" }, limits: { cpu: "1000m", memory: "2Gi" } }, { DATABASE_URL: "database/url", OPENAI_API_KEY: "external-api/openai-key" }],
            ["agent-api-service", 3, 8002, small, { ANTHROPIC_API_KEY: "external-api/anthropic-key" }],
        ] as const;
        assert.equal(topology.namespace, "agents-production");
        for (const [name, replicas, port, resources, secrets] of rows) {
            const service = named(topology, name);
            assert.deepEqual([service.replicas.min, service.port, service.resources], [replicas, port, resources], name);
            for (const [variable, secret] of Object.entries(secrets)) assert.equal((service.secrets as Record<string, string>)[variable], secret, `${name} ${variable}`);
            assert.deepEqual(service.health.liveness, { path: "/health", initialDelaySeconds: 30, periodSeconds: 10 });
            assert.deepEqual(service.health.readiness, { path: "/ready", initialDelaySeconds: 5, periodSeconds: 5 });
        }
        assert.equal(named(topology, "agent-api-service").settings.RAG_SERVICE_URL, "http://rag-service:8001");
    });

    it("has its stores: agents_db of agents_user, and Redis twice", () => {
        const [postgres, redis] = topology.stores;
        assert.ok(postgres?.engine === "postgres" && postgres.form === "cloudnativepg" && redis?.engine === "redis" && redis.form === "statefulset");
        assert.deepEqual([postgres.database, postgres.user, postgres.replicas, postgres.pooler?.mode], ["agents_db", "agents_user", 3, "transaction"]);
        assert.deepEqual([redis.name, redis.port, copiesOf(redis), redis.resources], ["redis-cache", 6379, 2, { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "200m", memory: "512Mi" } }]);
    });

    it("has its machines: three pools over three zones, two to ten each", () => {
        const [place] = topology.places as [KubernetesPlace];
        assert.equal(place.zones, 3);
        assert.deepEqual(place.pools.map(({ name, machine, min, max }) => [name, machine, min, max]), [["general", "t3.large", 2, 10], ["cpu", "c5.xlarge", 2, 10], ["memory", "r5.large", 2, 10]]);
        for (const provider of ["azure", "gcp", "oci", "hetzner"] as const) assert.deepEqual(poolsFor(provider).map(({ min, max }) => [min, max]), [[2, 10], [2, 10], [2, 10]]);
    });

    it("lets people in by a gateway with a certificate, 100 requests a minute", () => {
        const [edge] = topology.edges;
        assert.ok(edge?.kind === "gateway");
        assert.deepEqual([edge.address, edge.issuer, edge.rateLimit, edge.routes], ["https://agents-api.yourdomain.com", "letsencrypt-prod", { requests: 100, seconds: 60 }, [{ path: "/health", to: "agent-api-service" }]]);
        const { settings } = named(topology, "web");
        assert.deepEqual([settings.UPLOAD_URL, settings.AGENT_URL, settings.RATE_LIMIT_PER_MINUTE, settings.CALLER], ["http://upload-pipeline-service:8000", "http://agent-api-service:8002", "100", "gateway"]);
    });

    it("keeps what the document promises, and does not without an archive", () => {
        assert.deepEqual(compileObjectives(topology).findings, []);
        assert.ok(compileObjectives(topology).backups.every((plan) => plan.lossMinutes < 60));
        const { archive: _, ...without } = documented;
        assert.ok(compileObjectives(standard(without)).findings.some((finding) => /postgres/.test(finding.path)), "a day could be lost");
        assert.deepEqual(compileObjectives(standard({ ...without, database: "statefulset" })).findings, [], "less is promised of one Postgres alone");
    });

    it("starts workers by the jobs in Postgres, from none where that is wanted, also when Redis carries the work", () => {
        const sleeping = standard({ ...documented, workerReplicas: 0 });
        assert.deepEqual([named(sleeping, "worker").replicas, named(sleeping, "worker").scaling], [{ min: 0, max: 20 }, [{ kind: "queue", queue: "postgres", perReplica: 5 }]]);
        assert.deepEqual(checkTopology(sleeping), []);
        assert.deepEqual(sleeping.flows.filter((flow) => flow.from === "keda-operator").map((flow) => [flow.to, flow.port]), [["postgres", 5432]]);
    });

    it("has vectors made by a RayService when it is told to, measured by Prometheus", () => {
        for (const database of ["cloudnativepg", "statefulset"] as const) {
            const withRay = standard({ ...documented, database, archive: undefined, inference: "ray" });
            assert.deepEqual(checkTopology(withRay), []);
            assert.deepEqual([named(withRay, "inference").replicas, named(withRay, "inference").pool], [{ min: 1, max: 5 }, "cpu"]);
            assert.deepEqual(withRay.flows.filter(({ to }) => to === "inference").map(({ from, port }) => `${from} ${port}`).sort(), ["kuberay-operator 8000", "kuberay-operator 8265", "prometheus 8080", "rag-service 8000", "worker 8000"]);
            assert.ok(withRay.platform.some(({ name }) => name === "kubernetes-api"), "its autoscaler asks it");
        }
    });

    it("has the API server ask whether an image is signed, and the check ask the registry, when it is told to", () => {
        const signing = { publicKey: "k", registry: { host: "registry.example.com", port: 443 } };
        for (const database of ["cloudnativepg", "statefulset"] as const) {
            const signed = standard({ ...documented, database, archive: undefined, signing });
            assert.deepEqual(checkTopology(signed), []);
            assert.deepEqual(signed.flows.filter(({ from, to }) => from === "signatures" || to === "signatures").map(({ from, to, port }) => [from, to, port]), [["kubernetes-api", "signatures", 8443], ["signatures", "image-registry", undefined], ["signatures", "kubernetes-api", 443]]);
            assert.deepEqual(proveDataPaths(signed).findings, []);
        }
    });

    it("is sound on every platform, whatever the configuration allows", () => {
        const platforms: StandardChoices["platform"][] = [
            documented.platform,
            { kind: "existing", provider: "any", cluster: { context: "c" } },
            { kind: "gke", provider: "gcp", project: "p", region: "europe-west4" },
            { kind: "oke", provider: "oci", compartment: "c", region: "eu-frankfurt-1", nodeImage: "i" },
        ];
        const anything = fc.record({
            platform: fc.constantFrom(...platforms), database: fc.constantFrom("cloudnativepg" as const, "statefulset" as const), queue: fc.constantFrom("postgres" as const, "redis" as const), keda: fc.boolean(), monitoring: fc.boolean(),
            agentReplicas: fc.integer({ min: 1, max: 20 }), reservedPercent: fc.integer({ min: 1, max: 100 }), tunnel: fc.constantFrom(undefined, { hostname: "t.example.com", token: "secret-token-0123456789" }),
            external: fc.constantFrom({}, documented.external),
        });
        fc.assert(fc.property(anything, ({ tunnel, ...choice }) => assert.deepEqual(checkTopology(standard({ ...documented, ...choice, ...(tunnel === undefined ? {} : { tunnel }) })), [])));
    });

    it("opens the database to its callers and its operator, and lets it out to the API server and its archive alone", () => {
        const policy = networkPoliciesOf(topology).find((one) => one.name === "postgres");
        const inside = policy?.egress.flatMap((rule) => rule.to.flatMap((peer) => ("ipBlock" in peer ? [`${peer.ipBlock.cidr} ${rule.ports.map(({ port }) => port).join()}`] : [])));
        assert.deepEqual(inside, ["0.0.0.0/0 443", "10.0.0.0/16 443"]);
        const namespaces = policy?.ingress.flatMap((rule) => rule.from.flatMap((peer) => ("podSelector" in peer && peer.namespaceSelector ? Object.values(peer.namespaceSelector.matchLabels ?? {}) : [])));
        assert.deepEqual(namespaces, ["cnpg-system", "keda"]);
    });

    it("keeps keys of others out of the topology", () => {
        assert.ok(!/"[lon]"/.test(JSON.stringify([topology.services, topology.parties])));
    });
});
