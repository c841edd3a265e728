import type { Value } from "../core/value";
import { policyRule } from "./policy";
import { policyWith } from "./sound";
import { tailscaleDocs } from "./types";

const everybody = /^(\*|autogroup:(member|members|shared|danger-all))$/;
const root = /^(root|\*|autogroup:root)$/;

export const tsAclSsh = policyRule({
    id: "ts-acl-ssh",
    title: "Tailscale SSH asks again, and makes nobody root by the way",
    what: "No rule of `ssh` lets every member sign in as root; rules by which people reach tagged machines have the action `check`, which asks them to sign in again, not `accept`.",
    why: "A stolen laptop has an open tailnet. Without a check it has an open shell on every machine too.",
    severity: "high",
    strictness: "mandatory",
    references: [tailscaleDocs("Tailscale SSH: check mode")],
    remediation: ["Use `action: \"check\"`, name a group in `src`, and users other than root."],
    compliant: [policyWith({ ssh: [{ action: "check", src: ["group:ops"], dst: ["tag:api"], users: ["deploy"] }] }), policyWith({ ssh: [{ action: "accept", src: ["autogroup:member"], dst: ["autogroup:self"], users: ["autogroup:nonroot"] }] })],
    violating: [
        policyWith({ ssh: [{ action: "check", src: ["autogroup:member"], dst: ["tag:api"], users: ["root"] }] }),
        policyWith({ ssh: [{ action: "accept", src: ["group:ops"], dst: ["tag:db"], users: ["deploy"] }] }),
    ],
    checkPolicy(policy, _settings, findings) {
        for (const rule of policy.at("ssh").list()) {
            if (rule.unknown) {
                findings.undetermined(rule);
                continue;
            }
            const [action, sources, targets, users] = [rule.at("action"), rule.at("src").list(), rule.at("dst").list(), rule.at("users").list()];
            const unclear = [action, ...sources, ...targets, ...users].find(part => part.unknown);
            if (unclear) findings.undetermined(unclear);
            const asRoot = users.find(user => matches(user, root));
            const isSelf = targets.length > 0 && targets.every(target => target.value === "autogroup:self");
            if (asRoot && !isSelf && sources.some(source => matches(source, everybody))) findings.violation(asRoot, "lets every member be root");
            const people = sources.some(source => !source.unknown && !source.text?.startsWith("tag:") && source.value !== "autogroup:tagged");
            if (action.value === "accept" && people && targets.some(target => target.text?.startsWith("tag:") || target.value === "*" || target.value === "autogroup:tagged")) findings.violation(action, "does not ask people to sign in again");
        }
    },
});

function matches(value: Value, pattern: RegExp): boolean {
    return value.text !== undefined && pattern.test(value.text);
}
