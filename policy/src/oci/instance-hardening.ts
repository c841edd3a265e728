import { typedRule } from "../common/rule";
import { isTrue } from "../common/truth";
import type { Findings } from "../core/findings";
import type { Value } from "../core/value";
import { credentialInText } from "../secrets/detect";
import { cisOci } from "./frameworks";
import { launchesOf } from "./instances";
import { bad, good } from "./sound";
import { oci } from "./types";

export const ociInstanceHardening = typedRule({
    id: "oci-instance-hardening",
    title: "Machines start signed systems, encrypt their disk traffic and have no public address",
    what: "`platformConfig.isSecureBootEnabled` and `isPvEncryptionInTransitEnabled` (also in `launchOptions`) are true, `createVnicDetails.assignPublicIp` is not, the monitoring agent is not switched off, and user data holds no credential. A machine that carries the tag of the setting `publicTag` may have a public address.",
    why: "A boot kit survives every cleaning; disk traffic passes the provider's network; a public address puts the machine on the internet.",
    severity: "medium",
    strictness: "mandatory",
    references: [cisOci("3.2"), cisOci("3.3")],
    remediation: ["Set `platformConfig: { type: …, isSecureBootEnabled: true }`, `isPvEncryptionInTransitEnabled: true` and `createVnicDetails: { assignPublicIp: \"false\" }`."],
    settings: {
        secureBoot: { type: "boolean", default: true, description: "Whether Secure Boot is required; some shapes do not have it." },
        publicTag: { type: "string", pattern: "^[^=]+=.+$", default: "exposure=public", description: "The free-form tag, as key=value, of machines that are meant to have a public address." },
    },
    compliant: [good(oci.instance), good(oci.instanceConfiguration)],
    violating: [
        bad(oci.instance, { platformConfig: { isSecureBootEnabled: false } }),
        bad(oci.instance, { isPvEncryptionInTransitEnabled: null }),
        bad(oci.instance, { createVnicDetails: { assignPublicIp: "true" } }),
        bad(oci.instance, { agentConfig: { isMonitoringDisabled: true } }),
        bad(oci.instanceConfiguration, { instanceDetails: { launchDetails: { platformConfig: null } } }),
    ],
    types: [oci.instance, oci.instanceConfiguration],
    check(resource, settings, findings) {
        const [key = "", ...value] = settings.text("publicTag").split("=");
        for (const launch of launchesOf(resource)) {
            const tags = [launch.at("freeformTags", key), resource.properties.at("freeformTags", key)];
            const isPublic = tags.some(tag => tag.value === value.join("="));
            if (settings.flag("secureBoot")) findings.require(launch.at("platformConfig", "isSecureBootEnabled"), isTrue, "leaves Secure Boot off");
            checkEncryption(launch, findings);
            const doubt = tags.find(tag => tag.unknown);
            if (!isPublic) (doubt ? findings.under({ doubt }) : findings).forbid(launch.at("createVnicDetails", "assignPublicIp"), isTrue, "gives the machine a public address");
            for (const field of ["isMonitoringDisabled", "areAllPluginsDisabled"]) findings.forbid(launch.at("agentConfig", field), isTrue, "switches monitoring off");
            checkUserData(launch, findings);
        }
    },
});

function checkEncryption(launch: Value, findings: Findings): void {
    const places = [launch.at("isPvEncryptionInTransitEnabled"), launch.at("launchOptions", "isPvEncryptionInTransitEnabled")];
    if (places.some(place => isTrue(place.value))) return;
    const unclear = places.find(place => place.unknown);
    if (unclear) findings.undetermined(unclear);
    else findings.violation(places[0]!, "leaves traffic between machine and disk unencrypted");
}

function checkUserData(launch: Value, findings: Findings): void {
    for (const [name, value] of launch.at("metadata").entries()) {
        if (value.unknown) findings.undetermined(value);
        else if (name === "ssh_authorized_keys" || value.text === undefined) continue;
        else {
            const kind = credentialInText(value.text) ?? credentialInText(Buffer.from(value.text, "base64").toString("latin1"));
            if (kind) findings.violation(value, `holds ${kind}`);
        }
    }
}
