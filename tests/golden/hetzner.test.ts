/**
 * The stack hetzner against document 003, and against tests/golden/hetzner.json. `UPDATE_GOLDEN=1` writes the file anew.
 * What a cluster tells of itself is not known here; tests/engine/stacks.test.ts runs the stack on simulated clouds.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { charts } from "../../components/platform/charts";
import { repository } from "../../toolchain/core/paths";
import { configurationOf, graphOf, imagesOf, type Graph, type Registered } from "./graph";

const canary = "canary-8846190246-canary-8846190246-canary";
const secrets = ["hcloudToken", "cloudflareToken", "dnsToken", "objectAccessKey", "objectSecretKey", "vaultSealToken", "netbirdSetupKey"].map((key) => `agent-platform:${key}`);
const mirrored = Object.fromEntries(["cloudnative-pg-operator", "nats", "ollama", "steel-browser", "flowise", "netbird", "talos-backup"].map((name, index) => [name, `registry.example.com/agent-platform/${name}@sha256:${String(index).repeat(64)}`]));

type Values = Readonly<Record<string, unknown>>;
type Inputs = { readonly spec?: Record<string, unknown>; readonly metadata?: { readonly name: string; readonly namespace?: string } } & Record<string, unknown>;

describe("the graph of hetzner", function () {
    this.timeout(120_000);
    const values = { "agent-platform:images": JSON.stringify({ ...imagesOf("hetzner"), ...mirrored }), ...Object.fromEntries(secrets.map((key) => [key, canary])) };
    let graph: Graph;
    const ofType = (type: RegExp): Registered[] => graph.resources.filter((resource) => type.test(resource.type));
    const inputsOf = (resource: Registered): Inputs => resource.inputs as Inputs;
    const releaseOf = (name: string): Values => (inputsOf(ofType(/:Release$/).find((one) => one.name === name)!) as { values: Values }).values;

    before(async () => {
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

    it("has Cloudflare before the App load balancer: guards, HTTP/3, Brotli, tiered cache, and names of customers", () => {
        const inEdge = ofType(/^cloudflare:/);
        for (const { name, parent } of inEdge) assert.equal(parent, "app", name);
        const settings = Object.fromEntries(ofType(/:ZoneSetting$/).map((one) => [inputsOf(one).settingId, inputsOf(one).value]));
        assert.deepEqual([settings.ssl, settings.http3, settings.brotli, settings["0rtt"]], ["strict", "on", "on", "off"]);
        assert.deepEqual(ofType(/:Ruleset$/).map((one) => inputsOf(one).phase).sort(), ["http_ratelimit", "http_request_cache_settings", "http_request_firewall_managed"]);
        assert.deepEqual(ofType(/:CustomHostname$/).map((one) => inputsOf(one).hostname), ["www.customer.com"]);
        assert.deepEqual(ofType(/:(TieredCache|ZoneDnssec)$/).map((one) => inputsOf(one).value ?? inputsOf(one).status).sort(), ["active", "on"]);
    });

    it("takes people from directories and providers that are listed, and goes out to a directory only then", async () => {
        const certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
        const identitySources = JSON.stringify([{ kind: "ldap", name: "Company", slug: "company", server: "ldaps://ldap.example.com", dialect: "openldap", bindDn: "cn=reader", baseDn: "dc=example", authority: certificate }, { kind: "social", name: "GitHub", slug: "github", provider: "github", clientId: "agents" }]);
        const signInTools = JSON.stringify([{ name: "CRM", slug: "crm", address: "https://crm.example.com", groups: ["platform-viewers"], signIn: { kind: "saml", acsUrl: "https://crm.example.com/saml", audience: "crm" }, scim: { url: "https://crm.example.com/scim/v2" } }]);
        const listed = await graphOf("hetzner", configurationOf("hetzner", { ...values, "agent-platform:identitySources": identitySources, "agent-platform:signInTools": signInTools }), secrets);
        const of = ({ resources }: Graph, name: string) => JSON.stringify(resources.find((one) => one.name === name)!.inputs);
        assert.ok(!of(graph, "authentik-doors-policy").includes("636") && of(listed, "authentik-doors-policy").includes("636"));
        for (const key of ["company-source-secret", "github-source-secret", "crm-scim-token"]) assert.ok(!of(graph, "authentik-secrets").includes(key) && of(listed, "authentik-secrets").includes(key), key);
    });

    it("takes from Vault what services of the platform and the application read, and knows each Secret that it makes itself", () => {
        const application = ["database-owner-secrets", "database-secrets", "nats-secrets", "postgres-login", "queue-secrets", "session-secrets", "sign-in-secrets"].map((name) => `agent-platform/${name}`);
        const named = (type: RegExp) => ofType(type).map((one) => `${inputsOf(one).metadata!.namespace}/${inputsOf(one).metadata!.name}`).sort();
        assert.deepEqual(named(/:ExternalSecret$/), [...application, "authentik/authentik-secrets", "flowise/flowise-secrets", "monitoring/grafana-sign-in"]);
        const beforeVault = ["cert-manager/cloudflare-dns", "etcd-backup/bucket", "external-dns/cloudflare", "kube-system/hcloud", "loki/bucket", "longhorn-system/backup-credentials", "longhorn-system/longhorn-crypto", "netbird/netbird-setup", "vault/vault-seal"];
        // The keys of the object store, with which this program makes the buckets.
        const bucket = ["agent-platform/objects-secrets"];
        const without = ["authentik/agent-platform-blueprints"];
        assert.deepEqual(named(/core\/v1:Secret$/), [...beforeVault, ...bucket, ...without].sort());
    });

    it("asks Vault for what ops/vault-setup.sh puts there, once it can be asked, and generates nothing for the application itself", () => {
        type Asked = { readonly data: readonly { readonly secretKey: string; readonly remoteRef: { readonly key: string; readonly property: string } }[]; readonly target: { readonly template?: { readonly data: Readonly<Record<string, string>> } } };
        const setUp = readFileSync(join(repository, "ops", "vault-setup.sh"), "utf8");
        const ours = ofType(/:ExternalSecret$/).filter((one) => inputsOf(one).metadata!.namespace === "agent-platform");
        for (const one of ours) {
            const { data, target } = inputsOf(one).spec as unknown as Asked;
            assert.deepEqual(one.dependsOn, ["external-secrets-store"], one.name);
            for (const { secretKey, remoteRef } of data) {
                assert.deepEqual(remoteRef, { key: "application", property: secretKey });
                assert.match(setUp, new RegExp(`^ {4}${secretKey} [0-9]+( |$)`, "m"));
                assert.ok(Object.values(target.template!.data).some((text) => text.includes(`{{ index . "${secretKey}" }}`)), `${one.name} asks for ${secretKey} and does not use it`);
            }
        }
        const { data: owner } = (inputsOf(ours.find((one) => one.name === "database-owner-secrets")!).spec as unknown as Asked).target.template!;
        assert.equal(owner.url, 'postgres://agents_user:{{ index . "postgres-owner-password" }}@postgres-cluster-rw:5432/agents_db');
        assert.deepEqual(ofType(/:RandomPassword$/).map(({ name }) => name), ["longhorn-volume-key"]);
    });

    it("gives people an hour to initialise Vault, on which the rest waits", () => {
        const timeoutOf = (name: string) => (inputsOf(ofType(/:Release$/).find((one) => one.name === name)!) as { timeout: number }).timeout;
        assert.deepEqual([timeoutOf("vault"), timeoutOf("authentik"), timeoutOf("keda")], [3600, 1800, 600]);
    });

    it("closes every namespace that it makes", () => {
        const namespaces = ofType(/:Namespace$/).map((one) => one.type.startsWith("kubernetes:") ? inputsOf(one).metadata!.name : undefined).filter((name) => name !== undefined);
        const closed = new Set(ofType(/:NetworkPolicy$/).filter((one) => inputsOf(one).metadata!.name === "default-deny").map((one) => inputsOf(one).metadata!.namespace));
        assert.ok(namespaces.length >= 20);
        for (const name of namespaces) assert.ok(closed.has(name), name);
    });
});
