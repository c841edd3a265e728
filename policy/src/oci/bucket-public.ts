import { typedRule } from "../common/rule";
import { cisOci } from "./frameworks";
import { bad, good } from "./sound";
import { oci } from "./types";

export const ociBucketPublic = typedRule({
    id: "oci-bucket-public",
    title: "Buckets are not public",
    what: "`accessType` is `NoPublicAccess`, or not set, which means the same.",
    why: "A public bucket is listed and copied by strangers.",
    severity: "critical",
    strictness: "mandatory",
    references: [cisOci("5.1.1")],
    remediation: ["Set `accessType: \"NoPublicAccess\"`, and hand out single files by pre-authenticated requests that expire."],
    compliant: [good(oci.bucket, { accessType: "NoPublicAccess" })],
    violating: [bad(oci.bucket, { accessType: "ObjectRead" }), bad(oci.bucket, { accessType: "ObjectReadWithoutList" })],
    types: [oci.bucket],
    check({ properties }, _settings, findings) {
        findings.forbid(properties.at("accessType"), raw => raw !== "NoPublicAccess", "makes the bucket public");
    },
});
