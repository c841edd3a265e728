import { opennessOf } from "../common/addresses";
import { adminPortSettings, reached } from "../common/ports";
import { typedRule } from "../common/rule";
import type { Findings } from "../core/findings";
import type { Settings } from "../core/settings";
import { cisOci } from "./frameworks";
import { ingressRules, type IngressRule } from "./rules-of-lists";
import { bad, good } from "./sound";
import { oci } from "./types";

export const ociOpenAdminPorts = typedRule({
    id: "oci-open-admin-ports",
    title: "Ports of administration and databases are closed to the internet",
    what: "No ingress rule of a security list or network security group lets `0.0.0.0/0` or `::/0` (or their halves, together) in to the ports of the setting `ports`. The protocol `all`, and TCP or UDP without ports, mean all ports.",
    why: "These ports are tried by robots within minutes; in Oracle Cloud a rule without ports is easily written and opens all of them.",
    severity: "critical",
    strictness: "mandatory",
    references: [cisOci("2.1"), cisOci("2.2"), cisOci("2.3"), cisOci("2.4")],
    remediation: ["Limit `source` to the networks that need it, or use the Bastion service or Tailscale instead of an open port."],
    settings: adminPortSettings,
    compliant: [good(oci.securityList), good(oci.nsgRule)],
    violating: [
        bad(oci.securityList, { ingressSecurityRules: [{ source: "0.0.0.0/0", protocol: "6", tcpOptions: { min: 22, max: 22 } }] }),
        bad(oci.securityList, { ingressSecurityRules: [{ source: "0.0.0.0/0", protocol: "all" }] }),
        bad(oci.nsgRule, { tcpOptions: { destinationPortRange: { min: 3389, max: 3389 } } }),
        bad(oci.nsgRule, { source: "::/0", tcpOptions: null }),
    ],
    types: [oci.securityList, oci.nsgRule],
    check(resource, settings, findings) {
        const rules = ingressRules(resource);
        const { open, unclear } = opennessOf(rules.map(rule => rule.source));
        for (const rule of rules) {
            const alone = opennessOf([rule.source]);
            // Halves of the internet stand in rules of their own; together they are open, so each that is wide counts.
            const source = alone.open ?? (open && isWide(rule) ? rule.source : undefined);
            if (source) checkPorts(rule, settings, findings);
            else if (alone.unclear && unclear) checkPorts(rule, settings, findings.under({ doubt: alone.unclear }));
        }
    },
});

function isWide({ source }: IngressRule): boolean {
    return /\/[0-7]$/.test(source.text ?? "");
}

function checkPorts(rule: IngressRule, settings: Settings, findings: Findings): void {
    if (rule.name !== undefined && !["tcp", "udp", "all"].includes(rule.name)) return;
    const doubt = rule.protocol.unknown ? rule.protocol : rule.unclear;
    const target = doubt ? findings.under({ doubt }) : findings;
    if (rule.name === "all") target.violation(rule.protocol, "opens all ports to the internet");
    else if (rule.ports === undefined || reached(rule.ports, settings.list("ports")).length > 0) target.violation(rule.portsPlace, "is open to the internet");
}
