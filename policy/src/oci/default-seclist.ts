import { protocolOf } from "../common/ports";
import { typedRule } from "../common/rule";
import { cisOci } from "./frameworks";
import { bad, good } from "./sound";
import { oci } from "./types";

export const ociDefaultSecurityList = typedRule({
    id: "oci-default-seclist",
    title: "The default security list lets in nothing but ICMP",
    what: "Ingress rules of a `DefaultSecurityList` are for ICMP only (protocols 1 and 58).",
    why: "Every subnet that names no list of its own gets this one: what it opens is open wherever somebody forgot to choose. As Oracle makes it, it opens SSH to the world.",
    severity: "high",
    strictness: "mandatory",
    references: [cisOci("2.5")],
    remediation: ["Leave ICMP only, and open what is needed in network security groups."],
    compliant: [good(oci.defaultSecurityList), good(oci.defaultSecurityList, { ingressSecurityRules: [] })],
    violating: [bad(oci.defaultSecurityList, { ingressSecurityRules: [{ source: "0.0.0.0/0", protocol: "6", tcpOptions: { min: 22, max: 22 } }] }), bad(oci.defaultSecurityList, { ingressSecurityRules: [{ source: "10.0.0.0/16", protocol: "all" }] })],
    types: [oci.defaultSecurityList],
    check({ properties }, _settings, findings) {
        for (const rule of properties.at("ingressSecurityRules").list()) findings.require(rule.at("protocol"), raw => ["icmp", "icmpv6"].includes(protocolOf(raw) ?? ""), "lets in more than ICMP");
    },
});
