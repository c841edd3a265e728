import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { auditRules, collectorConfig } from "./audit";
import { CertManager } from "./cert-manager";
import { chartNames, chartReference, charts, type PublishedChart } from "./charts";
import { EtcdBackup } from "./etcd-backup";
import { GitOps } from "./gitops";
import type { PlatformHome } from "./home";
import { Longhorn } from "./longhorn";
import { NetBird } from "./netbird";
import { PlatformNamespace } from "./namespace";
import { digestPolicy, everyImageOf, matches, scannedPolicy, signedPolicy } from "./image-policies";
import { Signatures } from "./signatures";
import { serverConfig, Vault } from "./vault";

const home: PlatformHome = { apiServer: { cidrs: ["10.0.0.0/24"], ports: [6443] }, protect: true };
const bucket = { endpoint: "nbg1.your-objectstorage.com", region: "nbg1", bucket: "b", accessKey: "a", secretKey: "s" };
const nothing = undefined as unknown as pulumi.Resource;

describe("platform services", () => {
    const seen: pulumi.runtime.MockResourceArgs[] = [];
    before(async () => {
        await pulumi.runtime.setMocks({ newResource: (args) => (seen.push(args), { id: `${args.name}-id`, state: args.inputs }), call: ({ inputs }) => inputs });
    });

    /** The lines of a refusal. */
    function problemsOf(make: () => unknown): string[] {
        let message = "";
        assert.throws(make, (error: pulumi.ResourceError) => {
            assert.ok(pulumi.ResourceError.isInstance(error) && error.hideStack === true);
            message = error.message;
            return true;
        });
        return message.split("\n").slice(1).map((text) => text.trim().split(":")[0]!);
    }

    it("refuse what could not work or not be safe, all at once and before anything is made", () => {
        assert.deepEqual(problemsOf(() => new CertManager("a", { home, issuer: "Let's", email: "nobody", proof: { kind: "gateway", gateway: "g", namespace: "n" }, server: "http://acme" })), ["issuer", "email", "server"]);
        assert.deepEqual(problemsOf(() => new Longhorn("b", { home, replicas: 2, backups: bucket, schedule: { cron: "daily", keep: 0 } })), ["replicas", "schedule.cron", "schedule.keep"]);
        assert.deepEqual(problemsOf(() => new Vault("c", { home, storageClass: "s", seal: { kind: "transit", address: "http://vault", key: "k", token: "t" }, certificates: nothing, askedBy: [], replicas: 2 })), ["replicas", "seal.address"]);
        assert.deepEqual(problemsOf(() => new Signatures("d", { home, publicKey: "x", images: ["*/app"], others: [{ image: "redis:7", reason: "r" }], highestScore: 11 })), ["publicKey", "images", "others", "highestScore"]);
        assert.deepEqual(problemsOf(() => new EtcdBackup("e", { home, namespace: "etcd-backup", image: "i", schedule: "hourly", bucket, clusterName: "c", ageRecipient: "age" })), ["ageRecipient", "schedule"]);
        assert.deepEqual(problemsOf(() => new GitOps("f", { home, repository: "https://me:word@git", applications: [{ name: "x", folder: "y", namespace: "kube-system" }], storageClass: "s" })), ["repository", "applications"]);
        assert.deepEqual(problemsOf(() => new NetBird("g", { home, image: "i", management: "http://netbird", setupKey: "k", reaches: [] })), ["management", "reaches"]);
    });

    it("have namespaces that are closed except for the doors that are listed", async () => {
        new PlatformNamespace("shop", { home, level: "restricted", incoming: [{ to: { namespace: "monitoring" }, ports: [9402] }], outgoing: [{ to: "api-server" }, { to: "internet", ports: [443] }] });
        await pulumi.runtime.disconnect();
        const [closed, doors] = ["default-deny", "doors"].map((name) => seen.find((one) => one.name === `shop-${name}-policy`)!.inputs.spec);
        assert.deepEqual(closed, { podSelector: {}, policyTypes: ["Ingress", "Egress"] });
        assert.deepEqual(doors.ingress, [{ from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }], ports: [{ protocol: "TCP", port: 9402 }] }]);
        assert.deepEqual(doors.egress[1], { to: [{ ipBlock: { cidr: "10.0.0.0/24" } }], ports: [{ protocol: "TCP", port: 6443 }] });
        assert.ok(doors.egress[2].to[0].ipBlock.except.includes("169.254.169.254/32"), "the machine's metadata are not the internet");
    });
});

describe("charts", () => {
    it("have a version, a digest of the form of SHA-256 where there is one, and come over TLS", () => {
        for (const name of chartNames) {
            const { version, repository, sha256 }: PublishedChart = charts[name];
            assert.match(version, /^v?\d+\.\d+\.\d+$/, name);
            assert.match(repository, /^(https|oci):\/\//, name);
            if (sha256 !== undefined) assert.match(sha256, /^[0-9a-f]{64}$/, name);
        }
    });

    it("are taken from a copy by digest where there is one, else by version from those who publish them", () => {
        assert.deepEqual(chartReference("keda", {}), { chart: "keda", version: charts.keda.version, repository: charts.keda.repository });
        assert.deepEqual(chartReference("keda", { keda: "registry.example.com/charts/keda@sha256:1" }), { chart: "oci://registry.example.com/charts/keda@sha256:1", version: charts.keda.version });
    });
});

describe("signatures", () => {
    const digest = `@sha256:${"a".repeat(64)}`;
    const own = ["registry.example.com/agents/**"];

    it("are asked of everything in our registry, with a scan below the highest score where that is wanted", () => {
        const { spec } = signedPolicy("k", own);
        assert.deepEqual([spec.mode, spec.images, spec.authorities.map(({ key }) => key.data)], ["enforce", [{ glob: own[0] }], ["k"]]);
        const [attestation] = scannedPolicy("k", own, 7).spec.authorities[0]!.attestations;
        assert.match(attestation!.policy.data, /V3Score > 7\.0/);
    });

    it("are not asked of images of others, which are admitted by digest, under the name that the controller knows them by", () => {
        const { spec } = digestPolicy([{ image: `docker.io/library/redis:7-alpine${digest}`, reason: "r" }, { image: `redis${digest}`, reason: "r" }, { image: `r.test:5000/a/b:1${digest}`, reason: "r" }]);
        assert.deepEqual(spec.images.map(({ glob }) => glob), [`index.docker.io/library/redis${digest}`, `index.docker.io/library/redis${digest}`, `r.test:5000/a/b${digest}`]);
    });

    it("are asked of exactly what the patterns name", () => {
        assert.ok(matches(own, `registry.example.com/agents/app${digest}`) && matches(own, `registry.example.com/agents/charts/keda:1${digest}`));
        for (const image of ["registryXexample.com/agents/app", "registry.example.com/agents-of-others/app", "evil.example.com/registry.example.com/agents/app"]) assert.ok(!matches(own, `${image}${digest}`), image);
        assert.ok(matches([everyImageOf(`r.test/app:1${digest}`)], `r.test/app${digest}`) && !matches([everyImageOf(`r.test/app${digest}`)], `r.test/app/other${digest}`));
    });
});

describe("the audit pipeline", () => {
    it("raises an alarm for changes of rights by anybody who is not known, and when it hears nothing", () => {
        const [changed, silent] = auditRules(["admin", "system:serviceaccount:ci.x"]).groups[0]!.rules;
        assert.ok(changed!.expr.includes("user!~`admin|system:serviceaccount:ci\\.x`") && changed!.expr.includes('group="rbac.authorization.k8s.io"'), changed!.expr);
        assert.match(silent!.expr, /^absent_over_time/);
    });

    it("reads the API servers' log, Talos' and the pods', and sends them on", () => {
        for (const part of ["/var/log/audit/kube/*.log", "otelcol.receiver.tcplog", "/var/log/pods/", "loki.write"]) assert.ok(collectorConfig().includes(part), part);
    });
});

describe("Vault's configuration", () => {
    it("has a majority's peers, TLS, a seal that others open, and no secret", () => {
        const text = serverConfig({ kind: "transit", address: "https://vault.example.com", key: "agents", token: "canary" }, 3);
        assert.equal(text.match(/retry_join/g)?.length, 3);
        assert.match(text, /seal "transit" \{\n {2}address = "https:\/\/vault\.example\.com"/);
        assert.ok(!text.includes("canary") && text.includes("tls_min_version"));
    });
});
