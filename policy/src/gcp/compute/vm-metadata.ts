import { typedRule } from "../../common/rule";
import { isFalse, isTrue } from "../../common/truth";
import type { Findings } from "../../core/findings";
import type { Resource } from "../../core/resource";
import { credentialInText, namedCredential } from "../../secrets/detect";
import { cisGcp } from "../frameworks";
import { bad, good } from "../sound";
import { derivedMachines, gcp, machines } from "../types";

export const vmMetadata = typedRule({
    id: "gcp-vm-metadata",
    title: "Sign-in to machines is decided by IAM, and metadata holds no secrets",
    what: "Instances and templates block the project's SSH keys (`block-project-ssh-keys`) or use OS Login, do not switch OS Login off, have no serial port (`serial-port-enable`), do not forward packets (`canIpForward`), and have no credential in metadata or start-up scripts. Project metadata switches `enable-oslogin` on.",
    why: "An SSH key in project metadata opens every machine and outlives its owner; the serial port is open to the internet; every process on a machine, and everybody who may look at it, reads its metadata.",
    severity: "medium",
    strictness: "mandatory",
    references: [cisGcp("4.3"), cisGcp("4.4"), cisGcp("4.5"), cisGcp("4.6")],
    remediation: ["Set `metadata: { \"block-project-ssh-keys\": \"true\", \"enable-oslogin\": \"TRUE\" }`, leave the serial port and forwarding off, and read secrets from Secret Manager."],
    settings: { forwarding: { type: "boolean", default: false, description: "Whether machines may forward packets, as gateways do." } },
    compliant: [good(gcp.instance, { metadata: { "block-project-ssh-keys": "true" } }), good(gcp.projectMetadata)],
    violating: [
        bad(gcp.instance, { metadata: null }),
        bad(gcp.instance, { metadata: { "serial-port-enable": "TRUE" } }),
        bad(gcp.instance, { metadata: { "enable-oslogin": "FALSE" } }),
        bad(gcp.instance, { canIpForward: true }),
        bad(gcp.instanceTemplate, { metadataStartupScript: "#!/bin/sh\nexport DB_PASSWORD=correct-horse-battery\n" }),
        bad(gcp.projectMetadata, { metadata: { "enable-oslogin": "FALSE" } }),
        bad(gcp.projectMetadataItem, { value: "false" }),
    ],
    types: [...machines, gcp.projectMetadata, gcp.projectMetadataItem],
    check(resource, settings, findings) {
        const { properties, type } = resource;
        if (type === gcp.projectMetadataItem) return checkItem(resource, findings);
        const metadata = properties.at("metadata");
        const login = metadata.at("enable-oslogin");
        if (type === gcp.projectMetadata) findings.require(login, isTrue, "leaves OS Login off for the whole project");
        else {
            findings.forbid(login, isFalse, "switches OS Login off");
            const block = metadata.at("block-project-ssh-keys");
            const derived = derivedMachines.has(type) && block.absent;
            if (!derived && !(block.absent && isTrue(login.value))) findings.require(block, isTrue, "lets everybody in who has a key in the project");
            if (!settings.flag("forwarding")) findings.forbid(properties.at("canIpForward"), isTrue, "lets the machine pass on packets of others");
        }
        findings.forbid(metadata.at("serial-port-enable"), isTrue, "opens the serial port");
        checkSecrets(resource, findings);
    },
});

function checkItem({ properties }: Resource, findings: Findings): void {
    const key = properties.at("key");
    if (key.unknown) return findings.undetermined(key);
    const value = properties.at("value");
    if (key.value === "enable-oslogin") findings.require(value, isTrue, "switches OS Login off for the whole project");
    if (key.value === "serial-port-enable") findings.forbid(value, isTrue, "opens the serial port of every machine");
}

function checkSecrets({ properties }: Resource, findings: Findings): void {
    for (const [name, value] of [...properties.at("metadata").entries(), ["metadataStartupScript", properties.at("metadataStartupScript")] as const]) {
        if (value.unknown) findings.undetermined(value);
        else if (value.text === undefined || name === "ssh-keys") continue;
        else {
            const kind = (value.text.includes("\n") ? undefined : namedCredential(name, value.text)) ?? credentialInText(value.text);
            if (kind) findings.violation(value, `holds ${kind}`);
        }
    }
}
