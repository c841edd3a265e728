import { typedRule } from "../common/rule";
import { isTrue, numberOf } from "../common/truth";
import type { Findings } from "../core/findings";
import type { Value } from "../core/value";
import { bad, good } from "./sound";
import { tailscale, tailscaleDocs } from "./types";

export const tsSettings = typedRule({
    id: "ts-settings",
    title: "The tailnet approves devices, lets keys expire and logs flows; clients may do what they need",
    what: "`TailnetSettings` has `devicesApprovalOn`, `devicesKeyDurationDays` of at most 90 and `networkFlowLoggingOn`. OAuth clients and federated identities do not have the scope `all`, and the subject of an identity is not a star alone. No device is exempt from key expiry.",
    why: "A device that nobody approved is somebody's; a key that does not expire is a lost laptop's way in; without flow logs nobody can say what it did.",
    severity: "medium",
    strictness: "advisory",
    references: [tailscaleDocs("Best practices to secure your tailnet"), tailscaleDocs("OAuth clients: scopes")],
    remediation: ["Set the three settings; give clients the scopes they use, such as `auth_keys`."],
    compliant: [good(tailscale.settings), good(tailscale.oauth)],
    violating: [bad(tailscale.settings, { devicesApprovalOn: false }), bad(tailscale.settings, { devicesKeyDurationDays: 180 }), bad(tailscale.settings, { networkFlowLoggingOn: null }), bad(tailscale.oauth, { scopes: ["all"] }), bad(tailscale.deviceKey, { keyExpiryDisabled: true })],
    types: [tailscale.settings, tailscale.oauth, tailscale.federated, tailscale.deviceKey],
    check({ properties, type }, _settings, findings) {
        if (type === tailscale.deviceKey) return findings.forbid(properties.at("keyExpiryDisabled"), isTrue, "lets the device's key never expire");
        if (type !== tailscale.settings) return checkClient(properties, findings);
        findings.require(properties.at("devicesApprovalOn"), isTrue, "lets devices join that nobody approved");
        findings.require(properties.at("networkFlowLoggingOn"), isTrue, "leaves flows unlogged");
        findings.require(properties.at("devicesKeyDurationDays"), raw => {
            const days = numberOf(raw);
            return days !== undefined && days > 0 && days <= 90;
        }, "is longer than 90 days, or not set");
    },
});

function checkClient(properties: Value, findings: Findings): void {
    for (const scope of properties.at("scopes").list()) findings.forbid(scope, raw => raw === "all" || raw === "all:read", "may do everything");
    findings.forbid(properties.at("subject"), raw => typeof raw === "string" && /^\*+$/.test(raw.trim()), "is everybody whom the issuer knows");
}
