import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { serviceCalled } from "../topology/arbitrary";
import { portable } from "../blueprints/portable";
import { autoscalingOf, shareOf } from "../topology/derive";
import { networkPoliciesOf } from "../topology/network-policies";
import type { Service, TailnetEdge } from "../topology/types";
import { AgentCluster } from "./agent-cluster";
import { resolveKubernetesArgs as resolveAgentClusterArgs, type KubernetesArgs } from "./agent-cluster/args";
import type { Home } from "./parts/home";
import { checksumOf, SecretBundle } from "./parts/secret-bundle";
import { randomValue, secretText } from "./parts/secret-text";
import { resolveWorkloadArgs, Workload } from "./parts/workload";
import { resolveKubernetesArgs as resolveRagServiceArgs } from "./rag-service/args";
import { TunnelEdge } from "./tunnel-edge";
import { resolveCloudflaredArgs } from "./tunnel-edge/args";
import { resolveInClusterArgs } from "./upload-pipeline/args";

const choices = {
    storageSize: "10Gi", agentMinReplicas: 1, agentMaxReplicas: 5, agentOngoingRequests: 5, serviceReplicas: 1, reservedPercent: 100, refundApprovalThreshold: 100,
    adminEmail: "a@b.c", userEmail: "d@e.f",
};
const topology = portable({ ...choices, tunnel: { hostname: "agents.example.com", token: "" } });
const images = { app: "app@sha256:1", web: "web@sha256:1", postgres: "postgres@sha256:1", cloudflared: "cloudflared@sha256:1" };
const clusterArgs: KubernetesArgs = { namespace: topology.namespace, share: shareOf(topology, "AgentCluster"), images, policies: networkPoliciesOf(topology) };

/** What a resolver reports. */
function problemsOf(resolve: (report: (problems: readonly string[]) => void) => unknown): readonly string[] {
    let found: readonly string[] = [];
    resolve((problems) => (found = problems));
    return found;
}

function homeOf(more: Partial<Home> = {}): Home {
    const name = pulumi.output("x");
    return { namespace: name, guards: [], images, secrets: {}, secretSource: { kind: "pulumi" }, priorities: { data: name, serving: name, background: name }, storageClass: undefined, protect: false, autoscaling: () => undefined, ...more };
}

describe("arguments of components", () => {
    it("are right as the blueprint gives them, and get safe defaults", () => {
        const resolved = resolveAgentClusterArgs(clusterArgs, (problems) => assert.deepEqual(problems, []));
        assert.equal(resolved.protect, true);
        assert.equal(resolved.autoscaling({} as Service), undefined);
        assert.equal(resolveAgentClusterArgs({ ...clusterArgs, protect: false }, () => undefined).protect, false);
        assert.equal(resolveAgentClusterArgs({ ...clusterArgs, protect: undefined, transform: undefined }, () => undefined).protect, true, "undefined is not false");
        assert.equal(clusterArgs.protect, undefined, "the caller's object is left alone");
    });

    it("of AgentCluster: all problems at once", () => {
        const bad: KubernetesArgs = { ...clusterArgs, namespace: "kube-system", policies: [], transform: { services: { wob: {} } } };
        assert.deepEqual(problemsOf((report) => resolveAgentClusterArgs(bad, report)), [
            'namespace: "kube-system" belongs to the cluster; choose one of your own',
            "policies: none denies by default, and without it every pod may talk to every other",
            'policies: none is for the service "web"',
            'policies: none is for the service "agent-api"',
            'policies: none is for the service "mcp-tools"',
            'transform.services: there is no service "wob"; there are web, agent-api, mcp-tools',
        ]);
    });

    it("of RagService: one store, one task, at least one service", () => {
        const share = { services: [], stores: [...topology.stores, ...topology.stores], tasks: [], platform: [] };
        assert.equal(problemsOf((report) => resolveRagServiceArgs({ home: homeOf(), share, transform: { services: { x: {} } } }, "statefulset", report)).length, 4);
        assert.deepEqual(problemsOf((report) => resolveRagServiceArgs({ home: homeOf(), share: shareOf(topology, "RagService") }, "statefulset", report)), []);
    });

    it("of UploadPipeline: somebody takes uploads, somebody reads them", () => {
        const database = { secrets: {}, sessionUrl: secretText``, ready: undefined as unknown as pulumi.Resource };
        const share = (services: Service[]) => ({ services, stores: [], tasks: [], platform: [] });
        const check = (services: Service[]) => problemsOf((report) => resolveInClusterArgs({ home: homeOf(), share: share(services), database }, report)).length;
        const [door, worker] = [serviceCalled("door", 8000, "UploadPipeline"), serviceCalled("worker", undefined, "UploadPipeline")];
        assert.deepEqual([check([door, worker]), check([door]), check([worker]), check([])], [0, 1, 1, 2]);
    });

    it("of TunnelEdge: connectors call out, and two of them", () => {
        const check = (services: Service[]) => problemsOf((report) => resolveCloudflaredArgs({ home: homeOf(), form: { kind: "cloudflared", token: "t" }, share: { services, stores: [], tasks: [], platform: [] } }, report));
        assert.deepEqual(check([...shareOf(topology, "TunnelEdge").services]), []);
        assert.equal(check([serviceCalled("listener", 8000, "TunnelEdge")]).length, 2);
        assert.equal(check([]).length, 1);
    });

    it("of a workload: image, secrets and time to stop", () => {
        const service: Service = { ...serviceCalled("shop", 8000, "AgentCluster"), graceSeconds: 5, secrets: { A: "session/key", B: "database/url" } };
        assert.deepEqual(problemsOf((report) => resolveWorkloadArgs({ home: homeOf({ images: {} }), service }, report)), [
            'service.secrets: there is no secret bundle "database"',
            'service.secrets: there is no secret bundle "session"',
            'service.image: the home has no image "app"',
            "service.graceSeconds: 5 s leave nothing after the 5 s of draining",
        ]);
    });
});

describe("components", function () {
    this.timeout(120_000);
    const seen: pulumi.runtime.MockResourceArgs[] = [];

    before(async () => {
        await pulumi.runtime.setMocks({ newResource: (args) => (seen.push(args), { id: `${args.name}-id`, state: { ...args.inputs, ...(args.type === "tailscale:index/oauthClient:OauthClient" ? { key: "tskey-client-made" } : {}) } }), call: ({ inputs }) => inputs });
        pulumi.runtime.setAllConfig({});
    });

    beforeEach(() => {
        seen.length = 0;
    });

    async function eventuallySeen(name: string): Promise<void> {
        while (!seen.some((one) => one.name === name)) await new Promise((resolve) => setTimeout(resolve, 10));
    }

    it("stop with every problem in one message and no stack trace", () => {
        assert.throws(
            () => new AgentCluster("wrong", { platform: { kind: "existing" }, ...clusterArgs, namespace: "default", policies: [] }),
            (error: pulumi.ResourceError) => {
                assert.ok(pulumi.ResourceError.isInstance(error) && error.hideStack === true);
                assert.match(error.message, /^AgentCluster "wrong" cannot be built from these arguments:\n {2}namespace: .*\n {2}policies: /);
                return true;
            },
        );
    });

    it("give every child to a transform, arguments and options, and take what comes back", async () => {
        const cluster = new AgentCluster("c", { platform: { kind: "existing" }, ...clusterArgs, transform: { namespace: (args, opts) => ({ args: { ...args, metadata: { name: "renamed" } }, opts: { ...opts, retainOnDelete: true } }) } });
        assert.equal(await promiseOf(cluster.home.namespace), "renamed");
    });

    it("that have an end may bring it about, and nothing more", async () => {
        const cluster = new AgentCluster("ending", { platform: { kind: "existing" }, ...clusterArgs, lifetime: { name: "pr-123", expires: "2030-01-01T00:00:00Z", apiServer: { cidr: "10.0.0.0/28", port: 6443 } } });
        await promiseOf(cluster.home.priorities.background);
        await eventuallySeen("ending-end-of-life-job");
        const made = (name: string) => seen.find((one) => one.name === name)!.inputs as { metadata: { name: string; ownerReferences?: { kind: string; name: string }[] }; [part: string]: unknown };
        assert.deepEqual(made("ending-end-of-life-role").rules, [{ apiGroups: [""], resources: ["namespaces"], resourceNames: [topology.namespace], verbs: ["get", "delete"] }]);
        assert.deepEqual(made("ending-end-of-life-policy").spec, { podSelector: { matchLabels: { "app.kubernetes.io/name": "end-of-life" } }, policyTypes: ["Ingress", "Egress"], egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/28" } }], ports: [{ port: 6443, protocol: "TCP" }] }] });
        for (const name of ["ending-end-of-life-role", "ending-end-of-life-binding", "ending-data-priority"]) assert.deepEqual(made(name).metadata.ownerReferences!.map((owner) => `${owner.kind} ${owner.name}`), [`Namespace ${topology.namespace}`], name);
        assert.deepEqual(problemsOf((report) => resolveAgentClusterArgs({ ...clusterArgs, images: {}, lifetime: { name: "x", expires: "soon", apiServer: { cidr: "10.0.0.0/28", port: 6443 } } }, report)).map((problem) => problem.split(":")[0]), ["lifetime.expires", "images"]);
    });

    it("join a tailnet under their own identity with a key that does not expire, and hand it over as a file", async () => {
        const inTailnet = portable({ ...choices, tailnet: { domain: "example.ts.net" }, ephemeral: { name: "pr-123", expires: "2030-01-01T00:00:00Z" } });
        const edge = inTailnet.edges.find((one): one is TailnetEdge => one.kind === "tailnet")!;
        const node = new TunnelEdge("tailnet", { form: { kind: "tailnet-node", edge, front: "http://web:8080" }, home: homeOf({ images: { tailscale: "tailscale@sha256:1" } }), share: shareOf(inTailnet, "TunnelEdge") });
        assert.equal(node.built.address, "https://agent-platform-pr-123.example.ts.net");
        await eventuallySeen("tailscale-deployment");
        const made = (name: string) => seen.find((one) => one.name === name)!.inputs as Record<string, unknown>;
        assert.deepEqual(made("tailnet-client"), { description: "agent-platform-pr-123", scopes: ["auth_keys"], tags: ["tag:preview"] });
        // Values that are secret come wrapped.
        const { value } = made("tailnet-secrets").stringData as { value: { key: string; serve: string } };
        assert.equal(value.key, "tskey-client-made?ephemeral=true&preauthorized=true");
        assert.deepEqual(JSON.parse(value.serve), { TCP: { 443: { HTTPS: true } }, Web: { "${TS_CERT_DOMAIN}:443": { Handlers: { "/": { Proxy: "http://web:8080" } } } }, AllowFunnel: { "${TS_CERT_DOMAIN}:443": false } });
        const { strategy, template } = made("tailscale-deployment").spec as { strategy: object; template: { spec: { containers: { env: { name: string; value: string }[] }[] } } };
        assert.deepEqual(strategy, { type: "Recreate" });
        const env = Object.fromEntries(template.spec.containers[0]!.env.map((one) => [one.name, one.value]));
        assert.deepEqual([env.TS_AUTHKEY, env.TS_SERVE_CONFIG, env.KUBERNETES_SERVICE_HOST], ["file:/run/secrets/agent-platform/tailnet/key", "/run/secrets/agent-platform/tailnet/serve", ""]);
        assert.ok(!JSON.stringify(made("tailscale-deployment")).includes("tskey-"));

        const wrong = { ...edge, address: "http://agents.example.com", tag: "preview", node: "other" };
        assert.throws(() => new TunnelEdge("wrong", { form: { kind: "tailnet-node", edge: wrong, front: "web" }, home: homeOf(), share: { services: [serviceCalled("listener", 8000, "TunnelEdge")], stores: [], tasks: [], platform: [] }, transform: { services: { x: {} } } }), (error: Error) => {
            assert.deepEqual(error.message.split("\n").slice(1).map((line) => line.trim().split(":")[0]), ["form.edge.address", "form.edge.tag", "form.front", "share.services", "share.services", "share.services", "transform.services"]);
            return true;
        });
    });

    it("leave passwords to Vault when that is where they come from: nothing of them is made or known here", async () => {
        const secretSource = { kind: "vault", store: "vault", path: "application", ready: new Sentinel("vault-can-be-asked") } as const;
        const cluster = new AgentCluster("vaulted", { platform: { kind: "existing" }, ...clusterArgs, secretSource });
        assert.equal(cluster.passwords, undefined);
        await promiseOf(cluster.home.secrets.session!.checksum);
        await eventuallySeen("sign-in-secrets");
        assert.deepEqual(seen.filter(({ type }) => /RandomPassword|v1:Secret$/.test(type)), []);
        const { metadata, spec } = seen.find((one) => one.name === "session-secrets")!.inputs as { metadata: { annotations: object }; spec: { secretStoreRef: object; target: { template: { data: object } }; data: object[] } };
        assert.deepEqual([metadata.annotations, spec.secretStoreRef, spec.target.template.data, spec.data], [
            { "pulumi.com/waitFor": "condition=Ready" },
            { kind: "ClusterSecretStore", name: "vault" },
            { key: '{{ index . "vaulted-session-key" }}' },
            [{ secretKey: "vaulted-session-key", remoteRef: { key: "application", property: "vaulted-session-key" } }],
        ]);
        assert.throws(() => new SecretBundle("tunnel", { namespace: "x", values: { token: pulumi.secret("from the configuration"), key: randomValue(secretSource, "key", 32, {}) } }), /values\.token: nothing of it is in Vault/);
    });

    it("grow by CPU when they have an objective, and leave the number of replicas to the autoscaler", async () => {
        const service = topology.services.find((one) => one.name === "agent-api")!;
        const home = homeOf({ autoscaling: (one) => autoscalingOf(topology, one), secrets: {} });
        const { deployment } = new Workload("agent-api", { home, service: { ...service, secrets: {} } });
        assert.equal(await promiseOf(deployment.spec.replicas), undefined);
        await pulumi.runtime.disconnect();
        const autoscaler = seen.find((one) => one.type.endsWith(":HorizontalPodAutoscaler"));
        assert.deepEqual(autoscaler?.inputs.spec, {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "agent-api" },
            minReplicas: 1,
            maxReplicas: 5,
            metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "AverageValue", averageValue: "200m" } } }],
        });
    });
});

describe("the checksum of secrets", () => {
    it("changes with a key or a value, and not with their order", () => {
        assert.equal(checksumOf({ a: "1", b: "2" }), checksumOf({ b: "2", a: "1" }));
        assert.equal(new Set(([{ a: "1" }, { a: "2" }, { b: "1" }, { a: "1", b: "" }] as Record<string, string>[]).map(checksumOf)).size, 4);
        assert.ok(!checksumOf({ a: "secret-value" }).includes("secret"));
    });
});

/** Something to wait for. */
class Sentinel extends pulumi.ComponentResource {
    constructor(name: string) {
        super("test:index:Sentinel", name);
        this.registerOutputs();
    }
}

function promiseOf<T>(output: pulumi.Output<T>): Promise<T> {
    return new Promise((resolve) => output.apply(resolve));
}
