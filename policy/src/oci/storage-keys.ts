import { typedRule } from "../common/rule";
import { isText } from "../common/truth";
import { cisOci } from "./frameworks";
import { bad, good } from "./sound";
import { oci } from "./types";

export const ociStorageKeys = typedRule({
    id: "oci-storage-keys",
    title: "Volumes and file systems have a key of the customer, and volumes are backed up",
    what: "Block volumes, boot volumes and file systems name a `kmsKeyId`; block volumes name a `backupPolicyId`.",
    why: "With a key of one's own, copies can be made unreadable at once; a volume without a backup policy is lost with its first mistake.",
    severity: "low",
    strictness: "advisory",
    references: [cisOci("5.2.1"), cisOci("5.2.2"), cisOci("5.3.1")],
    remediation: ["Set `kmsKeyId`, and for block volumes `backupPolicyId`."],
    compliant: [good(oci.volume), good(oci.fileSystem)],
    violating: [bad(oci.volume, { kmsKeyId: null }), bad(oci.volume, { backupPolicyId: null }), bad(oci.fileSystem, { kmsKeyId: null })],
    types: [oci.volume, oci.bootVolume, oci.fileSystem],
    check({ properties, type }, _settings, findings) {
        findings.require(properties.at("kmsKeyId"), isText, "is not set");
        if (type === oci.volume) findings.require(properties.at("backupPolicyId"), isText, "is not set");
    },
});
