/** What can be decided without a cluster; tests/cluster/kubernetes-plugin.test.ts has the rest. */
import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { diff } from "../sdk/diff";
import { revealProps, secret, type Props } from "../sdk/values";
import { decodeManifests } from "./decode";
import { ApiError, explain } from "./errors";
import { concealObject, inputsForImport, inputsFrom, OWNER } from "./live";
import { assignName } from "./naming";
import { typeToken, withoutNulls, type KubeObject } from "./objects";
import { sameQuantity } from "./quantity";
import { replacedBy, sameName } from "./replacement";
import { builtInScope } from "./scope";
import { differentCluster, readSettings, unsupported } from "./settings";
import { timeoutOf } from "./readiness";
import { troubleOf } from "./readiness/pods";

const object = (apiVersion: string, kind: string, more: Props = {}): Props => ({ apiVersion, kind, metadata: { name: "n", namespace: "d" }, ...more });
const live = (props: Props): KubeObject => props as unknown as KubeObject;
const locked = { mutableSecrets: false, mutableConfigMaps: false };

describe("replacements of Kubernetes objects", () => {
    const replaces = (before: Props, after: Props, mutability = locked) => replacedBy(diff(before, after), before, after, mutability);

    for (const [apiVersion, kind, before, after, path] of [
        ["apps/v1", "Deployment", { spec: { selector: { matchLabels: { a: "1" } } } }, { spec: { selector: { matchLabels: { a: "2" } } } }, "spec.selector"],
        ["apps/v1", "DaemonSet", { spec: { selector: { matchLabels: { a: "1" } } } }, { spec: { selector: { matchLabels: { a: "2" } } } }, "spec.selector"],
        ["apps/v1", "StatefulSet", { spec: { serviceName: "a" } }, { spec: { serviceName: "b" } }, "spec.serviceName"],
        ["apps/v1", "StatefulSet", { spec: { volumeClaimTemplates: [{ spec: { storageClassName: "a" } }] } }, { spec: { volumeClaimTemplates: [{ spec: { storageClassName: "b" } }] } }, "spec.volumeClaimTemplates"],
        ["batch/v1", "Job", { spec: { template: { spec: { restartPolicy: "Never" } } } }, { spec: { template: { spec: { restartPolicy: "OnFailure" } } } }, "spec.template"],
        ["v1", "Service", { spec: { clusterIP: "None" } }, { spec: {} }, "spec.clusterIP"],
        ["v1", "Service", { spec: { type: "ClusterIP" } }, { spec: { type: "LoadBalancer" } }, "spec.type"],
        ["v1", "PersistentVolumeClaim", { spec: { storageClassName: "a" } }, { spec: { storageClassName: "b" } }, "spec.storageClassName"],
        ["v1", "Secret", { stringData: { a: "1" } }, { stringData: { a: "2" } }, "stringData"],
        ["v1", "Secret", { type: "Opaque" }, { type: "kubernetes.io/tls" }, "type"],
        ["v1", "ConfigMap", { data: { a: "1" } }, { data: { a: "1", b: "2" } }, "data"],
        ["rbac.authorization.k8s.io/v1", "RoleBinding", { roleRef: { name: "a" } }, { roleRef: { name: "b" } }, "roleRef"],
        ["storage.k8s.io/v1", "StorageClass", { provisioner: "a" }, { provisioner: "b" }, "provisioner"],
        ["apiextensions.k8s.io/v1", "CustomResourceDefinition", { spec: { scope: "Cluster" } }, { spec: { scope: "Namespaced" } }, "spec.scope"],
    ] as [string, string, Props, Props, string][]) {
        it(`${kind}: ${path} cannot be changed in place`, () => assert.deepEqual(replaces(object(apiVersion, kind, before), object(apiVersion, kind, after)), [path]));
    }

    it("are needed for another name or namespace of anything", () => {
        const before = object("example.com/v1", "Gadget");
        assert.deepEqual(replaces(before, { ...before, metadata: { name: "m", namespace: "d" } }), ["metadata.name"]);
        assert.deepEqual(replaces(before, { ...before, metadata: { name: "n", namespace: "e" } }), ["metadata.namespace"]);
    });

    it("are not needed for what can be changed", () => {
        for (const [apiVersion, kind, before, after] of [
            ["apps/v1", "Deployment", { spec: { replicas: 1 } }, { spec: { replicas: 2 } }],
            ["apps/v1", "StatefulSet", { spec: { replicas: 1 } }, { spec: { replicas: 2 } }],
            ["batch/v1", "Job", { spec: { parallelism: 1 } }, { spec: { parallelism: 2 } }],
            ["v1", "PersistentVolumeClaim", { spec: { resources: { requests: { storage: "1Gi" } } } }, { spec: { resources: { requests: { storage: "2Gi" } } } }],
            ["v1", "Service", { spec: { selector: { a: "1" } } }, { spec: { selector: { a: "2" } } }],
            ["v1", "Pod", { spec: { containers: [{ name: "a", image: "x" }] } }, { spec: { containers: [{ name: "a", image: "y" }] } }],
            ["v1", "Secret", { metadata: { name: "n", namespace: "d", labels: { a: "1" } } }, {}],
        ] as [string, string, Props, Props][]) assert.deepEqual(replaces(object(apiVersion, kind, before), object(apiVersion, kind, after)), [], kind);
    });

    it("are needed for everything else in a Pod", () => {
        const before = object("v1", "Pod", { spec: { containers: [{ name: "a", image: "x", env: [] }] } });
        assert.deepEqual(replaces(before, object("v1", "Pod", { spec: { containers: [{ name: "b", image: "x", env: [] }] } })), ["spec.containers[0].name"]);
    });

    it("can be turned off for Secrets and ConfigMaps, but not for those that are immutable", () => {
        const mutable = { mutableSecrets: true, mutableConfigMaps: true };
        assert.deepEqual(replaces(object("v1", "Secret", { data: { a: "1" } }), object("v1", "Secret", { data: { a: "2" } }), mutable), []);
        assert.deepEqual(replaces(object("v1", "ConfigMap", { data: { a: "1" } }), object("v1", "ConfigMap", { data: { a: "2" } }), mutable), []);
        assert.deepEqual(replaces(object("v1", "ConfigMap", { immutable: true, data: { a: "1" } }), object("v1", "ConfigMap", { immutable: true, data: { a: "2" } }), mutable), ["data"]);
    });

    it("are not needed when only the version of the API changes", () => {
        assert.deepEqual(replaces(object("autoscaling/v1", "HorizontalPodAutoscaler"), object("autoscaling/v2", "HorizontalPodAutoscaler")), []);
        assert.deepEqual(replaces(object("v1", "Endpoints"), object("discovery.k8s.io/v1", "EndpointSlice")).sort(), ["apiVersion", "kind"]);
    });

    it("know when old and new bear the same name", () => {
        assert.ok(sameName(object("v1", "Secret"), object("v1", "Secret")));
        assert.ok(!sameName(object("v1", "Secret"), { ...object("v1", "Secret"), metadata: { name: "m", namespace: "d" } }));
    });
});

describe("inputs as they really are", () => {
    it("do not change when the server fills in defaults, counts and status", () => {
        const inputs = object("apps/v1", "Deployment", { spec: { replicas: 1, paused: false, template: { spec: { containers: [{ name: "a", image: "x", resources: { limits: { cpu: "0.5", memory: "1024Mi" } }, env: [] }] } } } });
        const found = object("apps/v1", "Deployment", {
            metadata: { name: "n", namespace: "d", uid: "u", resourceVersion: "5", annotations: { "deployment.kubernetes.io/revision": "1" } },
            spec: { replicas: 1, revisionHistoryLimit: 10, template: { spec: { dnsPolicy: "ClusterFirst", containers: [{ name: "a", image: "x", imagePullPolicy: "Always", resources: { limits: { cpu: "500m", memory: "1Gi" } } }] } } },
            status: { replicas: 1 },
        });
        assert.deepEqual(inputsFrom(live(found), inputs), inputs);
    });

    it("show what was changed or removed", () => {
        const inputs = object("v1", "ConfigMap", { data: { a: "1", b: "2", c: "3" } });
        assert.deepEqual(inputsFrom(live(object("v1", "ConfigMap", { data: { a: "1", b: "x" } })), inputs).data, { a: "1", b: "x" });
    });

    it("match items by their names, and leave out those of others", () => {
        const container = (name: string, image: string): Props => ({ name, image });
        const spec = (...containers: Props[]): Props => object("v1", "Pod", { spec: { containers } });
        assert.deepEqual(inputsFrom(live(spec(container("injected", "z"), container("a", "y"))), spec(container("a", "x"))).spec, { containers: [container("a", "y")] });
    });

    it("show an item that someone added where the whole list is one thing", () => {
        const policy = (...ports: Props[]): Props => object("networking.k8s.io/v1", "NetworkPolicy", { spec: { ingress: [{ ports }] } });
        const found = inputsFrom(live(policy({ port: 80, protocol: "TCP" }, { port: 22, protocol: "TCP" })), policy({ port: 80, protocol: "TCP" }));
        assert.deepEqual(found.spec, { ingress: [{ ports: [{ port: 80, protocol: "TCP" }, { port: 22, protocol: "TCP" }] }] });
    });

    it("take amounts for the same only where amounts are meant", () => {
        const config = (value: string): Props => object("v1", "ConfigMap", { data: { size: value } });
        assert.deepEqual(inputsFrom(live(config("1Gi")), config("1024Mi")).data, { size: "1Gi" });
    });

    it("of an import hold nothing that only the server writes", () => {
        const found = object("v1", "ConfigMap", { metadata: { name: "n", namespace: "d", uid: "u", resourceVersion: "1", creationTimestamp: "t", managedFields: [], annotations: { [OWNER]: "urn" } }, status: {} });
        assert.deepEqual(inputsForImport(live(found)), object("v1", "ConfigMap"));
    });
});

describe("secrets in Kubernetes objects", () => {
    it("are all of a Secret's data, whatever was marked before", () => {
        const marked = concealObject(object("v1", "Secret", { data: { a: "x" }, stringData: { b: "y" } }), new Set(["/data/a"]));
        assert.deepEqual([marked.data, marked.stringData], [secret({ a: "x" }), secret({ b: "y" })]);
    });

    it("are elsewhere what the program marked", () => {
        assert.deepEqual(concealObject(object("v1", "ConfigMap", { data: { a: "x", b: "y" } }), new Set(["/data/a"])).data, { a: secret("x"), b: "y" });
    });
});

describe("amounts", () => {
    it("are the same in another notation", () => {
        for (const [one, other] of [["500m", "0.5"], ["1Gi", "1024Mi"], ["1", "1000m"], ["1e3", "1k"], ["0", "0m"], ["1.5Gi", "1536Mi"], ["100u", "0.1m"]]) assert.ok(sameQuantity(one, other), `${one} ${other}`);
        for (const [one, other] of [["500m", "0.51"], ["1G", "1Gi"], ["", ""], ["abc", "abc"], ["1", "1 "]]) assert.ok(!sameQuantity(one, other), `${one} ${other}`);
    });

    it("are compared exactly", () => {
        fc.assert(fc.property(fc.integer({ min: 0, max: 1e9 }), (amount) => {
            assert.ok(sameQuantity(`${amount}`, `${amount}000m`));
            assert.ok(sameQuantity(`${amount}Ki`, `${BigInt(amount) * 1024n}`));
            assert.ok(!sameQuantity(`${amount}`, `${amount + 1}`));
        }));
    });
});

describe("names and types", () => {
    const request = { name: "app", urn: "urn:1", seed: new Uint8Array([1]), replacing: false };

    it("are made up in the form that Kubernetes allows", () => {
        const inputs: Props = {};
        assert.equal(assignName(inputs, {}, request), undefined);
        assert.match(String((inputs.metadata as Props).name), /^app-[0-9a-f]{8}$/);
    });

    it("follow generateName and the project's rules", () => {
        const generated: Props = { metadata: { generateName: "job-" } };
        assignName(generated, {}, request);
        assert.match(String((generated.metadata as Props).name), /^job-[0-9a-f]{8}$/);
        const proposed: Props = {};
        assignName(proposed, {}, { ...request, proposedName: "from-the-project" });
        assert.equal((proposed.metadata as Props).name, "from-the-project");
        assert.match(String(assignName({}, {}, { ...request, namingDisabled: true })), /turned off/);
    });

    it("do not take over a name that a person gave before", () => {
        const inputs: Props = {};
        assignName(inputs, { metadata: { name: "by-hand" } }, request);
        assert.notEqual((inputs.metadata as Props).name, "by-hand");
    });

    it("come out of type tokens", () => {
        assert.deepEqual(typeToken("kubernetes:core/v1:Service"), { apiVersion: "v1", kind: "Service", patch: false });
        assert.deepEqual(typeToken("kubernetes:apps/v1:DeploymentPatch"), { apiVersion: "apps/v1", kind: "Deployment", patch: true });
        assert.deepEqual(typeToken("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"), { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", patch: false });
    });

    it("know what lives outside namespaces without asking", () => {
        assert.deepEqual([builtInScope("v1", "Namespace"), builtInScope("v1", "Pod"), builtInScope("example.com/v1", "Gadget")], ["cluster", "namespaced", undefined]);
    });
});

describe("settings of a kubernetes provider", () => {
    const config = (server: string): string => JSON.stringify({
        apiVersion: "v1", kind: "Config", "current-context": "one",
        clusters: [{ name: "c", cluster: { server } }, { name: "d", cluster: { server: "https://other:1" } }],
        users: [{ name: "u", user: { token: "t" } }],
        contexts: [{ name: "one", context: { cluster: "c", user: "u", namespace: "from-context" } }, { name: "two", context: { cluster: "d", user: "u" } }],
    });

    it("come from the arguments before the environment, and from the context's namespace", () => {
        const settings = readSettings({ kubeconfig: config("https://host:1"), enablePatchForce: false }, { PULUMI_K8S_ENABLE_PATCH_FORCE: "true", PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true" });
        assert.deepEqual([settings.namespace, settings.patchForce, settings.upsert], ["from-context", false, true]);
        assert.equal(readSettings({ kubeconfig: config("https://host:1"), context: "two", namespace: "given" }).namespace, "given");
    });

    it("name the contexts that there are when one is misspelt", () => {
        assert.throws(() => readSettings({ kubeconfig: config("https://host:1"), context: "three" }), /no context named "three"; it has: one, two/);
        assert.throws(() => readSettings({ kubeconfig: "/no/such/file" }), /no kubeconfig at \/no\/such\/file/);
    });

    it("mean another cluster only when the active one's entry differs", () => {
        const at = (server: string, more: Props = {}): Props => ({ kubeconfig: config(server), ...more });
        assert.equal(differentCluster(at("https://a:1"), at("https://b:1")), true);
        assert.equal(differentCluster(at("https://a:1"), at("https://a:1", { namespace: "x" })), false);
        assert.equal(differentCluster(at("https://a:1", { clusterIdentifier: "x" }), at("https://b:1", { clusterIdentifier: "x" })), false);
        assert.equal(differentCluster(at("https://a:1"), { kubeconfig: "/not/there" }), false);
    });

    it("are refused when they ask for what only the official plugin can do", () => {
        assert.deepEqual(unsupported({ enableServerSideApply: "false" }).map(({ property }) => property), ["enableServerSideApply"]);
        assert.deepEqual(unsupported({ enableServerSideApply: "true", namespace: "x" }), []);
    });
});

describe("messages about Kubernetes", () => {
    it("explain a conflict of fields, with its owner and the ways out", () => {
        const refusal = new ApiError(409, { message: "Apply failed", details: { causes: [{ reason: "FieldManagerConflict", field: ".spec.replicas", message: 'conflict with "kubectl"' }] } }, "PATCH x");
        assert.match(String(explain(refusal, "Deployment d/n")), /\.spec\.replicas.*kubectl.*patchForce.*ignoreChanges/s);
    });

    it("tell how to change what cannot be changed", () => {
        assert.match(String(explain(new ApiError(422, { message: "spec.x: field is immutable" }, "PATCH x"), "x")), /--replace/);
    });

    it("say why a pod does not run", () => {
        const pod = (status: object) => ({ metadata: { name: "p", namespace: "d" }, status }) as Parameters<typeof troubleOf>[0];
        assert.equal(troubleOf(pod({ phase: "Pending", containerStatuses: [{ name: "c", state: { waiting: { reason: "ContainerCreating" } } }] })), undefined);
        assert.match(String(troubleOf(pod({ containerStatuses: [{ name: "c", state: { waiting: { reason: "CrashLoopBackOff", message: "back-off" } }, lastState: { terminated: { exitCode: 3, message: "no database" } } }] }))), /\[Pod d\/p\] container c: CrashLoopBackOff: back-off \(last exit code 3: no database\)/);
        assert.match(String(troubleOf(pod({ conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "Insufficient cpu" }] }))), /cannot be scheduled: Unschedulable: Insufficient cpu/);
    });

    it("wait as long as the program says, else the object, else ten minutes", () => {
        assert.deepEqual([timeoutOf(5000, { "pulumi.com/timeoutSeconds": "7" }), timeoutOf(0, { "pulumi.com/timeoutSeconds": "7" }), timeoutOf(0, undefined)], [5000, 7000, 600_000]);
    });
});

describe("YAML manifests", () => {
    it("become objects, lists become their items, and only what lives in a namespace gets one", () => {
        const text = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Namespace, metadata: {name: a}}\n- {apiVersion: v1, kind: Secret, metadata: {name: b}}\n---\n# nothing\n---\napiVersion: v1\nkind: Pod\n";
        assert.deepEqual(decodeManifests(text, "d"), [
            { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } },
            { apiVersion: "v1", kind: "Secret", metadata: { name: "b", namespace: "d" } },
            { apiVersion: "v1", kind: "Pod", metadata: { namespace: "d" } },
        ]);
    });

    it("are refused when they are none", () => {
        assert.throws(() => decodeManifests("a: [1"), /not valid YAML/);
        assert.throws(() => decodeManifests("just text"), /no Kubernetes object/);
    });

    it("lose what has no value", () => {
        assert.deepEqual(withoutNulls({ a: null, b: [{ c: null, d: 1 }] }), { b: [{ d: 1 }] });
        assert.deepEqual(revealProps({ a: secret("x") }), { a: "x" });
    });
});
