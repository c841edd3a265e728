import { opennessOf } from "../common/addresses";
import { Value } from "../core/value";
import { policyRule } from "./policy";
import { policyWith } from "./sound";
import { tailscaleDocs } from "./types";

export const tsAclRoutes = policyRule({
    id: "ts-acl-routes",
    title: "No machine makes itself the way out, and the policy is tested",
    what: "`autoApprovers` approves neither exit nodes nor routes that are the internet (`0.0.0.0/0`, `::/0`, their halves); the policy has `tests`, which Tailscale runs before it takes a new version.",
    why: "Whoever takes over a machine that may approve itself can lead everybody's traffic through it. Without tests a slip in the policy is found by an outage, or by nobody.",
    severity: "medium",
    strictness: "mandatory",
    references: [tailscaleDocs("Auto approvers"), tailscaleDocs("Tests in the policy file")],
    remediation: ["Approve exit nodes by hand; name private networks in `autoApprovers.routes`; write a test for each flow that must work and one that must not."],
    settings: { exitNodes: { type: "boolean", default: false, description: "Whether tags may be approved as exit nodes." } },
    compliant: [policyWith({ autoApprovers: { routes: { "10.0.0.0/16": ["tag:api"] } } })],
    violating: [policyWith({ autoApprovers: { exitNode: ["tag:api"] } }), policyWith({ autoApprovers: { routes: { "0.0.0.0/0": ["tag:api"] } } }), policyWith({ tests: null }), policyWith({ tests: [] })],
    checkPolicy(policy, settings, findings) {
        const approvers = policy.at("autoApprovers");
        for (const node of approvers.at("exitNode").list()) findings.forbid(node, raw => !settings.flag("exitNodes") || typeof raw !== "string" || !raw.startsWith("tag:"), "makes itself the way out for others");
        const routes = approvers.at("routes").entries();
        for (const [, value] of routes) if (value.unknown) findings.undetermined(value);
        const { open } = opennessOf(routes.filter(([, value]) => !(value.isList && value.list().length === 0)).map(([network]) => Value.root({ network }).at("network")));
        if (open) findings.violation(approvers.at("routes"), "approves a route that is the internet");
        const tests = policy.at("tests");
        if (tests.unknown) findings.undetermined(tests);
        else if (tests.list().length === 0) findings.violation(tests, "is empty, so nothing checks the policy");
    },
});
