import { expect } from "../../common/expect";
import { isFalse, isTrue } from "../../common/truth";
import { typedRule } from "../../common/rule";
import { cisGcp } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";
import { engineOf, isReplica } from "./instances";

export const sqlBackup = typedRule({
    id: "gcp-sql-backup",
    title: "Databases of Cloud SQL are backed up, to the minute",
    what: "`settings.backupConfiguration.enabled` is true, and point-in-time recovery is not switched off (`pointInTimeRecoveryEnabled`; for MySQL `binaryLogEnabled`). Where it is only not mentioned, there is an advice. Read replicas are exempt.",
    why: "Without a backup a wrong DELETE is final; without the log in between, everything since last night is lost.",
    severity: "medium",
    strictness: "mandatory",
    references: [cisGcp("6.7")],
    remediation: ["Set `settings.backupConfiguration` to `{ enabled: true, pointInTimeRecoveryEnabled: true }`."],
    compliant: [
        good(gcp.sql, { settings: { backupConfiguration: { enabled: true, pointInTimeRecoveryEnabled: true } } }),
        good(gcp.sql, { masterInstanceName: "shop", settings: { backupConfiguration: null } }),
    ],
    violating: [
        bad(gcp.sql, { settings: { backupConfiguration: null } }),
        bad(gcp.sql, { settings: { backupConfiguration: { enabled: false } } }),
        bad(gcp.sql, { settings: { backupConfiguration: { pointInTimeRecoveryEnabled: false } } }),
    ],
    types: [gcp.sql],
    check(resource, _settings, findings) {
        if (isReplica(resource)) return;
        expect(resource, "settings.backupConfiguration.enabled", isTrue, "leaves the database without backups", findings);
        const backup = resource.properties.at("settings", "backupConfiguration");
        const log = backup.at(engineOf(resource) === "MYSQL" ? "binaryLogEnabled" : "pointInTimeRecoveryEnabled");
        if (log.unknown) findings.undetermined(log);
        else if (isFalse(log.value)) findings.violation(log, "switches recovery to a point in time off");
        else if (log.absent && backup.known) findings.advice(log, "is not set, so recovery goes back to the last backup only");
    },
});
