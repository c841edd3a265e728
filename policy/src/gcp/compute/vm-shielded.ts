import { typedRule } from "../../common/rule";
import { isFalse, isTrue } from "../../common/truth";
import { cisGcp } from "../frameworks";
import { bad, good } from "../sound";
import { derivedMachines, gcp, machines } from "../types";

export const vmShielded = typedRule({
    id: "gcp-vm-shielded",
    title: "Machines start only what is signed",
    what: "`shieldedInstanceConfig` of instances and instance templates has `enableSecureBoot: true`, and neither `enableVtpm` nor `enableIntegrityMonitoring` is off.",
    why: "A boot kit survives the cleaning of the disk and is not visible from within. Secure Boot does not start it, the others show that it was tried.",
    severity: "medium",
    strictness: "mandatory",
    references: [cisGcp("4.8")],
    remediation: ["Set `shieldedInstanceConfig: { enableSecureBoot: true, enableVtpm: true, enableIntegrityMonitoring: true }`."],
    compliant: [good(gcp.instance, { shieldedInstanceConfig: { enableSecureBoot: true } })],
    violating: [
        bad(gcp.instance, { shieldedInstanceConfig: null }),
        bad(gcp.instance, { shieldedInstanceConfig: { enableVtpm: false } }),
        bad(gcp.instanceTemplate, { shieldedInstanceConfig: { enableSecureBoot: false } }),
        bad(gcp.regionInstanceTemplate, { shieldedInstanceConfig: { enableIntegrityMonitoring: false } }),
    ],
    types: machines,
    check({ properties, type }, _settings, findings) {
        const config = properties.at("shieldedInstanceConfig");
        const target = findings.under({ partial: derivedMachines.has(type) });
        target.require(config.at("enableSecureBoot"), isTrue, "leaves Secure Boot off");
        target.forbid(config.at("enableVtpm"), isFalse, "switches the virtual TPM off");
        target.forbid(config.at("enableIntegrityMonitoring"), isFalse, "switches integrity monitoring off");
    },
});
