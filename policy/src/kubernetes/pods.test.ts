import { unknownCheckingProxy } from "@pulumi/policy";
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { evaluateResource } from "../core/evaluate";
import { resourceOf, type Resource } from "../core/resource";
import { Value } from "../core/value";
import { unknownList, unknownObject, unknownText } from "../testing/unknowns";
import { podsOf } from "./pods";
import { privileged } from "./pod-security/privileged";
import { runAsNonRoot } from "./pod-security/run-as-non-root";

const bad = { containers: [{ name: "c", securityContext: { privileged: true } }] };

function paths(resource: Resource): string[] {
    return evaluateResource(privileged, resource).map(({ kind, path }) => `${kind} ${path}`);
}

function inPreview(type: string, properties: object): Resource {
    return { ...resourceOf(type, "x", {}), properties: Value.root(unknownCheckingProxy(properties)) };
}

describe("the workload walker", () => {
    const end = ".containers[0].securityContext.privileged";
    const places: Readonly<Record<string, readonly [properties: unknown, path: string]>> = {
        "core/v1:Pod": [{ spec: bad }, "spec"],
        "core/v1:PodTemplate": [{ template: { spec: bad } }, "template.spec"],
        "core/v1:ReplicationController": [{ spec: { template: { spec: bad } } }, "spec.template.spec"],
        "apps/v1:Deployment": [{ spec: { template: { spec: bad } } }, "spec.template.spec"],
        "apps/v1beta1:Deployment": [{ spec: { template: { spec: bad } } }, "spec.template.spec"],
        "extensions/v1beta1:Deployment": [{ spec: { template: { spec: bad } } }, "spec.template.spec"],
        "apps/v1:StatefulSet": [{ spec: { template: { spec: bad } } }, "spec.template.spec"],
        "apps/v1:DaemonSet": [{ spec: { template: { spec: bad } } }, "spec.template.spec"],
        "apps/v1:ReplicaSet": [{ spec: { template: { spec: bad } } }, "spec.template.spec"],
        "batch/v1:Job": [{ spec: { template: { spec: bad } } }, "spec.template.spec"],
        "batch/v1:CronJob": [{ spec: { jobTemplate: { spec: { template: { spec: bad } } } } }, "spec.jobTemplate.spec.template.spec"],
        "apps/v1:DeploymentPatch": [{ spec: { template: { spec: bad } } }, "spec.template.spec"],
        "core/v1:PodList": [{ items: [{ spec: {} }, { spec: bad }] }, "items[1].spec"],
        "ray.io/v1:RayCluster": [{ spec: { headGroupSpec: { template: { spec: bad } } } }, "spec.headGroupSpec.template.spec"],
        "ray.io/v1:RayService": [{ spec: { rayClusterConfig: { workerGroupSpecs: [{}, { template: { spec: bad } }] } } }, "spec.rayClusterConfig.workerGroupSpecs[1].template.spec"],
        "serving.knative.dev/v1:Service": [{ spec: { template: { spec: bad } } }, "spec.template.spec"],
        "keda.sh/v1alpha1:ScaledJob": [{ spec: { jobTargetRef: { template: { spec: bad } } } }, "spec.jobTargetRef.template.spec"],
        "argoproj.io/v1alpha1:Rollout": [{ spec: { template: { spec: bad } } }, "spec.template.spec"],
        "monitoring.coreos.com/v1:Prometheus": [{ spec: bad }, "spec"],
        "postgresql.cnpg.io/v1:Pooler": [{ spec: { template: { spec: bad } } }, "spec.template.spec"],
        "elasticsearch.k8s.elastic.co/v1:Elasticsearch": [{ spec: { nodeSets: [{ podTemplate: { spec: bad } }] } }, "spec.nodeSets[0].podTemplate.spec"],
        "tekton.dev/v1:PipelineRun": [{ spec: { podSpec: bad } }, "spec.podSpec"],
        "jobset.x-k8s.io/v1alpha2:JobSet": [{ spec: { replicatedJobs: [{ template: { spec: { template: { spec: bad } } } }] } }, "spec.replicatedJobs[0].template.spec.template.spec"],
        "kubeflow.org/v1:PyTorchJob": [{ spec: { pytorchReplicaSpecs: { Worker: { template: { spec: bad } } } } }, "spec.pytorchReplicaSpecs.Worker.template.spec"],
    };
    for (const [type, [properties, path]] of Object.entries(places)) {
        it(`finds the pod in ${type}`, () => {
            assert.deepEqual(paths(resourceOf(`kubernetes:${type}`, "x", properties)), [`violation ${path}${end}`]);
        });
    }

    it("looks at all kinds of containers", () => {
        for (const field of ["initContainers", "containers", "ephemeralContainers"]) {
            assert.deepEqual(paths(resourceOf("kubernetes:core/v1:Pod", "x", { spec: { [field]: bad.containers } })), [`violation spec.${field}[0].securityContext.privileged`]);
        }
    });

    it("leaves alone what makes no pods", () => {
        for (const type of ["kubernetes:core/v1:Service", "kubernetes:helm.sh/v3:Release", "kubernetes:yaml:ConfigFile", "pulumi:providers:kubernetes", "gcp:compute/instance:Instance", "agent-platform:index:Workload"]) {
            assert.deepEqual(paths(resourceOf(type, "x", { spec: { template: { spec: bad } } })), [], type);
        }
    });

    it("asks of patches and of what operators complete only that nothing bad is set", () => {
        const without = { containers: [{ name: "c" }] };
        for (const [type, properties] of [["apps/v1:DeploymentPatch", { spec: { template: { spec: without } } }], ["monitoring.coreos.com/v1:Prometheus", { spec: without }], ["postgresql.cnpg.io/v1:Pooler", { spec: { template: { spec: without } } }]] as const) {
            assert.deepEqual(evaluateResource(runAsNonRoot, resourceOf(`kubernetes:${type}`, "x", properties)), [], type);
        }
        assert.equal(evaluateResource(runAsNonRoot, resourceOf("kubernetes:apps/v1:Deployment", "x", { spec: { template: { spec: without } } })).length, 1);
    });

    it("is undetermined where a pod may be and nothing is known yet", () => {
        assert.deepEqual(paths(inPreview("kubernetes:apps/v1:Deployment", { spec: unknownObject })), ["undetermined spec"]);
        assert.deepEqual(paths(inPreview("kubernetes:apps/v1:Deployment", { spec: { template: { spec: { containers: unknownList } } } })), ["undetermined spec.template.spec.containers"]);
        assert.deepEqual(paths(inPreview("kubernetes:ray.io/v1:RayCluster", { spec: { headGroupSpec: { template: unknownObject } } })), ["undetermined spec.headGroupSpec.template"]);
    });

    it("does not fret over unknown plain fields of custom resources", () => {
        assert.deepEqual(paths(inPreview("kubernetes:gateway.networking.k8s.io/v1:HTTPRoute", { spec: { hostnames: [unknownText] }, status: unknownObject })), []);
    });

    it("says so when a custom resource is too deep to search", () => {
        let deep: unknown = { spec: bad };
        for (let depth = 0; depth < 40; depth++) deep = { inner: deep };
        const { pods, unsearched } = podsOf(resourceOf("kubernetes:example.com/v1:Thing", "x", deep));
        assert.equal(pods.length, 0);
        assert.equal(unsearched.length, 1);
    });
});
