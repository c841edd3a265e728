import { unknownCheckingProxy } from "@pulumi/policy";
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { resourceOf, type Resource } from "../../core/resource";
import type { Rule } from "../../core/rule";
import { Value } from "../../core/value";
import { findingsIn, kinds } from "../../testing/samples";
import { unknownList, unknownText } from "../../testing/unknowns";
import { rbacEscalation } from "./escalation";
import { rbacExec } from "./exec";
import { rbacSecrets } from "./secrets";
import { rbacWildcard } from "./wildcard";

function role(...rules: object[]): Resource {
    return { ...resourceOf("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", "r", {}), properties: Value.root(unknownCheckingProxy({ metadata: { name: "r" }, rules })) };
}

function found(rule: Rule, ...rules: object[]): string[] {
    return kinds(findingsIn(rule, [role(...rules)]));
}

describe("rules about roles", () => {
    it("see what wildcards grant", () => {
        const everything = { apiGroups: ["*"], resources: ["*"], verbs: ["*"] };
        for (const rule of [rbacWildcard, rbacSecrets, rbacEscalation, rbacExec]) assert.ok(found(rule, everything).includes("violation"), rule.id);
        assert.deepEqual(found(rbacExec, { apiGroups: [""], resources: ["*/exec"], verbs: ["create"] }), ["violation"]);
        // The API server knows no such wildcard; k8s-rbac-wildcard objects to it as such.
        assert.deepEqual(found(rbacExec, { apiGroups: [""], resources: ["pods/*"], verbs: ["create"] }), []);
    });

    it("do not mistake one group, resource or verb for another", () => {
        assert.deepEqual(found(rbacSecrets, { apiGroups: ["example.com"], resources: ["secrets"], verbs: ["get"] }), []);
        assert.deepEqual(found(rbacSecrets, { apiGroups: [""], resources: ["secrets"], verbs: ["create"] }), []);
        assert.deepEqual(found(rbacSecrets, { apiGroups: [""], resources: ["secrets"], verbs: ["get"], resourceNames: ["one"] }), []);
        assert.deepEqual(found(rbacSecrets, { apiGroups: [""], resources: ["secrets"], verbs: ["get"], resourceNames: [] }), ["violation"]);
        assert.deepEqual(found(rbacExec, { apiGroups: [""], resources: ["pods"], verbs: ["get", "delete"] }), []);
        assert.deepEqual(found(rbacEscalation, { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["create"] }), []);
    });

    it("are undetermined where what is unknown could complete a right", () => {
        assert.deepEqual(found(rbacSecrets, { apiGroups: [""], resources: unknownList, verbs: ["get"] }), ["undetermined"]);
        assert.deepEqual(found(rbacSecrets, { apiGroups: [""], resources: unknownList, verbs: ["create"] }), []);
        assert.deepEqual(found(rbacSecrets, { apiGroups: [""], resources: ["secrets"], verbs: [unknownText, "get"] }), ["violation"]);
        assert.deepEqual(found(rbacSecrets, { apiGroups: [""], resources: ["secrets"], verbs: ["get"], resourceNames: unknownList }), ["undetermined"]);
    });
});
