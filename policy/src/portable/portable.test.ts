import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { evaluateResource } from "../core/evaluate";
import { resourceOf } from "../core/resource";
import { configurationProblems } from "../environments";
import { rules } from "../rules";
import { portableRules } from ".";

function found(type: string, properties: unknown, settings: Record<string, unknown> = { active: true }): string[] {
    const resource = resourceOf(type, "x", properties);
    return portableRules.filter(rule => rule.scope === "resource" && evaluateResource(rule, resource, settings).some(({ kind }) => kind === "violation")).map(({ id }) => id);
}

function image(name: string): unknown {
    return { spec: { template: { spec: { containers: [{ name: "a", image: name }] } } } };
}

describe("rules of the portable blueprint", () => {
    it("say nothing where they are not asked for", () => {
        assert.deepEqual(found("gcp:sql/databaseInstance:DatabaseInstance", {}, {}), []);
    });

    it("are all switched on by the blueprint's configuration", () => {
        const configuration = JSON.parse(readFileSync(join(__dirname, "../../config/blueprints/portable.json"), "utf8")) as Record<string, unknown>;
        assert.deepEqual(configurationProblems(rules, configuration), []);
        assert.deepEqual(Object.keys(configuration).sort(), portableRules.map(({ id }) => id).sort());
    });

    const forbidden: Readonly<Record<string, readonly [type: string, properties: unknown][]>> = {
        "portable-no-load-balancer": [["hcloud:index/loadBalancer:LoadBalancer", {}], ["gcp:compute/globalForwardingRule:GlobalForwardingRule", {}], ["oci:LoadBalancer/loadBalancer:LoadBalancer", {}], ["aws:lb/loadBalancer:LoadBalancer", {}], ["kubernetes:core/v1:Service", { spec: { type: "LoadBalancer" } }]],
        "portable-no-managed-database": [["gcp:sql/databaseInstance:DatabaseInstance", {}], ["oci:Psql/dbSystem:DbSystem", {}], ["gcp:redis/instance:Instance", {}], ["aws:rds/instance:Instance", {}], ["oci:Redis/redisCluster:RedisCluster", {}]],
        "portable-no-cloud-identity": [["gcp:projects/iAMMember:IAMMember", {}], ["gcp:serviceaccount/account:Account", {}], ["aws:iam/role:Role", {}], ["oci:Identity/policy:Policy", {}], ["kubernetes:core/v1:ServiceAccount", { metadata: { annotations: { "iam.gke.io/gcp-service-account": "a" } } }]],
        "portable-no-service-mesh": [["kubernetes:networking.istio.io/v1:VirtualService", {}], ["kubernetes:linkerd.io/v1alpha2:ServiceProfile", {}], ["kubernetes:apps/v1:Deployment", image("docker.io/istio/proxyv2:1")], ["kubernetes:core/v1:Namespace", { metadata: { labels: { "istio-injection": "enabled" } } }], ["kubernetes:helm.sh/v3:Release", { chart: "istiod" }]],
        "portable-no-broker": [["gcp:pubsub/topic:Topic", {}], ["kubernetes:apps/v1:StatefulSet", image("redis:7")], ["kubernetes:apps/v1:StatefulSet", image("ghcr.io/a/nats:2")], ["kubernetes:apps/v1:Deployment", image("rabbitmq:4-management")], ["kubernetes:kafka.strimzi.io/v1beta2:Kafka", {}], ["kubernetes:helm.sh/v3:Release", { chart: "oci://registry-1.docker.io/bitnamicharts/redis" }]],
        "portable-no-vector-database": [["kubernetes:apps/v1:StatefulSet", image("qdrant/qdrant:v1")], ["kubernetes:apps/v1:StatefulSet", image("semitechnologies/weaviate:1")], ["kubernetes:milvus.io/v1beta1:Milvus", {}], ["pinecone:index:PineconeIndex", {}]],
    };
    for (const [id, resources] of Object.entries(forbidden)) {
        it(`${id} finds ${resources.length} kinds of it, and only it does`, () => {
            for (const [type, properties] of resources) assert.deepEqual(found(type, properties), [id], type);
        });
    }

    it("leave what the blueprint uses alone", () => {
        for (const name of ["pgvector/pgvector:pg17", "docker.io/cloudflare/cloudflared:1", "rayproject/ray:2", "localhost:5000/agent-platform/app:1"]) assert.deepEqual(found("kubernetes:apps/v1:Deployment", image(name)), [], name);
        for (const [type, properties] of [["kubernetes:core/v1:Service", { spec: { type: "ClusterIP" } }], ["kubernetes:ray.io/v1:RayService", {}], ["cloudflare:index/zeroTrustTunnelCloudflared:ZeroTrustTunnelCloudflared", {}], ["random:index/randomPassword:RandomPassword", {}]] as const) assert.deepEqual(found(type, properties), [], type);
    });
});
