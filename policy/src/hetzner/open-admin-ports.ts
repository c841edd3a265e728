import { opennessOf } from "../common/addresses";
import { adminPorts, adminPortSettings, parsePorts, protocolOf, reached } from "../common/ports";
import { typedRule } from "../common/rule";
import type { Findings } from "../core/findings";
import type { Settings } from "../core/settings";
import type { Value } from "../core/value";
import { cisControl } from "./frameworks";
import { bad, good } from "./sound";
import { hcloud } from "./types";

const settings = { ports: { ...adminPortSettings.ports!, default: [...adminPorts, "50000-50001"] } };

export const hclOpenAdminPorts = typedRule({
    id: "hcl-open-admin-ports",
    title: "Ports of administration and databases are closed to the internet",
    what: "No rule of a firewall with direction `in` lets `0.0.0.0/0` or `::/0` (or their halves) in to the ports of the setting `ports`, the Kubernetes and Talos interfaces included. The port `any` means all of them.",
    why: "These ports are tried by robots within minutes; one weak password or one unpatched service is then enough.",
    severity: "critical",
    strictness: "mandatory",
    references: [cisControl("4.4"), cisControl("13.4")],
    remediation: ["Limit `sourceIps` to the networks that need it, or use the private network and Tailscale instead of an open port."],
    settings,
    compliant: [good(hcloud.firewall), good(hcloud.firewall, { rules: [{ direction: "in", protocol: "tcp", port: "22", sourceIps: ["10.0.0.0/16"] }] })],
    violating: [
        bad(hcloud.firewall, { rules: [{ direction: "in", protocol: "tcp", port: "22", sourceIps: ["0.0.0.0/0"] }] }),
        bad(hcloud.firewall, { rules: [{ direction: "in", protocol: "tcp", port: "any", sourceIps: ["::/0"] }] }),
        bad(hcloud.firewall, { rules: [{ direction: "in", protocol: "tcp", port: "6000-7000", sourceIps: ["0.0.0.0/1", "128.0.0.0/1"] }] }),
    ],
    types: [hcloud.firewall],
    check({ properties }, given, findings) {
        for (const rule of properties.at("rules").list()) checkRule(rule, given, findings);
    },
});

function checkRule(rule: Value, given: Settings, findings: Findings): void {
    const direction = rule.at("direction");
    if (direction.known && direction.text?.toLowerCase() !== "in") return;
    const { open, unclear } = opennessOf(rule.at("sourceIps").list());
    if (!open && !unclear) return;
    const protocol = rule.at("protocol");
    const name = protocolOf(protocol.value);
    if (name !== undefined && !["tcp", "udp", "all"].includes(name)) return;
    const port = rule.at("port");
    const ranges = port.absent ? parsePorts("any") : port.known ? (parsePorts(port.value) ?? []) : undefined;
    if (ranges && !ranges.some(range => reached(range, given.list("ports")).length > 0)) return;
    const doubt = [direction, unclear, protocol, port].find(value => value?.unknown);
    if (doubt) findings.undetermined(doubt);
    else findings.violation(port, "is open to the internet");
}
