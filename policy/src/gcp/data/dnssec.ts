import { effective } from "../../common/expect";
import { typedRule } from "../../common/rule";
import { cisGcp } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";

export const dnssec = typedRule({
    id: "gcp-dnssec",
    title: "Public DNS zones are signed, with good algorithms",
    what: "`dnssecConfig.state` of public zones is `on`, and no key uses `rsasha1`. Private zones are exempt.",
    why: "Unsigned answers can be forged on the way; then mail and certificates go to whoever forged them. RSASHA1 can be forged too.",
    severity: "medium",
    strictness: "mandatory",
    references: [cisGcp("3.3"), cisGcp("3.4"), cisGcp("3.5")],
    remediation: ["Set `dnssecConfig: { state: \"on\" }`, and enter the DS record at the registrar."],
    compliant: [good(gcp.managedZone), good(gcp.managedZone, { visibility: "private", dnssecConfig: null })],
    violating: [bad(gcp.managedZone, { dnssecConfig: null }), bad(gcp.managedZone, { dnssecConfig: { state: "off" } }), bad(gcp.managedZone, { dnssecConfig: { defaultKeySpecs: [{ keyType: "zoneSigning", algorithm: "rsasha1" }] } })],
    types: [gcp.managedZone],
    check(resource, _settings, findings) {
        const { properties } = resource;
        const visibility = properties.at("visibility");
        if (visibility.known && effective(resource, "visibility") === "private") return;
        const target = visibility.unknown ? findings.under({ doubt: visibility }) : findings;
        target.require(properties.at("dnssecConfig", "state"), raw => raw === "on", "leaves the zone unsigned");
        for (const spec of properties.at("dnssecConfig", "defaultKeySpecs").list()) target.forbid(spec.at("algorithm"), raw => typeof raw === "string" && /^rsasha1$/i.test(raw), "is an algorithm that can be forged");
    },
});
