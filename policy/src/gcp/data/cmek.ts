import { typedRule } from "../../common/rule";
import { isText } from "../../common/truth";
import { google } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";

/** Where each type names its key. */
const keys: Readonly<Record<string, readonly string[]>> = {
    [gcp.sql]: ["encryptionKeyName"],
    [gcp.redis]: ["customerManagedKey"],
    [gcp.redisCluster]: ["kmsKey"],
    [gcp.disk]: ["diskEncryptionKey.kmsKeySelfLink", "diskEncryptionKey.rawKey"],
    [gcp.regionDisk]: ["diskEncryptionKey.kmsKeyName", "diskEncryptionKey.rawKey"],
    [gcp.instance]: ["bootDisk.kmsKeySelfLink", "bootDisk.diskEncryptionKeyRaw", "instanceEncryptionKey.kmsKeySelfLink"],
    [gcp.dataset]: ["defaultEncryptionConfiguration.kmsKeyName"],
    [gcp.repository]: ["kmsKeyName"],
    "gcp:bigquery/table:Table": ["encryptionConfiguration.kmsKeyName"],
    "gcp:bigtable/instance:Instance": ["clusters.0.kmsKeyName"],
    "gcp:dataflow/job:Job": ["kmsKeyName"],
    "gcp:dataproc/cluster:Cluster": ["clusterConfig.encryptionConfig.kmsKeyName"],
    "gcp:filestore/instance:Instance": ["kmsKeyName"],
    "gcp:pubsub/topic:Topic": ["kmsKeyName"],
    "gcp:spanner/database:Database": ["encryptionConfig.kmsKeyName", "encryptionConfig.kmsKeyNames.0"],
    "gcp:vertex/aiDataset:AiDataset": ["encryptionSpec.kmsKeyName"],
};

export const customerKeys = typedRule({
    id: "gcp-cmek",
    title: "Stores of data are encrypted with a key of the customer",
    what: "Databases, disks, machines, datasets, topics and registries name a key of Cloud KMS. Which types have to is the setting `types`; Google encrypts everything else with keys of its own.",
    why: "With a key of one's own one can see each use of it, and make every copy unreadable at once by taking it away.",
    severity: "low",
    strictness: "advisory",
    references: [google("Customer-managed encryption keys")],
    remediation: ["Name a key of Cloud KMS; most resources must be made anew for it."],
    settings: { types: { type: "array", items: { type: "string" }, uniqueItems: true, default: Object.keys(keys), description: "Types of resources that must name a key." } },
    compliant: [good(gcp.disk), good(gcp.sql)],
    violating: [bad(gcp.disk, { diskEncryptionKey: null }), bad(gcp.sql, { encryptionKeyName: null })],
    types: Object.keys(keys),
    check({ properties, type }, settings, findings) {
        if (!settings.list("types").includes(type)) return;
        const places = keys[type]!.map(path => properties.at(...path.split(".").map(key => (/^\d+$/.test(key) ? Number(key) : key))));
        if (places.some(place => isText(place.value))) return;
        const unclear = places.find(place => place.unknown);
        if (unclear) findings.undetermined(unclear);
        else findings.violation(places[0]!, "is not set");
    },
});
