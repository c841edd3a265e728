import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { resourceOf } from "../core/resource";
import { changed, objections, testMutations, type Mutation } from "../testing/mutations";
import { soundPolicy, soundTailscale } from "./sound";
import { tailscale } from "./types";

const any = "ts-acl-any";
const scope = "ts-acl-scope";
const ssh = "ts-acl-ssh";
const routes = "ts-acl-routes";

// Changes of the policy itself, which is one property of the resource.
const policy: readonly Mutation[] = [
    ["acls/0", { action: "accept", src: ["*"], dst: ["*:*"] }, any], ["acls/0", { action: "accept", users: ["*"], ports: ["*:*"] }, any], ["acls/0", { action: "accept", src: ["autogroup:member", "autogroup:tagged"], dst: ["*:*"] }, any],
    ["acls/0", { action: "accept", src: ["100.64.0.0/10"], dst: ["0.0.0.0/0:*"] }, any], ["acls/0", { action: "accept", src: ["*"], dst: ["*:0-65535"] }, any], ["acls/0", { action: "accept", src: ["*"], dst: ["*:443"] }],
    ["acls", undefined, any], ["acls", []], ["grants", [{ src: ["*"], dst: ["*"], ip: ["*"] }], any], ["grants", [{ src: ["*"], dst: ["*"], ip: ["tcp:443"] }]], ["grants", [{ src: ["tag:api"], dst: ["tag:db"], ip: ["*"] }], scope],
    ["grants", [{ src: ["tag:api"], dst: ["tag:db"], app: { "example.com/cap/db": [{}] } }]], ["acls/0/dst", ["tag:db:*"], scope], ["acls/0/dst", ["*:*"], scope], ["acls/0/dst", ["tag:db:1-65535"], scope], ["acls/0/dst", ["tag:db:5432,6432"]],
    ["acls/0/dst", ["autogroup:internet:*"], scope], ["acls/1/dst", ["autogroup:internet:*"]], ["acls/1/dst", ["autogroup:self:*"]], ["tagOwners/tag:db", ["autogroup:member"], scope], ["tagOwners/tag:db", ["autogroup:admin"]], ["tagOwners/tag:db", []],
    ["ssh/0/action", "accept", ssh], ["ssh/0/src", ["autogroup:member"]], ["ssh/0", { action: "check", src: ["autogroup:member"], dst: ["tag:api"], users: ["root"] }, ssh], ["ssh/0", { action: "check", src: ["*"], dst: ["tag:api"], users: ["*"] }, ssh],
    ["ssh/0", { action: "accept", src: ["tag:api"], dst: ["tag:db"], users: ["deploy"] }], ["ssh/0", { action: "accept", src: ["autogroup:member"], dst: ["autogroup:self"], users: ["root"] }], ["ssh", undefined], ["ssh/0/users", ["root"]],
    ["autoApprovers/exitNode", ["tag:api"], routes], ["autoApprovers/exitNode", []], ["autoApprovers/routes", { "0.0.0.0/0": ["tag:api"] }, routes], ["autoApprovers/routes", { "0.0.0.0/1": ["tag:api"], "128.0.0.0/1": ["tag:api"] }, routes],
    ["autoApprovers/routes", { "::/0": ["tag:api"] }, routes], ["autoApprovers/routes", { "192.168.0.0/24": ["tag:api"] }], ["autoApprovers", undefined], ["tests", undefined, routes], ["tests", [], routes],
    ["nodeAttrs", [{ target: ["*"], attr: ["funnel"] }], scope], ["nodeAttrs", [{ target: ["tag:api"], attr: ["funnel"] }]], ["nodeAttrs", [{ target: ["*"], attr: ["nextdns:1"] }]],
];

describe("policies of tailnets", () => {
    for (const [form, write] of [["an object", (text: unknown) => text], ["HuJSON", (text: unknown) => `// The policy\n${JSON.stringify(text, undefined, 2).replaceAll("]", ",] /* end */").replaceAll("[,]", "[]").replaceAll(/\[(\s*),\]/g, "[]")}`]] as const) {
        it(`as ${form}: ${policy.length} mutations trip exactly the rules they should`, () => {
            const wrong = policy.flatMap(([path, value, ...expected]) => {
                const found = objections(resourceOf(tailscale.acl, "policy", { acl: write(changed(soundPolicy, path, value)) }));
                return JSON.stringify(found.sort()) === JSON.stringify([...expected].sort()) ? [] : [`${path} = ${JSON.stringify(value)}: ${found.join() || "nothing"} instead of ${expected.join() || "nothing"}`];
            });
            assert.deepEqual(wrong, []);
        });
    }
});

testMutations("Tailscale", soundTailscale, {
    [tailscale.acl]: [["overwriteExistingContent", true, "ts-acl-overwrite"], ["overwriteExistingContent", undefined], ["resetAclOnDestroy", true, "ts-acl-overwrite"], ["acl", "{}", any, routes], ["acl", "not json"]],
    [tailscale.key]: [
        ["tags", undefined, "ts-key"], ["tags", [], "ts-key"], ["reusable", true], ["ephemeral", false], ["ephemeral", undefined], ["expiry", undefined, "ts-key"], ["expiry", 7776000, "ts-key"], ["expiry", 2592000], ["expiry", 2592001, "ts-key"], ["expiry", 0, "ts-key"], ["preauthorized", false],
    ],
    [tailscale.settings]: [["devicesApprovalOn", false, "ts-settings"], ["devicesApprovalOn", undefined, "ts-settings"], ["devicesKeyDurationDays", 180, "ts-settings"], ["devicesKeyDurationDays", 30], ["networkFlowLoggingOn", false, "ts-settings"]],
    [tailscale.oauth]: [["scopes", ["all"], "ts-settings"], ["scopes", ["dns", "auth_keys"]]],
    [tailscale.federated]: [["scopes", ["all"], "ts-settings"], ["subject", "*", "ts-settings"]],
    [tailscale.deviceKey]: [["keyExpiryDisabled", true, "ts-settings"], ["keyExpiryDisabled", undefined]],
});
