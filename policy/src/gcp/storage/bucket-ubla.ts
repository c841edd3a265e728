import { isTrue } from "../../common/truth";
import { typedRule } from "../../common/rule";
import { cisGcp } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";

export const bucketUbla = typedRule({
    id: "gcp-bucket-ubla",
    title: "Access to buckets is decided in one place",
    what: "Buckets have `uniformBucketLevelAccess: true`.",
    why: "With access lists of their own, single objects stay open (or closed) against what the bucket's roles say, and no review of the roles shows it.",
    severity: "medium",
    strictness: "mandatory",
    references: [cisGcp("5.2")],
    remediation: ["Set `uniformBucketLevelAccess: true`."],
    compliant: [good(gcp.bucket, { uniformBucketLevelAccess: true })],
    violating: [bad(gcp.bucket, { uniformBucketLevelAccess: false }), bad(gcp.bucket, { uniformBucketLevelAccess: null })],
    types: [gcp.bucket],
    check({ properties }, _settings, findings) {
        findings.require(properties.at("uniformBucketLevelAccess"), isTrue, "lets objects have access lists of their own");
    },
});
