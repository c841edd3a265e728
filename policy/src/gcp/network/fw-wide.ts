import { reached, width } from "../../common/ports";
import { typedRule } from "../../common/rule";
import { isTrue } from "../../common/truth";
import type { Findings } from "../../core/findings";
import type { Value } from "../../core/value";
import { cisGcp } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";
import { allowRules, firewallTypes, type FirewallRule } from "./firewalls";

export const firewallWide = typedRule({
    id: "gcp-fw-wide",
    title: "Firewall rules open what is needed, not everything",
    what: "No rule lets the internet in by every protocol, by all ports, by a range of more than the setting `widest`, or by plain HTTP (port 80), or by ICMP and other protocols without ports; none lets everything out to the internet. Rules that allow something log who uses them.",
    why: "A wide rule also opens what is installed tomorrow. Open egress is the way out for stolen data and the way in for tools.",
    severity: "high",
    strictness: "mandatory",
    references: [cisGcp("3.6"), cisGcp("3.10")],
    remediation: ["List the ports, and limit `sourceRanges` or `destinationRanges` to those who need them.", "Set `logConfig: { metadata: \"INCLUDE_ALL_METADATA\" }`."],
    settings: {
        widest: { type: "integer", minimum: 1, default: 100, description: "How many ports a range that is open to the internet may have." },
        plainHttp: { type: "boolean", default: false, description: "Whether port 80 may be open to the internet." },
        icmp: { type: "boolean", default: false, description: "Whether ICMP may be open to the internet." },
        egress: { type: "boolean", default: false, description: "Whether rules may let everything out to the internet." },
    },
    compliant: [
        good(gcp.firewall, { sourceRanges: ["0.0.0.0/0"], allows: [{ protocol: "tcp", ports: ["443"] }] }),
        good(gcp.firewall, { direction: "EGRESS", sourceRanges: null, destinationRanges: ["10.0.0.0/8"], allows: [{ protocol: "all" }] }),
    ],
    violating: [
        bad(gcp.firewall, { sourceRanges: ["0.0.0.0/0"], allows: [{ protocol: "tcp", ports: ["30000-32767"] }] }),
        bad(gcp.firewall, { sourceRanges: ["0.0.0.0/0"], allows: [{ protocol: "tcp", ports: ["80"] }] }),
        bad(gcp.firewall, { logConfig: null }),
        bad(gcp.firewall, { direction: "EGRESS", sourceRanges: null, destinationRanges: ["0.0.0.0/0"], allows: [{ protocol: "all" }] }),
    ],
    types: firewallTypes,
    check(resource, settings, findings) {
        const limits = { widest: settings.number("widest"), plainHttp: settings.flag("plainHttp"), icmp: settings.flag("icmp"), egress: settings.flag("egress") };
        for (const rule of allowRules(resource)) {
            const target = rule.doubt ? findings.under({ doubt: rule.doubt }) : findings;
            if (!rule.egress) checkIngress(rule, limits, target);
            else if (!limits.egress) checkEgress(rule, target);
            checkLogging(rule.place, findings);
        }
    },
});

/** VPC rules have an object for it, or the switch of older versions; rules of policies have the switch. */
function checkLogging(rule: Value, findings: Findings): void {
    const places = [rule.at("logConfig"), rule.at("enableLogging")];
    if (places[0]!.known || isTrue(places[1]!.value)) return;
    const unclear = places.find(place => place.unknown);
    if (unclear) findings.undetermined(unclear);
    else findings.violation(places[0]!, "is not set, so nobody sees who uses the rule");
}

function checkIngress(rule: FirewallRule, limits: { widest: number; plainHttp: boolean; icmp: boolean }, findings: Findings): void {
    const { open, unclear } = rule.openness;
    if (!open && !unclear) return;
    for (const { protocol, name, ports } of rule.allowed) {
        const doubt = [rule.direction, unclear, protocol].find(part => part?.unknown);
        if (doubt) findings.undetermined(doubt);
        else if (name === "all") findings.violation(protocol, "lets the internet in by every protocol");
        else if (name !== "tcp" && name !== "udp") {
            if (!limits.icmp || !name?.startsWith("icmp")) findings.violation(protocol, "lets the internet in by a protocol without ports");
        } else {
            for (const { value, ranges } of ports) {
                if (ranges === undefined) findings.undetermined(value);
                else if (ranges.some(range => width(range) > limits.widest)) findings.violation(value, value === protocol ? "lets the internet in by all ports" : "opens too many ports to the internet");
                else if (!limits.plainHttp && name === "tcp" && ranges.some(range => reached(range, ["80"]).length > 0)) findings.violation(value, "opens plain HTTP to the internet");
            }
        }
    }
}

function checkEgress(rule: FirewallRule, findings: Findings): void {
    const { open, unclear } = rule.openness;
    if (unclear) findings.undetermined(unclear);
    else if (open && rule.allowed.some(({ protocol, name, ports }) => protocol.unknown || name === "all" || ports.some(({ ranges }) => ranges === undefined || ranges.some(range => width(range) > 100)))) {
        findings.violation(open, "lets everything out to the internet");
    }
}
