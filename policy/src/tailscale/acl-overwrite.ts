import { typedRule } from "../common/rule";
import { isTrue } from "../common/truth";
import { bad, good } from "./sound";
import { tailscale, tailscaleDocs } from "./types";

export const tsAclOverwrite = typedRule({
    id: "ts-acl-overwrite",
    title: "The policy of the tailnet is neither overwritten unseen nor reset",
    what: "`overwriteExistingContent` and `resetAclOnDestroy` are not true.",
    why: "The one throws away what somebody else wrote; the other puts the vendor's default back, which allows everything.",
    severity: "medium",
    strictness: "production",
    references: [tailscaleDocs("Terraform provider: tailscale_acl")],
    remediation: ["Import the policy that is there (`pulumi import tailscale:index/acl:Acl policy acl`), and leave both out."],
    compliant: [good(tailscale.acl, { overwriteExistingContent: false })],
    violating: [bad(tailscale.acl, { overwriteExistingContent: true }), bad(tailscale.acl, { resetAclOnDestroy: true })],
    types: [tailscale.acl],
    check({ properties }, _settings, findings) {
        findings.forbid(properties.at("overwriteExistingContent"), isTrue, "overwrites what others wrote");
        findings.forbid(properties.at("resetAclOnDestroy"), isTrue, "allows everything when it is destroyed");
    },
});
