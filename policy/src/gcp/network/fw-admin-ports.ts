import { adminPortSettings, reached } from "../../common/ports";
import { typedRule } from "../../common/rule";
import type { Findings } from "../../core/findings";
import type { Settings } from "../../core/settings";
import { cisGcp } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";
import { allowRules, firewallTypes, type FirewallRule } from "./firewalls";

export const firewallAdminPorts = typedRule({
    id: "gcp-fw-admin-ports",
    title: "Ports of administration and databases are closed to the internet",
    what: "No firewall rule that is in force lets the internet in (`0.0.0.0/0`, `::/0`, their halves, or no source at all) to the ports of the setting `ports`: SSH, RDP, databases, kubelet, etcd and the like. Ranges and \"all\" count for the ports in them. VPC rules and rules of firewall policies are treated alike.",
    why: "These ports are tried by robots within minutes; one weak password or one unpatched service is then enough.",
    severity: "critical",
    strictness: "mandatory",
    references: [cisGcp("3.6"), cisGcp("3.7")],
    remediation: ["Limit `sourceRanges` to the networks that need it: for SSH through Identity-Aware Proxy that is `35.235.240.0/20`.", "Better: no open port, and Tailscale or the tunnel instead."],
    settings: adminPortSettings,
    compliant: [
        good(gcp.firewall, { sourceRanges: ["35.235.240.0/20"], allows: [{ protocol: "tcp", ports: ["22"] }] }),
        good(gcp.firewall, { sourceRanges: ["0.0.0.0/0"], allows: [{ protocol: "tcp", ports: ["443"] }] }),
        good(gcp.firewall, { sourceRanges: ["0.0.0.0/0"], allows: null, denies: [{ protocol: "tcp", ports: ["22"] }] }),
    ],
    violating: [
        bad(gcp.firewall, { sourceRanges: ["0.0.0.0/0"], allows: [{ protocol: "tcp", ports: ["22"] }] }),
        bad(gcp.firewall, { sourceRanges: ["::/0"], allows: [{ protocol: "tcp", ports: ["3380-3390"] }] }),
        bad(gcp.firewall, { sourceRanges: ["0.0.0.0/1", "128.0.0.0/1"], allows: [{ protocol: "6", ports: ["5432"] }] }),
    ],
    types: firewallTypes,
    check(resource, settings, findings) {
        for (const rule of allowRules(resource)) checkRule(rule, settings, rule.doubt ? findings.under({ doubt: rule.doubt }) : findings);
    },
});

function checkRule(rule: FirewallRule, settings: Settings, findings: Findings): void {
    if (rule.egress) return;
    const { open, unclear } = rule.openness;
    if (!open && !unclear) return;
    for (const { protocol, name, ports } of rule.allowed) {
        if (protocol.known && name !== undefined && !["tcp", "udp", "all"].includes(name)) continue;
        for (const { value, ranges } of ports) {
            // What is not known could be any port.
            const hit = ranges === undefined || ranges.some(range => reached(range, settings.list("ports")).length > 0);
            if (!hit) continue;
            const doubt = [rule.direction, unclear, protocol, value].find(part => part?.unknown);
            if (doubt) findings.undetermined(doubt);
            else findings.violation(value, "is open to the internet");
        }
    }
}
