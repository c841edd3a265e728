import { resourceOf } from "../core/resource";
import type { Example, ResourceRule } from "../core/rule";
import { pulumiDocs } from "./frameworks";

const stateful = [
    "gcp:sql/databaseInstance:DatabaseInstance", "gcp:storage/bucket:Bucket", "gcp:kms/cryptoKey:CryptoKey", "gcp:kms/keyRing:KeyRing", "gcp:spanner/instance:Instance", "gcp:spanner/database:Database", "gcp:bigquery/dataset:Dataset",
    "gcp:bigtable/instance:Instance", "gcp:alloydb/cluster:Cluster", "gcp:filestore/instance:Instance", "gcp:secretmanager/secret:Secret", "gcp:firestore/database:Database",
    "oci:ObjectStorage/bucket:Bucket", "oci:Psql/dbSystem:DbSystem", "oci:Database/autonomousDatabase:AutonomousDatabase", "oci:Mysql/mysqlDbSystem:MysqlDbSystem", "oci:Core/volume:Volume", "oci:FileStorage/fileSystem:FileSystem", "oci:Kms/vault:Vault", "oci:Kms/key:Key",
    "hcloud:index/volume:Volume", "hcloud:index/storageBox:StorageBox", "cloudflare:index/zone:Zone", "cloudflare:index/r2Bucket:R2Bucket", "cloudflare:index/d1Database:D1Database",
    "aws:rds/instance:Instance", "aws:rds/cluster:Cluster", "aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2", "aws:dynamodb/table:Table", "aws:kms/key:Key",
];
const bucket = { location: "EUROPE-WEST4", labels: { owner: "platform" }, uniformBucketLevelAccess: true, publicAccessPrevention: "enforced", versioning: { enabled: true }, logging: { logBucket: "logs" }, encryption: { defaultKmsKeyName: "projects/shop/key" } };

function example(protect: boolean): Example {
    return { resources: [resourceOf("gcp:storage/bucket:Bucket", "documents", bucket, { options: { protect, ignoreChanges: [] } })], shown: { place: "options of a Bucket", content: { protect } } };
}

export const protect: ResourceRule = {
    id: "x-protect",
    title: "What holds data is protected from deletion",
    what: "Resources of the types in the setting `types` (databases, buckets, keys, volumes, zones) have the resource option `protect`. Sources that know no options, such as manifests, are not judged.",
    why: "A renamed resource is deleted and made anew, with nothing in it; with `protect` Pulumi refuses.",
    severity: "high",
    strictness: "production",
    references: [pulumiDocs("Resource options: protect")],
    remediation: ["Add `{ protect: true }` to the resource's options; take it off in a change of its own before a deletion that is meant."],
    settings: { types: { type: "array", items: { type: "string" }, uniqueItems: true, default: stateful, description: "Types of resources that hold data." } },
    compliant: [example(true)],
    violating: [example(false)],
    scope: "resource",
    applies: () => true,
    check(resource, settings, findings) {
        if (resource.options && !resource.options.protect && settings.list("types").includes(resource.type)) findings.violation("", "holds data and is not protected");
    },
};
