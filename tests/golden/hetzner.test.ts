/**
 * The stack hetzner against document 003, and against tests/golden/hetzner.json. `UPDATE_GOLDEN=1` writes the file anew.
 * What a cluster tells of itself is not known here; tests/engine/stacks.test.ts runs the stack on simulated clouds.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { charts } from "../../components/platform/charts";
import { configurationOf, graphOf, imagesOf, type Graph, type Registered } from "./graph";

const canary = "canary-8846190246-canary-8846190246-canary";
const secrets = ["hcloudToken", "cloudflareToken", "objectAccessKey", "objectSecretKey", "vaultSealToken", "netbirdSetupKey"].map((key) => `agent-platform:${key}`);
const mirrored = Object.fromEntries(["cloudnative-pg-operator", "nats", "ollama", "steel-browser", "flowise", "netbird", "talos-backup"].map((name, index) => [name, `registry.example.com/agent-platform/${name}@sha256:${String(index).repeat(64)}`]));

type Values = Readonly<Record<string, unknown>>;
type Inputs = { readonly spec?: Record<string, unknown>; readonly metadata?: { readonly name: string; readonly namespace?: string } } & Record<string, unknown>;

describe("the graph of hetzner", function () {
    this.timeout(120_000);
    let graph: Graph;
    const ofType = (type: RegExp): Registered[] => graph.resources.filter((resource) => type.test(resource.type));
    const inputsOf = (resource: Registered): Inputs => resource.inputs as Inputs;
    const releaseOf = (name: string): Values => (inputsOf(ofType(/:Release$/).find((one) => one.name === name)!) as { values: Values }).values;

    before(async () => {
        const values = { "agent-platform:images": JSON.stringify({ ...imagesOf("hetzner"), ...mirrored }), ...Object.fromEntries(secrets.map((key) => [key, canary])) };
        graph = await graphOf("hetzner", configurationOf("hetzner", values), secrets);
    });

    it("is the committed one", () => {
        const path = join(__dirname, "hetzner.json");
        if (process.env.UPDATE_GOLDEN === "1") writeFileSync(path, `${JSON.stringify(graph, null, 2)}\n`);
        assert.deepEqual(graph, JSON.parse(readFileSync(path, "utf8")), "if this is meant: UPDATE_GOLDEN=1 and look at the difference");
    });

    it("has every resource in a component or of the stack, and with the provider of its cloud", () => {
        const providers: Readonly<Record<string, string>> = { kubernetes: "agents-kubernetes", hcloud: "hcloud", talos: "talos", minio: "minio", cloudflare: "cloudflare", random: "random" };
        for (const resource of graph.resources.filter(({ type }) => !type.startsWith("agent-platform:") && !type.startsWith("pulumi:"))) {
            assert.equal(resource.provider, providers[resource.type.split(":")[0]!], resource.name);
        }
    });

    it("shows no secret", () => {
        const text = JSON.stringify(graph);
        assert.ok(!text.includes(canary) && !text.includes("generated-"));
    });

    it("has 3 control planes and the pools app, ai and db, each spread over hosts, in one private network", () => {
        const servers = ofType(/:Server$/).map((server) => [server.name, inputsOf(server)] as const);
        const named = (group: string) => servers.filter(([name]) => name.startsWith(`agents-${group}-`));
        assert.deepEqual(["control", "app", "ai", "db"].map((group) => named(group).length), [3, 3, 2, 3]);
        for (const [name, server] of servers.filter(([, { labels }]) => (labels as Values).role === "inside")) assert.deepEqual(server.publicNets, [{ ipv4Enabled: false, ipv6Enabled: false }], name);
        assert.deepEqual(servers.filter(([, { labels }]) => (labels as Values).role === "edge").map(([name]) => name).sort(), ["agents-control-1", "agents-control-2", "agents-control-3", "agents-egress"]);
        for (const [name, server] of servers) assert.deepEqual([server.deleteProtection, server.rebuildProtection, (server.firewallIds as unknown[]).length], [true, true, 1], name);
        assert.deepEqual(ofType(/:PlacementGroup$/).map((group) => inputsOf(group).type), ["spread", "spread", "spread", "spread"]);
        assert.equal(ofType(/:Network$/).length, 1);
    });

    it("lets CI's addresses and the VPN's in to 6443 and 50000 of the control planes, and nobody to anything else", () => {
        const rules = ofType(/:Firewall$/).flatMap((firewall) => inputsOf(firewall).rules as { port: string; direction: string; sourceIps: string[] }[]);
        assert.deepEqual(rules.map(({ port, direction, sourceIps }) => [port, direction, sourceIps]), [["6443", "in", ["100.64.0.0/10", "203.0.113.10/32"]], ["50000", "in", ["100.64.0.0/10", "203.0.113.10/32"]]]);
    });

    it("has an API load balancer without a public side and an App load balancer, both by private address", () => {
        const publicSides = Object.fromEntries(ofType(/:LoadBalancerNetwork$/).map((one) => [one.name, inputsOf(one).enablePublicInterface]));
        assert.deepEqual(publicSides, { "agents-api-balancer-network": false, "agents-app-balancer-network": true });
        const services = ofType(/:LoadBalancerService$/).map((one) => [inputsOf(one).protocol, inputsOf(one).listenPort, inputsOf(one).destinationPort]);
        assert.deepEqual(services.sort(), [["tcp", 443, 443], ["tcp", 6443, 6443], ["tcp", 80, 80]]);
        for (const target of ofType(/:LoadBalancerTarget$/)) assert.equal(inputsOf(target).usePrivateIp, true);
    });

    it("starts each machine with Talos and nothing that could be logged in to", () => {
        assert.equal(ofType(/talos:machine\/bootstrap/).length, 1);
        assert.equal(ofType(/talos:machine\/configurationApply/).length, 11);
        assert.deepEqual(JSON.parse(inputsOf(ofType(/:Schematic$/)[0]!).schematic as string), { customization: { systemExtensions: { officialExtensions: ["siderolabs/iscsi-tools", "siderolabs/util-linux-tools"] } } });
    });

    it("pins every chart to its version", () => {
        const versions = ofType(/:Release$/).map((one) => inputsOf(one));
        const all = Object.values(charts).map(({ chart }) => chart as string);
        assert.deepEqual(versions.map(({ chart }) => chart as string).sort(), all.filter((chart) => chart !== "kuberay-operator").sort(), "every chart of the list is used, but for Ray's, which other stacks have");
        const known = new Map(Object.values(charts).map(({ chart, version }) => [chart, version] as [string, string]));
        for (const { chart, version, createNamespace } of versions) assert.deepEqual([version, createNamespace], [known.get(chart as string), false], String(chart));
    });

    it("has Cilium in kube-proxy's place, with Gateway API and WireGuard between machines", () => {
        const values = releaseOf("cilium") as { kubeProxyReplacement: boolean; encryption: unknown; gatewayAPI: { enabled: boolean } };
        assert.deepEqual([values.kubeProxyReplacement, values.encryption, values.gatewayAPI.enabled], [true, { enabled: true, type: "wireguard", nodeEncryption: true }, true]);
    });

    it("keeps 3 encrypted copies of each volume, and one on the machine's NVMe for databases", () => {
        const classes = Object.fromEntries(ofType(/:StorageClass$/).map((one) => [inputsOf(one).metadata!.name, inputsOf(one).parameters as Values]));
        assert.deepEqual([classes["longhorn-encrypted"]!.numberOfReplicas, classes["longhorn-encrypted"]!.encrypted], ["3", "true"]);
        assert.deepEqual([classes["local-nvme"]!.numberOfReplicas, classes["local-nvme"]!.dataLocality, classes["local-nvme"]!.encrypted], ["1", "strict-local", "true"]);
    });

    it("has Postgres ×3 behind PgBouncer, NATS ×3 and Vault ×3", () => {
        const cluster = ofType(/:Cluster$/).find((one) => inputsOf(one).metadata?.namespace === "agent-platform")!;
        assert.equal(inputsOf(cluster).spec!.instances, 3);
        assert.equal((inputsOf(ofType(/:Pooler$/)[0]!).spec!.pgbouncer as Values).poolMode, "transaction");
        assert.equal(inputsOf(ofType(/:StatefulSet$/).find((one) => one.name === "nats-set")!).spec!.replicas, 3);
        assert.equal((releaseOf("vault") as { server: { ha: Values } }).server.ha.replicas, 3);
    });

    it("starts workers by what waits and by the clock, and gives every service of ours what it asks for (Guaranteed)", () => {
        const scaler = ofType(/:ScaledObject$/).find((one) => inputsOf(one).metadata!.name === "worker")!;
        assert.deepEqual((inputsOf(scaler).spec!.triggers as { type: string }[]).map(({ type }) => type), ["postgresql", "cron"]);
        for (const deployment of ofType(/:Deployment$/)) {
            for (const { resources } of (inputsOf(deployment).spec!.template as { spec: { containers: { resources: { requests: unknown; limits: unknown } }[] } }).spec.containers) assert.deepEqual(resources.requests, resources.limits, deployment.name);
        }
    });

    it("lets KEDA out to what its triggers look into", () => {
        const doors = ofType(/:NetworkPolicy$/).find(({ name }) => name === "keda-doors-policy")!;
        const egress = inputsOf(doors).spec!.egress as { to: { namespaceSelector?: { matchLabels: Values } }[]; ports?: { port: number }[] }[];
        const ours = egress.filter(({ to }) => to.some(({ namespaceSelector }) => namespaceSelector?.matchLabels["kubernetes.io/metadata.name"] === "agent-platform"));
        assert.deepEqual(ours.flatMap(({ ports = [] }) => ports.map(({ port }) => port)), [5432], "Postgres, which knows how many jobs wait");
    });

    it("lets only signed and scanned images in, and writes every change of rights down", () => {
        const policies = ofType(/:ClusterImagePolicy$/).map((one) => inputsOf(one));
        assert.deepEqual(policies.map(({ metadata }) => metadata!.name).sort(), ["by-digest", "scanned", "signed"]);
        for (const { spec } of policies) assert.equal(spec!.mode, "enforce");
        const labelled = ofType(/core\/v1:Namespace$/).map((one) => inputsOf(one).metadata as unknown as { name: string; labels: Record<string, string> }).filter(({ labels }) => labels["policy.sigstore.dev/include"] === "true").map(({ name }) => name);
        assert.deepEqual(labelled.sort(), ["agent-platform", "customers", "etcd-backup", "flowise", "netbird", "ollama", "steel-browser"]);
        const { webhook } = releaseOf("signatures") as { webhook: Values };
        assert.deepEqual([webhook.failurePolicy, webhook.configData, webhook.replicaCount], ["Fail", { "no-match-policy": "deny" }, 3]);
        const rules = ofType(/:ConfigMap$/).find((one) => inputsOf(one).metadata!.name === "audit-rules")!;
        assert.match(JSON.stringify(inputsOf(rules).data), /RightsChanged/);
    });

    it("puts copies in buckets with object lock", () => {
        const buckets = ofType(/s3Bucket:S3Bucket$/);
        assert.deepEqual(buckets.map((one) => inputsOf(one).bucket).sort(), ["example-platform-etcd", "example-platform-logs", "example-platform-longhorn", "example-platform-postgres"]);
        for (const bucket of buckets) assert.deepEqual([inputsOf(bucket).objectLocking, bucket.protect], [true, true], bucket.name);
    });

    it("leads people to app.example.com and www.customer.com, and to no internal tool", () => {
        const routes = ofType(/:HTTPRoute$/).map((one) => inputsOf(one).spec as { hostnames: string[]; parentRefs: { name: string }[] });
        const outside = routes.filter(({ parentRefs }) => parentRefs.some(({ name }) => name === "public"));
        assert.deepEqual([...new Set(outside.flatMap(({ hostnames }) => hostnames))].sort(), ["app.example.com", "www.customer.com"]);
        const inside = routes.filter(({ parentRefs }) => parentRefs.every(({ name }) => name === "private"));
        assert.deepEqual(inside.flatMap(({ hostnames }) => hostnames).sort(), ["auth", "devtron", "flowise", "grafana", "longhorn"].map((tool) => `${tool}.internal.example.com`));
        assert.equal(routes.length, outside.length + inside.length);
        const gateway = ofType(/:Gateway$/).find((one) => inputsOf(one).metadata!.name === "private")!;
        assert.deepEqual((inputsOf(gateway).spec!.listeners as { port: number }[]).map(({ port }) => port), [8443], "no load balancer leads to this port");
    });

    it("closes every namespace that it makes", () => {
        const namespaces = ofType(/:Namespace$/).map((one) => one.type.startsWith("kubernetes:") ? inputsOf(one).metadata!.name : undefined).filter((name) => name !== undefined);
        const closed = new Set(ofType(/:NetworkPolicy$/).filter((one) => inputsOf(one).metadata!.name === "default-deny").map((one) => inputsOf(one).metadata!.namespace));
        assert.ok(namespaces.length >= 20);
        for (const name of namespaces) assert.ok(closed.has(name), name);
    });
});
