import { expect } from "../../common/expect";
import { isTrue, numberOf } from "../../common/truth";
import { typedRule } from "../../common/rule";
import { google } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";

export const bucketDurability = typedRule({
    id: "gcp-bucket-durability",
    title: "What is overwritten or deleted in a bucket can be had back",
    what: "Versioning is on, or a soft-delete policy keeps objects (or a retention policy forbids deleting them), and `forceDestroy` is not true.",
    why: "A wrong script or a stolen key deletes a bucket in seconds; `forceDestroy` makes `pulumi destroy` do so without asking.",
    severity: "medium",
    strictness: "production",
    references: [google("Object Versioning"), google("Soft delete")],
    remediation: ["Set `versioning: { enabled: true }`, with a lifecycle rule that removes old versions, and leave `forceDestroy` out."],
    compliant: [good(gcp.bucket, { versioning: { enabled: true } }), good(gcp.bucket, { versioning: null, softDeletePolicy: { retentionDurationSeconds: 2592000 } })],
    violating: [bad(gcp.bucket, { versioning: null }), bad(gcp.bucket, { versioning: { enabled: false } }), bad(gcp.bucket, { forceDestroy: true })],
    types: [gcp.bucket],
    check(resource, _settings, findings) {
        const { properties } = resource;
        expect(resource, "forceDestroy", raw => !isTrue(raw), "lets the bucket be destroyed with all it holds", findings);
        const versioning = properties.at("versioning", "enabled");
        const softDelete = properties.at("softDeletePolicy", "retentionDurationSeconds");
        const retention = properties.at("retentionPolicy");
        if (isTrue(versioning.value) || (numberOf(softDelete.value) ?? 0) > 0 || retention.known) return;
        const unclear = [versioning, softDelete, retention].find(value => value.unknown);
        if (unclear) findings.undetermined(unclear);
        else findings.violation(versioning, "is not on, and nothing else keeps deleted objects");
    },
});
