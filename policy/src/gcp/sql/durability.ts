import { expect } from "../../common/expect";
import { isFalse, isTrue } from "../../common/truth";
import { typedRule } from "../../common/rule";
import { google } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";
import { isReplica } from "./instances";

export const sqlDurability = typedRule({
    id: "gcp-sql-durability",
    title: "Databases of Cloud SQL survive a mistake and the loss of a zone",
    what: "`deletionProtection` is not off, `settings.deletionProtectionEnabled` is true (it also holds in the console), and the instance is `REGIONAL`, unless it is a replica or the setting `regional` is off.",
    why: "Deleting an instance deletes its backups with it. A zonal instance is gone for as long as its zone is.",
    severity: "high",
    strictness: "production",
    references: [google("Prevent deletion of an instance"), google("High availability for Cloud SQL")],
    remediation: ["Set `deletionProtection: true`, `settings.deletionProtectionEnabled: true` and `settings.availabilityType: \"REGIONAL\"`."],
    settings: { regional: { type: "boolean", default: true, description: "Whether instances must have a standby in another zone." } },
    compliant: [good(gcp.sql, { deletionProtection: true, settings: { deletionProtectionEnabled: true, availabilityType: "REGIONAL" } })],
    violating: [
        bad(gcp.sql, { deletionProtection: false }),
        bad(gcp.sql, { settings: { deletionProtectionEnabled: null } }),
        bad(gcp.sql, { settings: { availabilityType: "ZONAL" } }),
    ],
    types: [gcp.sql],
    check(resource, settings, findings) {
        if (isReplica(resource)) return;
        expect(resource, "deletionProtection", raw => !isFalse(raw), "lets Pulumi delete the database", findings);
        expect(resource, "settings.deletionProtectionEnabled", isTrue, "lets anybody delete the database", findings);
        if (settings.flag("regional")) expect(resource, "settings.availabilityType", raw => raw === "REGIONAL", "keeps the database in one zone", findings);
    },
});
