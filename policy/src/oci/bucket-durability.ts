import { expect } from "../common/expect";
import { typedRule } from "../common/rule";
import { isText, isTrue } from "../common/truth";
import { cisOci } from "./frameworks";
import { bad, good } from "./sound";
import { oci } from "./types";

export const ociBucketDurability = typedRule({
    id: "oci-bucket-durability",
    title: "Buckets keep old versions, report changes and have a key of the customer",
    what: "`versioning` is `Enabled`, `objectEventsEnabled` is true and `kmsKeyId` is set.",
    why: "Without versions an overwritten file is gone; without events nobody notices; without a key of one's own, copies cannot be made unreadable.",
    severity: "medium",
    strictness: "advisory",
    references: [cisOci("4.17"), cisOci("5.1.2"), cisOci("5.1.3")],
    remediation: ["Set `versioning: \"Enabled\"`, `objectEventsEnabled: true` and `kmsKeyId`."],
    settings: { customerKeys: { type: "boolean", default: true, description: "Whether buckets must name an encryption key of the customer." } },
    compliant: [good(oci.bucket)],
    violating: [bad(oci.bucket, { versioning: null }), bad(oci.bucket, { versioning: "Suspended" }), bad(oci.bucket, { objectEventsEnabled: false }), bad(oci.bucket, { kmsKeyId: null })],
    types: [oci.bucket],
    check(resource, settings, findings) {
        expect(resource, "versioning", raw => raw === "Enabled", "keeps no old versions", findings);
        expect(resource, "objectEventsEnabled", isTrue, "reports no changes", findings);
        if (settings.flag("customerKeys")) findings.require(resource.properties.at("kmsKeyId"), isText, "is not set");
    },
});
