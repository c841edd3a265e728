import { accessesOf, isAllPorts, isAnything, isEverybody, policyRule } from "./policy";
import { policyWith } from "./sound";
import { tailscaleDocs } from "./types";

export const tsAclAny = policyRule({
    id: "ts-acl-any",
    title: "Not everybody reaches everything in the tailnet",
    what: "No rule of `acls` and no grant lets everybody (`*`, or all people and all tagged machines, or the tailnet's whole range) reach everything on all ports; and `acls` or `grants` is there, because without both Tailscale allows everything.",
    why: "This is the vendor's default: one laptop that is taken over then reaches every database and every node.",
    severity: "critical",
    strictness: "mandatory",
    references: [tailscaleDocs("Manage permissions: deny by default")],
    remediation: ["Write who may reach what: `{ action: \"accept\", src: [\"tag:api\"], dst: [\"tag:db:5432\"] }`. `acls: []` allows nothing."],
    compliant: [policyWith({ acls: [{ action: "accept", src: ["tag:api"], dst: ["tag:db:5432"] }] }), policyWith({ acls: [] })],
    violating: [
        policyWith({ acls: [{ action: "accept", src: ["*"], dst: ["*:*"] }] }),
        policyWith({ acls: null, grants: [{ src: ["*"], dst: ["*"], ip: ["*"] }] }),
        policyWith({ acls: null }),
    ],
    checkPolicy(policy, _settings, findings) {
        const [acls, grants] = [policy.at("acls"), policy.at("grants")];
        if (acls.absent && grants.absent) return findings.violation(acls, "is not there, and neither is `grants`, so everything is allowed");
        for (const { sources, targets } of accessesOf(policy)) {
            const everybody = isEverybody(sources);
            for (const { value, host, ports } of targets) {
                const unclear = [...sources, value].find(part => part.unknown);
                if (everybody && isAnything(host) && isAllPorts(ports)) findings.violation(value, "lets everybody reach everything");
                else if (unclear && (everybody || isAnything(host) || value.unknown)) findings.undetermined(unclear);
            }
        }
    },
});
