import { expect } from "../../common/expect";
import { typedRule } from "../../common/rule";
import { google } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";

export const redisTls = typedRule({
    id: "gcp-redis-tls",
    title: "Redis of Memorystore encrypts its connections",
    what: "Instances have `transitEncryptionMode: SERVER_AUTHENTICATION`; clusters have `TRANSIT_ENCRYPTION_MODE_SERVER_AUTHENTICATION`.",
    why: "By default Redis speaks clear text: its password and everything stored pass the network readable.",
    severity: "high",
    strictness: "mandatory",
    references: [google("Memorystore for Redis: in-transit encryption")],
    remediation: ["Set `transitEncryptionMode`; it cannot be changed later without making the instance anew."],
    compliant: [good(gcp.redis, { transitEncryptionMode: "SERVER_AUTHENTICATION" }), good(gcp.redisCluster, { transitEncryptionMode: "TRANSIT_ENCRYPTION_MODE_SERVER_AUTHENTICATION" })],
    violating: [bad(gcp.redis, { transitEncryptionMode: null }), bad(gcp.redisCluster, { transitEncryptionMode: "TRANSIT_ENCRYPTION_MODE_DISABLED" })],
    types: [gcp.redis, gcp.redisCluster],
    check(resource, _settings, findings) {
        expect(resource, "transitEncryptionMode", raw => typeof raw === "string" && raw.endsWith("SERVER_AUTHENTICATION"), "leaves connections unencrypted", findings);
    },
});
