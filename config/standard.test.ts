import assert from "node:assert/strict";
import { ConfigProblem, parseConfig } from "../config";

const digest = `@sha256:${"a".repeat(64)}`;
const images = JSON.stringify(Object.fromEntries(["app", "web", "postgres", "redis", "cloudnative-pg", "pgbouncer"].map((name) => [name, `r.test/${name}${digest}`])));
const enough = { blueprint: "standard", context: "mine", hostname: "agents-api.example.com", apiServerCidr: "10.0.0.0/28", images };

function read(values: Record<string, string>, secretKeys: readonly string[] = []) {
    return parseConfig({ values, secretKeys: new Set(secretKeys), localKubeconfig: "k" });
}

function keysOf(values: Record<string, string>, secretKeys: readonly string[] = []): string[] {
    try {
        read(values, secretKeys);
    } catch (error) {
        assert.ok(error instanceof ConfigProblem, String(error));
        return error.findings.map((finding) => finding.key);
    }
    return [];
}

describe("the configuration of standard", () => {
    it("has the numbers of document 001 when nothing else is said", () => {
        const config = read(enough);
        assert.ok(config.blueprint === "standard");
        assert.deepEqual([config.agentReplicas, config.ragReplicas, config.uploadReplicas, config.rateLimitPerMinute, config.certificateIssuer, config.database, config.queue], [3, 2, 3, 100, "letsencrypt-prod", "cloudnativepg", "redis"]);
        assert.deepEqual(config.platform, { kind: "existing", provider: "any", cluster: { context: "mine" } });
        assert.equal(config.gatewayClass, "envoy-gateway");
    });

    it("names what a platform cannot do without, and what is of no use to it", () => {
        assert.deepEqual(keysOf({ ...enough, hostname: "", apiServerCidr: "" }).sort(), ["apiServerCidr", "hostname"]);
        assert.deepEqual(keysOf({ blueprint: "standard", platform: "gke", hostname: "a.example.com", images }), ["gcpProject"]);
        assert.deepEqual(keysOf({ blueprint: "standard", platform: "gke", gcpProject: "agents-production", context: "mine", hostname: "a.example.com", images }), ["context"]);
        assert.deepEqual(keysOf({ blueprint: "standard", platform: "oke", hostname: "a.example.com", images }), ["ociCompartment", "ociNodeImage"]);
    });

    it("wants all of an archive or nothing, and its keys encrypted", () => {
        assert.deepEqual(keysOf({ ...enough, archiveUrl: "s3://backups/postgres" }), ["archiveEndpoint", "archiveAccessKey", "archiveSecretKey"]);
        const archive = { archiveUrl: "s3://backups/postgres", archiveEndpoint: "https://s3.example.com", archiveAccessKey: "a", archiveSecretKey: "s" };
        assert.deepEqual(keysOf({ ...enough, ...archive }), ["archiveAccessKey", "archiveSecretKey"]);
        assert.deepEqual(keysOf({ ...enough, ...archive }, ["archiveAccessKey", "archiveSecretKey"]), []);
        assert.deepEqual(keysOf({ ...enough, ...archive, database: "statefulset" }, ["archiveAccessKey", "archiveSecretKey"]), ["archiveUrl"]);
    });

    it("knows the two halves of a stack", () => {
        const gke = { blueprint: "standard", platform: "gke", gcpProject: "agents-production", hostname: "a.example.com", images };
        assert.deepEqual(keysOf({ ...gke, stackPart: "services" }), ["clusterStack"]);
        assert.deepEqual(keysOf({ ...gke, clusterStack: "organization/agent-platform/prod" }), ["clusterStack"]);
        assert.deepEqual(keysOf({ ...gke, images: "{}", stackPart: "cluster" }), [], "a cluster without services needs no images");
        assert.deepEqual(keysOf({ ...enough, stackPart: "cluster" }), ["stackPart"]);
    });

    it("takes a key to check images with, and says what that needs", () => {
        const signingKey = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n";
        const withOperator = JSON.stringify({ ...(JSON.parse(images) as object), "cloudnative-pg-operator": `r.test/operator${digest}` });
        assert.deepEqual(keysOf({ ...enough, signingKey }), ["images.cloudnative-pg-operator"], "its first step runs in every Postgres pod");
        const config = read({ ...enough, signingKey, images: withOperator.replaceAll("r.test/", "r.test:5000/agents/"), registry: "r.test:5000/agents", registryCidr: "10.1.0.0/24" });
        assert.deepEqual(config.blueprint === "standard" && config.signing, { publicKey: signingKey, folder: "r.test:5000/agents", registry: { host: "r.test", port: 5000, cidr: "10.1.0.0/24" } });
        assert.deepEqual(keysOf({ ...enough, signingKey: "a key" }), ["signingKey"]);
        assert.deepEqual(keysOf({ ...enough, registryCidr: "10.1.0.0/24" }), ["registryCidr"], "nobody would ask it");
        assert.deepEqual(keysOf({ ...enough, signingKey, database: "statefulset", apiServerCidr: "" }), ["apiServerCidr"]);
        assert.deepEqual(keysOf({ ...enough, context: "", signingKey, images: withOperator }), ["signingKey"], "images of this machine are in no registry");
    });

    it("finds replicas out of order and keys of other blueprints", () => {
        assert.deepEqual(keysOf({ ...enough, mostReplicas: "2" }), ["agentReplicas", "uploadReplicas"]);
        assert.deepEqual(keysOf({ ...enough, agentMaxReplicas: "3" }), ["agentMaxReplicas"]);
        assert.deepEqual(keysOf({ ...enough, workerReplicas: "0" }), []);
        assert.deepEqual(keysOf({ ...enough, workerReplicas: "0", keda: "false" }), ["workerReplicas"], "nothing would start a first worker");
    });
});
