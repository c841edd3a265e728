/**
 * Signed images alone, for real: policy-controller in the version of the chart, under the namespace, the network rules and
 * the policies that the component makes, on a real Kubernetes and with a real cosign. The registry is of this repository,
 * and so is what the chart makes of its values (tests/support/policyController.ts).
 * Two programs are built from their Go modules the first time, which takes a quarter of an hour; it runs where they have
 * been built, and for those who ask: AGENT_PLATFORM_SIGNATURES=1.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { custom } from "../../components/platform/chart";
import { scannedPolicy, signedOnly } from "../../components/platform/image-policies";
import { admission, Signatures } from "../../components/platform/signatures";
import { podTroubles } from "../../toolchain/commands/pods";
import type { StackSettings } from "../../toolchain/commands/stack";
import type { Problem } from "../../toolchain/core/problem";
import { run } from "../../toolchain/core/run";
import { cosignIsBuilt, ensureCosign } from "../../toolchain/images/cosign";
import { keyPairOf, sign, type KeyPair } from "../../toolchain/images/sign";
import { explainRefusals, signingOptions, type Refusal } from "../../toolchain/kubernetes/admission";
import { clusterClient, importImages, kubernetesProvisions, startCluster } from "../../toolchain/kubernetes";
import { contextName, findInstallation } from "../../toolchain/kubernetes/installation";
import { eventually, TestCluster } from "../../toolchain/kubernetes/testing/harness";
import { explainFailure } from "../../toolchain/pulumi/failures";
import { canRunContainers } from "../support/container";
import { definitions } from "../support/definitions";
import { chartObjects, policyControllerImage, policyControllerIsBuilt, type ChartValues } from "../support/policyController";
import { startTestRegistry, type TestRegistry } from "../support/registry";

interface Made {
    readonly type: string;
    readonly inputs: Readonly<Record<string, unknown>>;
}

const others = { registry: "quay.example.com", digest: `sha256:${"b".repeat(64)}` };

describe("signed images alone, on a real Kubernetes", function () {
    this.timeout(1_800_000);
    const cluster = new TestCluster();
    const passwordBefore = process.env.COSIGN_PASSWORD;
    let registry: TestRegistry;
    let cosign: string;
    let ours: KeyPair;
    let theirs: KeyPair;

    before(async function () {
        const wanted = process.env.AGENT_PLATFORM_SIGNATURES === "1" || (policyControllerIsBuilt() && cosignIsBuilt());
        if (!wanted || !(await canRunContainers())) return this.skip();
        const [image, files] = [await policyControllerImage(), (await definitions()).filter((file) => file.includes("policy-controller"))];
        cosign = await ensureCosign(() => undefined);
        for (const provision of await kubernetesProvisions()) await provision.ensure(() => undefined);
        await startCluster(() => undefined, cluster.home);
        cluster.client = clusterClient(cluster.home);
        const { network } = findInstallation(cluster.home)!;
        registry = await startTestRegistry({ host: network.hostAddress });
        process.env.COSIGN_PASSWORD = "of the test";
        [ours, theirs] = [await keyPair("ours"), await keyPair("theirs")];

        const made = await componentFor(network.nodeAddress);
        const [controller] = await importImages([image], () => undefined, cluster.home);
        await kubectl(["apply", "--server-side", ...files.flatMap((file) => ["-f", file])]);
        await kubectl(["wait", "--for=condition=Established", "--timeout=60s", "crd", "--all"]);
        // Who translates between versions of a policy is named by the chart; the file names the project's own namespace.
        await kubectl(["patch", "crd", "clusterimagepolicies.policy.sigstore.dev", "--type=merge", "--patch", JSON.stringify({ spec: { conversion: { webhook: { clientConfig: { service: { name: "webhook", namespace: admission.namespace } } } } } })]);
        const objects = made.filter(({ type }) => !type.endsWith(":Release") && type.startsWith("kubernetes:")).map(({ inputs }) => inputs);
        const [policies, around] = [objects.filter(({ kind }) => kind === "ClusterImagePolicy"), objects.filter(({ kind }) => kind !== "ClusterImagePolicy")];
        await cluster.apply(...around);
        const { values } = made.find(({ type }) => type.endsWith(":Release"))!.inputs as { values: ChartValues };
        await cluster.apply(...chartObjects(admission.namespace, controller!.reference, values));
        await kubectl(["rollout", "status", "--namespace", admission.namespace, "deployment/policy-controller", "--timeout=180s"]);
        await applyPolicies(policies);
        const quiet = { "pod-security.kubernetes.io/enforce": "restricted" };
        await cluster.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { ...quiet, ...signedOnly } } }, { apiVersion: "v1", kind: "Namespace", metadata: { name: "elsewhere", labels: quiet } });
        await eventually("service accounts", async () => (await cluster.client.find("/api/v1/namespaces/shop/serviceaccounts/default")) !== undefined && (await cluster.client.find("/api/v1/namespaces/elsewhere/serviceaccounts/default")) !== undefined);
    });
    after(async () => {
        if (passwordBefore === undefined) delete process.env.COSIGN_PASSWORD;
        else process.env.COSIGN_PASSWORD = passwordBefore;
        await registry?.stop();
        await cluster.remove();
    });

    /** The component's own objects, for the cluster's addresses. */
    async function componentFor(nodeAddress: string): Promise<Made[]> {
        const made: Made[] = [];
        await pulumi.runtime.setMocks({ newResource: (args) => (made.push(args), { id: `${args.name}-id`, state: args.inputs }), call: ({ inputs }) => inputs });
        const [host, port] = registry.address.split(":") as [string, string];
        const component = new Signatures("signatures", {
            home: { apiServer: { cidrs: [`${nodeAddress}/32`], ports: [6443] }, protect: false },
            publicKey: ours.publicKey,
            images: [`${registry.address}/agents/**`],
            others: [{ image: `${others.registry}/redis:7@${others.digest}`, reason: "made by others" }],
            registry: { cidr: `${host}/32`, port: Number(port) },
        });
        // Scans are asked of one folder alone here, so that the other tests need none.
        custom(component, "scanned", scannedPolicy(ours.publicKey, [`${registry.address}/agents/scanned/**`], 8.9));
        await pulumi.runtime.disconnect();
        return made;
    }

    async function applyPolicies(policies: readonly object[]): Promise<void> {
        await eventually("the controller to take policies", async () => (await cluster.apply(...policies), true), 60_000);
        // What the component's annotation makes Pulumi wait for.
        await kubectl(["wait", "--for=condition=Ready", "--timeout=60s", "clusterimagepolicies", "--all"]);
    }

    async function keyPair(name: string): Promise<KeyPair> {
        const folder = join(cluster.home, name);
        mkdirSync(folder);
        await run(cosign, ["generate-key-pair"], { cwd: folder });
        return keyPairOf(readFileSync(join(folder, "cosign.pub"), "utf8"), join(folder, "cosign.key"));
    }

    async function kubectl(args: readonly string[]): Promise<string> {
        const { code, stdout, stderr } = await cluster.kubectl(...args);
        assert.equal(code, 0, stderr);
        return stdout;
    }

    /** Puts an image into the registry; its reference by digest. */
    function image(repository: string, content: string): string {
        const blob = (bytes: Buffer) => {
            const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
            registry.blobs.set(digest, bytes);
            return { digest, size: bytes.length };
        };
        const layer = blob(Buffer.from(content));
        const config = blob(Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux", config: {}, rootfs: { type: "layers", diff_ids: [layer.digest] } })));
        const type = "application/vnd.oci.image.manifest.v1+json";
        const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: type, config: { mediaType: "application/vnd.oci.image.config.v1+json", ...config }, layers: [{ mediaType: "application/vnd.oci.image.layer.v1.tar", ...layer }] }));
        const { digest } = blob(manifest);
        for (const name of [`${repository}@${digest}`, `${repository}:latest`]) registry.manifests.set(name, { type, content: manifest });
        return `${registry.address}/${repository}@${digest}`;
    }

    /** Where cosign puts the signatures of an image. */
    function signatureOf(reference: string): string {
        const [name, digest] = reference.slice(`${registry.address}/`.length).split("@") as [string, string];
        return `${name}:${digest.replace(":", "-")}.sig`;
    }

    /** Asks the API server to make it, without making it. */
    async function asked(object: object): Promise<{ admitted: boolean; said: string; made?: { spec: { containers: { image: string }[] } } }> {
        const file = join(cluster.home, "asked.json");
        writeFileSync(file, JSON.stringify(object));
        const { code, stdout, stderr } = await cluster.kubectl("create", "--dry-run=server", "--output=json", "-f", file);
        return { admitted: code === 0, said: stderr, ...(code === 0 ? { made: JSON.parse(stdout) as { spec: { containers: { image: string }[] } } } : {}) };
    }

    async function refusalsOf(object: object): Promise<Refusal[]> {
        const { admitted, said } = await asked(object);
        assert.ok(!admitted, "it was let in");
        const refusals = explainRefusals(said);
        assert.notDeepEqual(refusals, [], said);
        return refusals;
    }

    it("admits what cosign has signed with our key: as a pod, in a deployment, as a first step", async () => {
        const reference = image("agents/app", "signed");
        await sign(reference, ours, () => undefined);
        for (const object of [pod({ image: reference }), pod({ image: reference, first: reference }), deployment(reference), cronJob(reference)]) {
            const { admitted, said } = await asked(object);
            assert.ok(admitted, said);
        }
    });

    it("signs once, and says so when the key is not the other half of the stack's", async () => {
        const reference = image("agents/twice", "twice");
        await sign(reference, ours, () => undefined);
        const signatures = () => registry.manifests.get(signatureOf(reference))!.content.toString();
        const first = signatures();
        await sign(reference, ours, () => assert.fail("it was signed already"));
        assert.equal(signatures(), first);
        await assert.rejects(sign(image("agents/mixed", "mixed"), { publicKey: ours.publicKey, privateKey: theirs.privateKey }, () => undefined), (error: Problem) => error.code === "AP-IMAGE-SIGN" && /not by the other half of agent-platform:signingKey/.test(error.why));
    });

    it("refuses an unsigned image wherever it is in the object, and says which, and how to sign it", async () => {
        const good = image("agents/app", "signed");
        await sign(good, ours, () => undefined);
        const bad = image("agents/bad", "unsigned");
        for (const object of [pod({ image: bad }), pod({ image: good, first: bad }), deployment(bad), cronJob(bad)]) {
            const [refusal, ...more] = await refusalsOf(object);
            assert.deepEqual([refusal!.reason, refusal!.what, more], ["unsigned", `image ${bad} is not signed by the key of this stack (agent-platform:signingKey)`, []]);
            assert.ok(refusal!.fix.startsWith("cosign sign ") && refusal!.fix.endsWith(bad), refusal!.fix);
        }
        // What up says of it, as the Kubernetes plugin hands it on.
        const { said } = await asked(deployment(bad));
        const problem = explainFailure("standard", "deploying", said, undefined);
        assert.deepEqual([problem.code, problem.message], ["AP-IMAGE-UNSIGNED", `image ${bad} is not signed by the key of this stack (agent-platform:signingKey)`]);
    });

    it("takes the command of that message, and then the image", async () => {
        const bad = image("agents/mended", "unsigned at first");
        const [refusal] = await refusalsOf(pod({ image: bad }));
        await run("sh", ["-ec", refusal!.fix.replace(/^cosign/, '"$COSIGN"')], { env: { COSIGN: cosign, COSIGN_KEY: ours.privateKey } });
        assert.ok((await asked(pod({ image: bad }))).admitted);
    });

    it("refuses an image that another key has signed", async () => {
        const reference = image("agents/foreign", "foreign");
        await sign(reference, theirs, () => undefined);
        assert.deepEqual((await refusalsOf(pod({ image: reference }))).map(({ reason }) => reason), ["unsigned"]);
    });

    it("refuses a signature that was moved to another image", async () => {
        const [signed, other] = [image("agents/app", "signed"), image("agents/app", "another content")];
        await sign(signed, ours, () => undefined);
        registry.manifests.set(signatureOf(other), registry.manifests.get(signatureOf(signed))!);
        assert.deepEqual((await refusalsOf(pod({ image: other }))).map(({ reason }) => reason), ["unsigned"]);
    });

    it("makes of a tag the digest that was checked", async () => {
        const reference = image("agents/tagged", "tagged");
        await sign(reference, ours, () => undefined);
        const { made } = await asked(pod({ image: `${registry.address}/agents/tagged:latest` }));
        assert.equal(made?.spec.containers[0]!.image, reference.replace("@", ":latest@"));
    });

    it("takes images of others by the digest that was named, and no others from anywhere", async () => {
        assert.ok((await asked(pod({ image: `${others.registry}/redis:7@${others.digest}` }))).admitted);
        for (const unknown of [`${others.registry}/redis@sha256:${"c".repeat(64)}`, `docker.io/library/busybox@${others.digest}`, image("agents-of-others/app", "signed")]) {
            assert.deepEqual((await refusalsOf(pod({ image: unknown }))).map(({ reason, what }) => [reason, what]), [["unknown-image", `image ${unknown} is none that may run here`]]);
        }
    });

    it("asks for a scan that our key has signed, with nothing worse than may be", async () => {
        const scanned = async (name: string, score: number | undefined, key: KeyPair): Promise<string> => {
            const reference = image(`agents/scanned/${name}`, name);
            await sign(reference, ours, () => undefined);
            const report = join(cluster.home, `${name}.json`);
            writeFileSync(report, JSON.stringify({ invocation: {}, scanner: { uri: "pkg:github/aquasecurity/trivy", result: { SchemaVersion: 2, Results: [{ Target: "os" }, { Target: "app", ...(score === undefined ? {} : { Vulnerabilities: [{ VulnerabilityID: "CVE-2026-1", CVSS: { nvd: { V3Score: score } } }] }) }] } }, metadata: {} }));
            await run(cosign, ["attest", "--yes", "--key", key.privateKey, "--type", "vuln", "--predicate", report, ...signingOptions, reference]);
            return reference;
        };
        for (const good of [await scanned("clean", undefined, ours), await scanned("mild", 8.9, ours)]) {
            const { admitted, said } = await asked(pod({ image: good }));
            assert.ok(admitted, said);
        }
        const unscanned = image("agents/scanned/none", "none");
        await sign(unscanned, ours, () => undefined);
        for (const bad of [unscanned, await scanned("grave", 9, ours), await scanned("foreign", undefined, theirs)]) {
            assert.deepEqual((await refusalsOf(pod({ image: bad }))).map(({ reason }) => reason), ["unscanned"]);
        }
    });

    it("tells of pods that cannot be made again, when what was signed is signed no more", async () => {
        const reference = image("agents/lapsed", "lapsed");
        await sign(reference, ours, () => undefined);
        await cluster.apply(deployment(reference));
        const pods = () => cluster.client.get<{ items: unknown[] }>("/api/v1/namespaces/shop/pods").then(({ items }) => items.length);
        await eventually("its pod", async () => (await pods()) === 1, 60_000);
        registry.manifests.delete(signatureOf(reference));
        await kubectl(["delete", "pods", "--namespace", "shop", "--all", "--grace-period=0", "--force"]);
        const stack = { kubeconfig: join(cluster.home, "kubeconfig"), context: contextName, namespace: "shop" } as StackSettings;
        const trouble = await eventually("what status says", async () => (await podTroubles(stack)).find(({ cause }) => cause.reason === "unsigned"), 60_000);
        assert.equal(await pods(), 0);
        assert.match(trouble.text, /^ReplicaSet\/asked-\w+: image \S+ is not signed by the key of this stack \(agent-platform:signingKey\) \(cosign sign /);
        await sign(reference, ours, () => undefined);
        await eventually("its pod again", async () => (await pods()) === 1, 120_000);
        assert.deepEqual((await podTroubles(stack)).filter(({ cause }) => cause.reason === "unsigned"), [], "the event is older than the pod");
        await kubectl(["delete", "deployment", "--namespace", "shop", "asked"]);
    });

    it("leaves namespaces alone that are not labelled, its own among them", async () => {
        assert.ok((await asked(pod({ image: image("agents/bad", "unsigned"), namespace: "elsewhere" }))).admitted);
        const labels = (await cluster.client.get<{ metadata: { labels: object } }>(`/api/v1/namespaces/${admission.namespace}`)).metadata.labels;
        assert.ok(!(Object.keys(signedOnly)[0]! in labels));
    });

    it("refuses everything when the registry cannot be asked, and when it is away itself", async () => {
        const reference = image("agents/app", "signed");
        await sign(reference, ours, () => undefined);
        assert.ok((await asked(pod({ image: reference }))).admitted);
        await registry.stop();
        assert.deepEqual((await refusalsOf(pod({ image: reference }))).map(({ reason }) => reason), ["unsigned"]);
        await kubectl(["scale", "--namespace", admission.namespace, "deployment/policy-controller", "--replicas=0"]);
        await eventually("the controller to be away", async () => (await cluster.client.get<{ items: unknown[] }>(`/api/v1/namespaces/${admission.namespace}/pods`)).items.length === 0);
        const [refusal] = await refusalsOf(pod({ image: reference }));
        assert.equal(refusal!.reason, "unanswered");
        assert.ok((await asked(pod({ image: reference, namespace: "elsewhere" }))).admitted, "the rest of the cluster works on");
    });
});

const security = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

function podSpec(image: string, first?: string): object {
    const container = (name: string, of: string) => ({ name, image: of, securityContext: security });
    return {
        securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } },
        ...(first === undefined ? {} : { initContainers: [container("first", first)] }),
        containers: [container("main", image)],
    };
}

function pod({ image, first, namespace = "shop" }: { readonly image: string; readonly first?: string; readonly namespace?: string }): object {
    return { apiVersion: "v1", kind: "Pod", metadata: { name: "asked", namespace }, spec: podSpec(image, first) };
}

function deployment(image: string): object {
    const labels = { app: "asked" };
    return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "asked", namespace: "shop" }, spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec(image) } } };
}

function cronJob(image: string): object {
    return { apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "asked", namespace: "shop" }, spec: { schedule: "0 0 * * *", jobTemplate: { spec: { template: { spec: { ...podSpec(image), restartPolicy: "Never" } } } } } };
}
