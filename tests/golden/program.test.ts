/**
 * What the program registers, against tests/golden/<stack>.json (and <stack>.<variant>.json): a change of the program shows there, resource by resource.
 * `UPDATE_GOLDEN=1` writes the files anew.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { matches } from "../../components/platform/image-policies";
import { everySetting, listsWithSecrets } from "../../config/testing";
import { configurationOf, graphOf, imagesOf, type Graph, type Registered } from "./graph";

const tunnel = { "agent-platform:tunnelToken": "not-a-real-token-0123456789", "agent-platform:tunnelHostname": "agents.example.com" };
/** What the comments of Pulumi.standard.yaml tell to set, beside the images. */
const archive = { "agent-platform:archiveUrl": "s3://agents-backup/postgres", "agent-platform:archiveEndpoint": "https://s3.eu-central-1.amazonaws.com", "agent-platform:archiveAccessKey": "not-a-real-access-key", "agent-platform:archiveSecretKey": "not-a-real-secret-key" };
const keys = { "agent-platform:supabaseUrl": "https://project.supabase.co", "agent-platform:llamaparseKey": "not-a-real-llamaparse-key", "agent-platform:openaiKey": "not-a-real-openai-key", "agent-platform:anthropicKey": "not-a-real-anthropic-key" };
/** What docs/inference.md tells to set. */
const ray = { "agent-platform:inference": "ray", "agent-platform:apiServerCidr": "10.0.0.0/28" };
/** What docs/ephemeral.md tells to set for a tailnet, and what `npm run ephemeral` writes beside it. */
const tailnet = { "agent-platform:tailnetDomain": "example.ts.net", "agent-platform:tailscaleClientId": "not-a-real-client-id", "agent-platform:tailscaleClientSecret": "not-a-real-client-secret" };
const ephemeral = { "agent-platform:ephemeral": JSON.stringify({ name: "pr-123", expires: "2026-11-21T18:00:00Z" }) };
/** What docs/configuration.md tells of the application. */
const settings = Object.fromEntries(Object.entries(everySetting).map(([key, value]) => [`agent-platform:${key}`, value]));
const secretSettings = listsWithSecrets.map((key) => `agent-platform:${key}`);
/** What docs/signed-images.md tells to set so that only signed images run. */
const signing = {
    "agent-platform:signingKey": "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9Ope3/AyhTINQkCnP1Ua0mOS1auZ\ni55csbDmdLsvoUldEpECf89k3jyIHXNg0whnwafnZIWU/0+swVTn5BJf8Q==\n-----END PUBLIC KEY-----\n",
    "agent-platform:images": JSON.stringify({ ...imagesOf("standard"), "cloudnative-pg-operator": `ghcr.io/cloudnative-pg/cloudnative-pg:1.29.0@sha256:${"9".repeat(64)}` }),
};
/** Those that call out to whom people come through: they need nobody, and a restart does not bring the other side back. */
const outward: readonly string[] = ["cloudflared", "tailscale"];
const secretsOf = (values: object): string[] => Object.keys(values).filter((key) => key.endsWith("Key"));
const stacks: Readonly<Record<string, () => Promise<Graph>>> = {
    dev: () => graphOf("dev", configurationOf("dev")),
    portable: () => graphOf("portable", configurationOf("portable", tunnel), ["agent-platform:tunnelToken"]),
    "portable.ray": () => graphOf("portable", configurationOf("portable", { ...tunnel, ...ray }), ["agent-platform:tunnelToken"]),
    "portable.tailnet": () => graphOf("portable", configurationOf("portable", { ...tailnet, ...ephemeral }), ["agent-platform:tailscaleClientId", "agent-platform:tailscaleClientSecret"]),
    "portable.settings": () => graphOf("portable", configurationOf("portable", { ...tunnel, ...settings }), ["agent-platform:tunnelToken", ...secretSettings]),
    standard: () => graphOf("standard", configurationOf("standard", { ...archive, ...keys }), [...secretsOf(archive), ...secretsOf(keys)]),
    "standard.signed": () => graphOf("standard", configurationOf("standard", { ...archive, ...keys, ...signing }), [...secretsOf(archive), ...secretsOf(keys)]),
    prod: () => graphOf("prod", configurationOf("prod", keys), secretsOf(keys)),
};

for (const [stack, make] of Object.entries(stacks)) {
    describe(`the graph of ${stack}`, function () {
        this.timeout(120_000);
        let graph: Graph;
        before(async () => {
            graph = await make();
        });

        it("is the committed one", () => {
            const path = join(__dirname, `${stack}.json`);
            const text = `${JSON.stringify(graph, null, 2)}\n`;
            if (process.env.UPDATE_GOLDEN === "1") writeFileSync(path, text);
            assert.deepEqual(graph, JSON.parse(readFileSync(path, "utf8")), "if this is meant: UPDATE_GOLDEN=1 and look at the difference");
        });

        it("has every resource in a component and with a provider of the stack", () => {
            for (const resource of graph.resources.filter(isCustom)) {
                assert.ok(resource.parent !== undefined, `${resource.name} has a parent`);
                const own = resource.type.startsWith("kubernetes:") ? (stack === "prod" ? "agents-kubernetes" : "kubernetes") : resource.type.split(":")[0];
                assert.equal(resource.provider, own, resource.name);
            }
        });

        it("has resources, probes, an image by digest and restricted security on every container", () => {
            const pods = graph.resources.flatMap(podOf);
            assert.ok(pods.length >= 8);
            for (const { name, kind, spec } of pods) {
                assert.deepEqual(spec.securityContext.runAsNonRoot, true, name);
                assert.ok(spec.securityContext.runAsUser >= 100, name);
                assert.deepEqual(spec.securityContext.seccompProfile, { type: "RuntimeDefault" }, name);
                assert.equal(spec.automountServiceAccountToken, false, name);
                assert.ok(spec.serviceAccountName !== undefined && spec.serviceAccountName !== "default", name);
                for (const container of spec.containers) {
                    for (const amount of ["cpu", "memory"] as const) assert.ok(container.resources.requests[amount] && container.resources.limits[amount], name);
                    assert.match(container.image, /@sha256:[0-9a-f]{64}$/);
                    assert.deepEqual(container.securityContext, { runAsNonRoot: true, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } }, name);
                    if (kind === "Job") continue;
                    assert.ok(container.startupProbe && container.readinessProbe, name);
                    assert.equal(container.livenessProbe === undefined, outward.includes(container.name), name);
                    assert.notDeepEqual(container.readinessProbe, container.livenessProbe, name);
                }
                for (const volume of spec.volumes) if (volume.emptyDir !== undefined) assert.ok(volume.emptyDir.sizeLimit, `${name}: ${volume.name} has a limit`);
            }
        });

        it("has a policy for every pod, waited for before it starts", () => {
            const policies = graph.resources.filter((resource) => resource.type.endsWith(":NetworkPolicy"));
            for (const pod of graph.resources.filter((resource) => podOf(resource).length > 0)) {
                const own = policies.find((policy) => kubernetesName(policy) === kubernetesName(pod));
                assert.ok(own !== undefined, pod.name);
                for (const guard of [own.name, "agents-default-deny-policy"]) assert.ok(pod.dependsOn?.includes(guard), `${pod.name} waits for ${guard}`);
            }
        });

        it("shows no secret outside Secrets", () => {
            const open = JSON.stringify(graph.resources.filter((resource) => !resource.type.endsWith(":Secret")));
            assert.ok(!open.includes("generated-") && !open.includes("not-a-real-"));
            for (const { inputs } of graph.resources.filter((resource) => resource.type.endsWith(":Secret"))) {
                for (const value of Object.values((inputs as { stringData: object }).stringData)) assert.equal(value, "(secret)");
            }
        });

        if (stack.endsWith(".signed")) it("lets pods of its namespace in with a signature or by digest, and makes none before that holds", () => {
            const policies = graph.resources.filter(({ type }) => type.endsWith(":ClusterImagePolicy"));
            assert.deepEqual(policies.map(({ name }) => name), ["signatures-by-digest", "signatures-signed"]);
            const named = policies.map(({ inputs }) => (inputs as { spec: { images: { glob: string }[] } }).spec.images.map(({ glob }) => glob));
            assert.deepEqual(named[1], ["registry.example.com/agent-platform/**"]);
            for (const { image } of graph.resources.flatMap(podOf).flatMap(({ spec }) => spec.containers)) assert.ok(matches(named.flat(), image), image);
            const namespace = graph.resources.find(({ name }) => name === "agents-namespace")!.inputs as { metadata: { labels: Record<string, string> } };
            assert.equal(namespace.metadata.labels["policy.sigstore.dev/include"], "true");
            for (const pod of graph.resources.filter((resource) => podOf(resource).length > 0)) {
                for (const { name } of policies) assert.ok(pod.dependsOn?.includes(name), `${pod.name} waits for ${name}`);
            }
        });

        it("opens nothing to the outside but the gateway of a blueprint that has one", () => {
            for (const { name, inputs } of graph.resources.filter((resource) => resource.type.endsWith(":core/v1:Service"))) {
                assert.equal((inputs as { spec: { type: string } }).spec.type, "ClusterIP", name);
            }
            const doors = graph.resources.filter((resource) => /:(Ingress|Gateway)$/.test(resource.type));
            assert.deepEqual(doors.map(({ name }) => name), /^(standard|prod)/.test(stack) ? ["edge-gateway"] : []);
        });

        it("runs the services only after the migration, and that after Postgres", () => {
            const byName = new Map(graph.resources.map((resource) => [`${resource.type.split(":").at(-1)} ${resource.name}`, resource]));
            const [after] = byName.get("Job migrate-job")?.dependsOn?.filter((name) => name.startsWith("postgres-")) ?? [];
            assert.equal(after, /^(standard|prod)/.test(stack) ? "postgres-pooler" : "postgres-set");
            for (const { name, dependsOn } of graph.resources.filter((resource) => resource.type.endsWith(":Deployment"))) {
                assert.equal(dependsOn?.includes("migrate-job"), !outward.some((one) => name === `${one}-deployment`), name);
            }
        });
    });
}

describe("the stacks", function () {
    this.timeout(120_000);
    it("protect data and passwords in portable, and nothing in dev", async () => {
        const protectedOnes = (graph: Graph) => graph.resources.filter((resource) => resource.protect).map((resource) => resource.name);
        assert.deepEqual(protectedOnes(await stacks.dev!()), []);
        assert.deepEqual(protectedOnes(await stacks.portable!()), [
            "agents-namespace", "postgres-volume", "agents-admin-password", "agents-session-key", "agents-user-password", "postgres-app-password", "postgres-owner-password",
        ]);
    });

    it("roll the pods of exactly those that use a secret that changed", async () => {
        const before = await stacks.portable!();
        const after = await graphOf("portable", configurationOf("portable", { ...tunnel, "agent-platform:tunnelToken": "another-token-0123456789" }), ["agent-platform:tunnelToken"]);
        assert.deepEqual(changed(before, after), ["cloudflared-deployment"]);
    });

    it("run the migration again for another image or another first sign-in, and nothing else for the latter", async () => {
        const before = await stacks.dev!();
        const after = await graphOf("dev", configurationOf("dev", { "agent-platform:adminEmail": "boss@example.com" }));
        assert.deepEqual(changed(before, after), ["migrate-job"]);
        const job = after.resources.find((resource) => resource.name === "migrate-job");
        assert.deepEqual([job?.replaceOnChanges, job?.deleteBeforeReplace], [["spec"], true]);
    });

    it("may be two: a cluster, and its services that take it from the other's outputs", async () => {
        const cluster = await graphOf("prod", configurationOf("prod", { ...keys, "agent-platform:stackPart": "cluster" }), secretsOf(keys));
        assert.ok(cluster.resources.some(({ type }) => type === "gcp:container/cluster:Cluster"));
        assert.deepEqual(cluster.resources.filter(({ type }) => type.startsWith("kubernetes:")), []);
        assert.deepEqual(Object.keys(cluster.outputs.facts as object).sort(), ["archiveUrl", "archivist", "cluster", "identifier", "kubeconfig"]);
        const services = await graphOf("prod", configurationOf("prod", { ...keys, "agent-platform:stackPart": "services", "agent-platform:clusterStack": "organization/agent-platform/prod-cluster" }), secretsOf(keys));
        assert.deepEqual(services.resources.filter(({ type }) => type.startsWith("gcp:")), []);
        const provider = services.resources.find(({ type }) => type === "pulumi:providers:kubernetes")?.inputs as Record<string, unknown>;
        // Replaced with its cluster, and patient with one that cannot be reached.
        assert.deepEqual([provider.clusterIdentifier, String(provider.skipUpdateUnreachable), provider.kubeconfig], ["cluster of the other stack", "true", "(secret)"]);
    });

    it("stop at a wrong configuration with one message and no resource", async () => {
        await assert.rejects(graphOf("dev", configurationOf("dev", { "agent-platform:agentMaxReplicas": "6", "agent-platform:zebra": "1" })), (error: Error) => {
            assert.match(error.message, /AP-CONFIG-INVALID[^]*zebra is no key[^]*agentMaxReplicas is "6" and must be a whole number from 1 to 5[^]*fix/);
            return true;
        });
    });
});

function changed(before: Graph, after: Graph): string[] {
    const old = new Map(before.resources.map((resource) => [`${resource.type} ${resource.name}`, JSON.stringify(resource)]));
    return after.resources.filter((resource) => old.get(`${resource.type} ${resource.name}`) !== JSON.stringify(resource)).map((resource) => resource.name);
}

function isCustom({ type }: Registered): boolean {
    return !type.startsWith("agent-platform:") && !type.startsWith("pulumi:");
}

function kubernetesName(resource: Registered): string {
    return (resource.inputs as { metadata: { name: string } }).metadata.name;
}

interface PodSpec {
    readonly securityContext: { readonly runAsNonRoot: boolean; readonly runAsUser: number; readonly seccompProfile: unknown };
    readonly automountServiceAccountToken: boolean;
    readonly serviceAccountName?: string;
    readonly containers: readonly {
        readonly name: string;
        readonly image: string;
        readonly resources: Readonly<Record<"requests" | "limits", Readonly<Record<"cpu" | "memory", string>>>>;
        readonly securityContext: unknown;
        readonly startupProbe?: unknown;
        readonly readinessProbe?: unknown;
        readonly livenessProbe?: unknown;
    }[];
    readonly volumes: readonly { readonly name: string; readonly emptyDir?: { readonly sizeLimit?: string } }[];
}

interface Group {
    readonly template: { readonly spec: PodSpec };
}

function podOf(resource: Registered): { name: string; kind: string; spec: PodSpec }[] {
    const kind = resource.type.split(":").at(-1)!;
    if (kind === "RayService") {
        const { headGroupSpec, workerGroupSpecs } = (resource.inputs as { spec: { rayClusterConfig: { headGroupSpec: Group; workerGroupSpecs: Group[] } } }).spec.rayClusterConfig;
        return [headGroupSpec, ...workerGroupSpecs].map(({ template }) => ({ name: resource.name, kind, spec: template.spec }));
    }
    if (!["Deployment", "StatefulSet", "Job"].includes(kind)) return [];
    return [{ name: resource.name, kind, spec: (resource.inputs as { spec: { template: { spec: PodSpec } } }).spec.template.spec }];
}
