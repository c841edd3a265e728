import { expect } from "../../common/expect";
import { typedRule } from "../../common/rule";
import { isFalse, isTrue } from "../../common/truth";
import { resourceOf } from "../../core/resource";
import { google } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";

const spanner = { instance: "shop", name: "orders", deletionProtection: false, enableDropProtection: true, encryptionConfig: { kmsKeyName: "projects/shop/locations/europe-west3/keyRings/shop/cryptoKeys/orders" } };
const field = "deletionProtection";
const fields: Readonly<Record<string, string>> = {
    [gcp.redisCluster]: "deletionProtectionEnabled",
    [gcp.runService]: field,
    "gcp:spanner/database:Database": field,
    "gcp:bigquery/table:Table": field,
    "gcp:bigtable/instance:Instance": field,
    "gcp:bigtable/table:Table": field,
    "gcp:alloydb/cluster:Cluster": field,
    "gcp:filestore/instance:Instance": "deletionProtectionEnabled",
};

export const deletionProtection = typedRule({
    id: "gcp-deletion-protection",
    title: "Stores and services of Google Cloud are not deleted by mistake",
    what: "Nobody switches off the deletion protection of Spanner, BigQuery tables, Bigtable, AlloyDB, Filestore, Redis clusters or Cloud Run services. (Cloud SQL and GKE have rules of their own for it.)",
    why: "With it off, a renamed resource or a wrong branch is enough to delete the data with the store.",
    severity: "medium",
    strictness: "production",
    references: [google("Deletion protection")],
    remediation: ["Leave the property out, or set it to true; take it off in a change of its own before a deletion that is meant."],
    compliant: [good(gcp.runService), { resources: [resourceOf("gcp:spanner/database:Database", "orders", spanner)], shown: { place: "Database", content: spanner } }],
    violating: [bad(gcp.runService, { deletionProtection: false }), bad(gcp.redisCluster, { deletionProtectionEnabled: false })],
    types: Object.keys(fields),
    check(resource, _settings, findings) {
        // Spanner's own, which holds against everybody and not only against this program.
        if (isTrue(resource.properties.at("enableDropProtection").value)) return;
        expect(resource, fields[resource.type]!, raw => !isFalse(raw) && raw !== "UNPROTECTED", "lets it be deleted by mistake", findings);
    },
});
