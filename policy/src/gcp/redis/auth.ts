import { expect } from "../../common/expect";
import { isTrue } from "../../common/truth";
import { typedRule } from "../../common/rule";
import { google } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";

export const redisAuth = typedRule({
    id: "gcp-redis-auth",
    title: "Redis of Memorystore asks who is there",
    what: "Instances have `authEnabled: true`; clusters have `authorizationMode: AUTH_MODE_IAM_AUTH`.",
    why: "By default whoever reaches the network of a Memorystore reads and writes all of it: sessions, queues, cached answers.",
    severity: "high",
    strictness: "mandatory",
    references: [google("Memorystore for Redis: about AUTH")],
    remediation: ["Set `authEnabled: true` (for a cluster `authorizationMode: \"AUTH_MODE_IAM_AUTH\"`), and hand the password to the clients through a secret."],
    compliant: [good(gcp.redis, { authEnabled: true }), good(gcp.redisCluster, { authorizationMode: "AUTH_MODE_IAM_AUTH" })],
    violating: [bad(gcp.redis, { authEnabled: null }), bad(gcp.redis, { authEnabled: false }), bad(gcp.redisCluster, { authorizationMode: "AUTH_MODE_DISABLED" })],
    types: [gcp.redis, gcp.redisCluster],
    check(resource, _settings, findings) {
        if (resource.type === gcp.redis) expect(resource, "authEnabled", isTrue, "lets anybody in the network in", findings);
        else expect(resource, "authorizationMode", raw => raw === "AUTH_MODE_IAM_AUTH", "lets anybody in the network in", findings);
    },
});
