import { isText } from "../../common/truth";
import { typedRule } from "../../common/rule";
import { google } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";

export const bucketLoggingCmek = typedRule({
    id: "gcp-bucket-logging-cmek",
    title: "Use of buckets is logged elsewhere, and they have a key of their own",
    what: "`logging.logBucket` names another bucket, and `encryption.defaultKmsKeyName` is set, unless the setting `customerKeys` is off.",
    why: "Usage logs show who read what, which audit logs alone do not; and revoking one's own key is the only way to make copies unreadable.",
    severity: "low",
    strictness: "advisory",
    references: [google("Usage logs and storage logs"), google("Customer-managed encryption keys")],
    remediation: ["Set `logging: { logBucket: … }` to a bucket for logs, and `encryption: { defaultKmsKeyName: … }`."],
    settings: { customerKeys: { type: "boolean", default: true, description: "Whether buckets must name an encryption key of the customer." } },
    compliant: [good(gcp.bucket, { logging: { logBucket: "shop-logs" } })],
    violating: [bad(gcp.bucket, { logging: null }), bad(gcp.bucket, { name: "shop", logging: { logBucket: "shop" } }), bad(gcp.bucket, { encryption: null })],
    types: [gcp.bucket],
    check({ properties }, settings, findings) {
        const target = properties.at("logging", "logBucket");
        findings.require(target, isText, "is not set");
        const name = properties.at("name");
        if (isText(target.value) && name.unknown) findings.undetermined(name);
        else if (isText(target.value) && target.value === name.value) findings.violation(target, "is the bucket itself");
        if (settings.flag("customerKeys")) findings.require(properties.at("encryption", "defaultKmsKeyName"), isText, "is not set");
    },
});
