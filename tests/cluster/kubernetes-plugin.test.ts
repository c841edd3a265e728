/** The stand-in Kubernetes plugin on a real API server, asked what the engine would ask it. */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { TestCluster } from "../../toolchain/kubernetes/testing/harness";
import { Client } from "../../toolchain/plugins/kubernetes/client";
import { Cluster } from "../../toolchain/plugins/kubernetes/cluster";
import { OWNER } from "../../toolchain/plugins/kubernetes/live";
import { readSettings } from "../../toolchain/plugins/kubernetes/settings";
import { diff } from "../../toolchain/plugins/sdk/diff";
import { InitFailed } from "../../toolchain/plugins/sdk/failure";
import { hasUnknown, revealProps, secret, UNKNOWN } from "../../toolchain/plugins/sdk/values";
import { at, eventuallyReady, initFailure, pod, revealOutsideSecrets, Stack, unreachable, workload } from "./plugin-stack";

const node = new TestCluster();
const kubeconfig = join(node.home, "kubeconfig");
const pause = "agent-platform.local/pause:1";
const namespace = `plugin-test-${process.pid}`;

describe("the Kubernetes plugin on a real API server", function () {
    this.timeout(240_000);
    let cluster: Cluster;
    let home: Stack;

    before(async () => {
        await node.start();
        const settings = readSettings({ kubeconfig });
        cluster = new Cluster(new Client(settings.kubeconfig, settings.origin));
        home = await Stack.open({ kubeconfig, namespace });
        await home.create("v1", "Namespace", "home", { metadata: { name: namespace } });
    });
    after(() => node.remove());

    describe("names", () => {
        it("makes up the same name for the same resource, in the provider's namespace, and keeps it", async () => {
            const first = await home.check("v1", "ConfigMap", "named", { data: { a: "1" } });
            assert.deepEqual(first, await home.check("v1", "ConfigMap", "named", { data: { a: "1" } }));
            assert.match(String(at(first, "metadata", "name")), /^named-[0-9a-f]{8}$/);
            assert.equal(at(first, "metadata", "namespace"), namespace);
            assert.equal(at(await home.check("v1", "ConfigMap", "renamed", { data: { a: "2" } }, first), "metadata", "name"), at(first, "metadata", "name"));
        });

        it("gives a replacement another name, so that both can exist", async () => {
            const config = await home.create("v1", "ConfigMap", "replaced", { data: { a: "1" } });
            const changed = await home.check("v1", "ConfigMap", "replaced", { data: { a: "2" } }, config.inputs);
            const verdict = await home.provider.diff({ ...home.resource("v1", "ConfigMap", "replaced"), id: config.id, oldInputs: config.inputs, oldOutputs: config.outputs, newInputs: changed });
            assert.deepEqual([verdict.replaces, verdict.deleteBeforeReplace], [["data"], false]);
            assert.notEqual(at(await home.check("v1", "ConfigMap", "replaced", { data: { a: "2" } }), "metadata", "name"), at(config.inputs, "metadata", "name"));
        });

        it("leaves out the namespace of what has none", async () => {
            assert.equal(at(await home.check("rbac.authorization.k8s.io/v1", "ClusterRole", "role", { metadata: { namespace: "x" } }), "metadata", "namespace"), undefined);
        });
    });

    describe("creating", () => {
        it("adopts what an interrupted run of the same resource has created", async () => {
            const before = await home.create("v1", "ConfigMap", "twice", { metadata: { name: "twice" }, data: { a: "1" } });
            const again = await (await Stack.open({ kubeconfig, namespace })).create("v1", "ConfigMap", "twice", { metadata: { name: "twice" }, data: { a: "1" } });
            assert.equal(at(again.outputs, "metadata", "uid"), at(before.outputs, "metadata", "uid"));
        });

        it("refuses what someone else has created, and says how to take it over", async () => {
            await cluster.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "foreign", namespace } }, { fieldManager: "someone", force: false, dryRun: false });
            await assert.rejects(home.create("v1", "ConfigMap", "foreign", { metadata: { name: "foreign" } }), /already exists.*pulumi import/);
            const upsert = await Stack.open({ kubeconfig, namespace, upsertExistingObjects: true });
            assert.equal((await upsert.create("v1", "ConfigMap", "foreign", { metadata: { name: "foreign" } })).id, `${namespace}/foreign`);
        });

        it("waits for an object of the same name that is still being deleted", async () => {
            const old = await home.create("v1", "ConfigMap", "dying", { metadata: { name: "dying", finalizers: ["agent-platform/hold"] } });
            await cluster.delete({ apiVersion: "v1", kind: "ConfigMap", name: "dying", namespace }, "Background");
            const release = setTimeout(() => void cluster.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "dying", namespace, finalizers: [] } }, { fieldManager: String(old.outputs.__fieldManager), force: true, dryRun: false }), 800);
            const next = await (await Stack.open({ kubeconfig, namespace })).create("v1", "ConfigMap", "other", { metadata: { name: "dying" } });
            clearTimeout(release);
            assert.notEqual(at(next.outputs, "metadata", "uid"), at(old.outputs, "metadata", "uid"));
        });

        it("shows no mark of its own in the outputs", async () => {
            const made = await home.create("v1", "ConfigMap", "plain", { metadata: { annotations: { mine: "1" } } });
            assert.deepEqual(Object.keys(at(made.outputs, "metadata", "annotations") as object).sort(), ["mine", "pulumi.com/autonamed"]);
            assert.equal(at(made.outputs, "metadata", "managedFields"), undefined);
            const live = await cluster.find({ apiVersion: "v1", kind: "ConfigMap", name: made.name, namespace });
            assert.equal(live?.metadata.annotations?.[OWNER], made.urn);
        });
    });

    describe("secrets", () => {
        it("keeps everything in a Secret secret, and its stringData no cause for change", async () => {
            const made = await home.create("v1", "Secret", "hidden", { stringData: { key: "plain" } });
            assert.deepEqual(made.outputs.data, secret({ key: Buffer.from("plain").toString("base64") }));
            assert.equal(JSON.stringify(revealOutsideSecrets(made.outputs)).includes("plain\""), false);
            const read = await home.read(made);
            assert.deepEqual(diff(revealProps(made.inputs), revealProps(read!.inputs)), new Map());
            await cluster.apply({ apiVersion: "v1", kind: "Secret", metadata: { name: made.name, namespace }, data: { key: Buffer.from("other").toString("base64") } }, { fieldManager: "someone", force: true, dryRun: false });
            assert.equal(at(revealProps((await home.read(made))!.inputs), "stringData", "key"), "other");
        });

        it("keeps a secret in any other field secret", async () => {
            const made = await home.create("v1", "ConfigMap", "half", { data: { open: "a", closed: secret("b") } });
            assert.deepEqual(at(made.outputs, "data"), { open: "a", closed: secret("b") });
        });
    });

    describe("previews", () => {
        it("asks the API server, and calls unknown what only the real run decides", async () => {
            const seen = await home.preview("v1", "Service", "web", { spec: { ports: [{ port: 80 }], selector: { a: "b" } } });
            assert.equal(at(seen, "spec", "type"), "ClusterIP");
            for (const path of [["spec", "clusterIP"], ["metadata", "uid"], ["status"]]) assert.ok(hasUnknown(at(seen, ...path)), path.join("."));
        });

        it("finds a mistake that the API server would refuse", async () => {
            await assert.rejects(home.preview("apps/v1", "Deployment", "wrong", { spec: { replicas: -1, selector: { matchLabels: { a: "b" } }, template: { metadata: { labels: { a: "c" } }, spec: { containers: [] } } } }), /Invalid value/);
        });

        it("makes do with the inputs while the namespace or the kind does not exist yet", async () => {
            const seen = await home.preview("v1", "Service", "early", { metadata: { namespace: "not-yet-there" }, spec: { ports: [{ port: 80 }] } });
            assert.ok(hasUnknown(at(seen, "spec", "clusterIP")));
            assert.deepEqual(at(await home.preview("example.com/v1", "Gadget", "early", { spec: { size: 1 } }), "spec"), { size: 1 });
        });

        it("sends nothing that is unknown", async () => {
            const seen = await home.preview("v1", "ConfigMap", "waits", { data: { a: UNKNOWN } });
            assert.deepEqual(at(seen, "data"), { a: UNKNOWN });
        });

        it("works without a cluster, with one warning, and a real run says clearly why it cannot", async () => {
            const nowhere = await Stack.open({ kubeconfig: unreachable(), namespace: "x" });
            for (const name of ["one", "two"]) await nowhere.preview("v1", "ConfigMap", name, {});
            assert.equal(nowhere.warnings.length, 1);
            assert.match(nowhere.warnings[0]!, /configured Kubernetes cluster is unreachable: https:\/\/127\.0\.0\.1:1 \(context "nowhere"/);
        });
    });

    describe("readiness", () => {
        it("waits for a Deployment and then for the Service in front of it", async () => {
            const [service, deployment] = await Promise.all([
                home.create("v1", "Service", "front", { spec: { ports: [{ port: 80 }], selector: { app: "front" } } }),
                home.create("apps/v1", "Deployment", "front", { spec: workload("front", pause) }),
            ]);
            assert.equal(at(deployment.outputs, "status", "availableReplicas"), 1);
            assert.ok(at(service.outputs, "spec", "clusterIP"));
            assert.ok(home.progress.some((line) => line.includes("replicas")), home.progress.join("\n"));
        });

        it("waits for a StatefulSet and a DaemonSet", async () => {
            const [set, daemons] = await Promise.all([
                home.create("apps/v1", "StatefulSet", "set", { spec: { ...workload("set", pause), serviceName: "set" } }),
                home.create("apps/v1", "DaemonSet", "daemons", { spec: workload("daemons", pause, {}) }),
            ]);
            assert.equal(at(set.outputs, "status", "readyReplicas"), 1);
            assert.equal(at(daemons.outputs, "status", "numberAvailable"), 1);
        });

        it("keeps what never becomes ready, and says why", async () => {
            const failure = await initFailure(home.create("apps/v1", "Deployment", "absent", { spec: workload("absent", "agent-platform.local/does-not-exist:1") }, 4000));
            assert.match(failure.reasons[0]!, /failed to fully initialize or become live.*timed out.*(ErrImageNeverPull|ImagePull)/s);
            assert.match(failure.id, /^plugin-test-\d+\/absent-/);
            assert.equal(at(failure.outputs, "kind"), "Deployment");
        });

        it("ends at once when a Job has failed", async () => {
            const template = { spec: { ...pod(pause), restartPolicy: "Never" } };
            const failure = await initFailure(home.create("batch/v1", "Job", "failing", { spec: { activeDeadlineSeconds: 1, template } }));
            assert.match(failure.reasons[0]!, /Job failed: DeadlineExceeded/);
        });

        it("asks for the replacement of a failed Job only when told to", async () => {
            const template = { spec: { ...pod(pause), restartPolicy: "Never" } };
            for (const [annotations, expected] of [[{}, []], [{ "pulumi.com/replaceUnready": "true" }, [`metadata.annotations["pulumi.com/replaceUnready"]`]]] as const) {
                const name = `unready-${expected.length}`;
                const failure = await initFailure(home.create("batch/v1", "Job", name, { metadata: { annotations }, spec: { activeDeadlineSeconds: 1, template } }));
                const verdict = await home.provider.diff({ ...home.resource("batch/v1", "Job", name), id: failure.id, oldInputs: failure.inputs, oldOutputs: failure.outputs, newInputs: failure.inputs });
                assert.deepEqual(verdict.replaces, expected);
            }
        });

        it("does not wait where the annotation says so", async () => {
            const made = await home.create("apps/v1", "Deployment", "hasty", { metadata: { annotations: { "pulumi.com/skipAwait": "true" } }, spec: workload("hasty", "agent-platform.local/does-not-exist:1") });
            assert.equal(at(made.outputs, "status", "availableReplicas"), undefined);
        });

        it("stops waiting when it is cancelled", async () => {
            const own = await Stack.open({ kubeconfig, namespace });
            setTimeout(() => own.provider.cancel(), 700);
            const failure = await initFailure(own.create("apps/v1", "Deployment", "stopped", { spec: workload("stopped", "agent-platform.local/does-not-exist:1") }));
            assert.match(failure.reasons[0]!, /stopped while waiting/);
        });

        it("waits for a claim to be bound, but not where the first pod has to come first", async () => {
            const claim = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } };
            const bound = await home.create("v1", "PersistentVolumeClaim", "bound", { spec: claim });
            assert.equal(at(bound.outputs, "status", "phase"), "Bound");
            const storage = await home.create("storage.k8s.io/v1", "StorageClass", `later-${process.pid}`, { provisioner: "agent-platform.local/none", volumeBindingMode: "WaitForFirstConsumer" });
            const pending = await home.create("v1", "PersistentVolumeClaim", "pending", { spec: { ...claim, storageClassName: storage.name } });
            assert.equal(at(pending.outputs, "status", "phase"), "Pending");
            await home.delete(storage);
        });

        it("creates a definition and at once an object of it", async () => {
            const group = `p${process.pid}.example.com`;
            const schema = { openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: { size: { type: "integer" } } } } } };
            const names = { kind: "Gadget", plural: "gadgets", singular: "gadget" };
            const [definition, object] = await Promise.all([
                home.create("apiextensions.k8s.io/v1", "CustomResourceDefinition", "gadgets", { metadata: { name: `gadgets.${group}` }, spec: { group, names, scope: "Namespaced", versions: [{ name: "v1", served: true, storage: true, schema }] } }),
                home.create(`${group}/v1`, "Gadget", "one", { spec: { size: 3 } }),
            ]);
            assert.equal(object.id, `${namespace}/${object.name}`);
            // Its namespace was not known to be needed when it was checked; learning it is no change.
            const checked = await home.check(`${group}/v1`, "Gadget", "one", { spec: { size: 3 } }, object.inputs);
            const verdict = await home.provider.diff({ ...home.resource(`${group}/v1`, "Gadget", "one"), id: object.id, oldInputs: object.inputs, oldOutputs: object.outputs, newInputs: checked });
            assert.equal(verdict.changes.size, 0);
            await home.delete(object);
            await home.delete(definition);
            assert.equal(await cluster.find({ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name: `gadgets.${group}` }), undefined);
        });
    });

    describe("changes behind Pulumi's back", () => {
        it("are seen when a field of the program has changed, and not otherwise", async () => {
            const made = await home.create("apps/v1", "Deployment", "drift", { spec: { ...workload("drift", pause), template: { metadata: { labels: { app: "drift" } }, spec: pod(pause, { requests: { cpu: "0.010", memory: "1024Ki" } }) } } });
            assert.deepEqual(diff(revealProps(made.inputs), revealProps((await home.read(made))!.inputs)), new Map(), "untouched");
            const reference = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: made.name, namespace } };
            await cluster.apply({ ...reference, metadata: { ...reference.metadata, labels: { theirs: "1" } }, spec: { replicas: 2 } }, { fieldManager: "someone", force: true, dryRun: false });
            await eventuallyReady(cluster, made.name, namespace);
            const read = await home.read(made);
            assert.deepEqual([...diff(revealProps(made.inputs), revealProps(read!.inputs))], [["spec.replicas", "update"]]);
        });

        it("are repaired by force, and otherwise explained", async () => {
            const made = await home.create("v1", "ConfigMap", "claimed", { metadata: { name: "claimed" }, data: { a: "ours" } });
            await cluster.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "claimed", namespace }, data: { a: "theirs" } }, { fieldManager: "someone", force: true, dryRun: false });
            await assert.rejects(home.update(made, { data: { a: "ours" } }), /field conflict.*\.data\.a.*someone.*patchForce/s);
            const forcing = await Stack.open({ kubeconfig, namespace, enablePatchForce: true });
            assert.deepEqual(at(await forcing.update(made, { data: { a: "ours" } }), "data"), { a: "ours" });
        });

        it("are repaired when the object was deleted", async () => {
            const made = await home.create("v1", "ConfigMap", "vanished", { metadata: { name: "vanished" }, data: { a: "1" } });
            await cluster.delete({ apiVersion: "v1", kind: "ConfigMap", name: "vanished", namespace }, "Background");
            assert.equal(await home.read(made), undefined);
        });

        it("removes a field that the program no longer sets", async () => {
            const made = await home.create("v1", "ConfigMap", "shrinks", { metadata: { name: "shrinks" }, data: { a: "1", b: "2" } });
            assert.deepEqual(at(await home.update(made, { metadata: { name: "shrinks" }, data: { a: "1" } }), "data"), { a: "1" });
        });

        it("reports a resource that is no longer ready when it is refreshed", async () => {
            const made = await home.create("apps/v1", "Deployment", "sickens", { spec: workload("sickens", pause) });
            await cluster.apply({ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: made.name, namespace }, spec: workload("sickens", "agent-platform.local/does-not-exist:1") }, { fieldManager: "someone", force: true, dryRun: false });
            await assert.rejects(home.read(made), (error: unknown) => error instanceof InitFailed && /is not ready/.test(error.message));
        });
    });

    describe("importing", () => {
        it("reads an object without inputs as what a person could have written", async () => {
            const made = await home.create("v1", "ConfigMap", "original", { metadata: { name: "original" }, data: { a: "1" } });
            const read = await home.provider.read({ ...home.resource("v1", "ConfigMap", "imported"), id: `${namespace}/original`, inputs: {}, outputs: {} });
            assert.deepEqual(read?.inputs, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "original", namespace }, data: { a: "1" } });
            assert.equal(read?.id, made.id);
        });

        it("says nothing about what does not exist", async () => {
            assert.equal(await home.provider.read({ ...home.resource("v1", "ConfigMap", "none"), id: `${namespace}/none`, inputs: {}, outputs: {} }), undefined);
        });
    });

    describe("deleting", () => {
        it("waits until what the object owns is gone too", async () => {
            const made = await home.create("apps/v1", "Deployment", "goes", { spec: workload("goes", pause) });
            await home.delete(made);
            assert.deepEqual(await cluster.list("v1", "Pod", namespace, { labelSelector: "app=goes" }), []);
        });

        it("names the finalizer that holds an object back", async () => {
            const made = await home.create("v1", "ConfigMap", "held", { metadata: { name: "held", finalizers: ["agent-platform/hold"] } });
            await assert.rejects(home.delete(made, 1500), /not deleted within.*agent-platform\/hold/);
            await cluster.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "held", namespace, finalizers: [] } }, { fieldManager: String(made.outputs.__fieldManager), force: true, dryRun: false });
        });

        it("is content when the object, its namespace or its kind is gone", async () => {
            const made = await home.create("v1", "ConfigMap", "gone", {});
            await home.delete(made);
            await home.delete(made);
            await home.delete({ ...made, id: "no-such-namespace/gone" });
            await home.delete({ ...made, apiVersion: "example.com/v1", kind: "Gadget", outputs: { apiVersion: "example.com/v1", kind: "Gadget" }, inputs: {} });
        });

        it("leaves an object in place that another resource has taken over", async () => {
            const made = await home.create("v1", "ConfigMap", "moved", { metadata: { name: "moved" } });
            const heir = await (await Stack.open({ kubeconfig, namespace, upsertExistingObjects: true, enablePatchForce: true })).create("v1", "ConfigMap", "heir", { metadata: { name: "moved" } });
            await home.delete(made);
            assert.notEqual(await home.read(heir), undefined);
        });
    });

    describe("Patch resources", () => {
        it("set fields of a foreign object, and give them up again", async () => {
            const target = { apiVersion: "v1", kind: "ConfigMap", name: "patched", namespace };
            await cluster.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "patched", namespace }, data: { a: "1" } }, { fieldManager: "someone", force: false, dryRun: false });
            const made = await home.create("v1", "ConfigMap", "patch", { metadata: { name: "patched" }, data: { b: "2" } }, 0, "ConfigMapPatch");
            assert.deepEqual((await cluster.find(target))?.data, { a: "1", b: "2" });
            await home.delete(made);
            assert.deepEqual((await cluster.find(target))?.data, { a: "1" });
        });
    });
});
