import { typedRule } from "../../common/rule";
import { cisGcp } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";

const wanted = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"];

export const auditLogs = typedRule({
    id: "gcp-audit-logs",
    title: "Audit logs hold every access, of everybody",
    what: "Audit configurations of projects, folders and organizations are for `allServices`, with `ADMIN_READ`, `DATA_READ` and `DATA_WRITE`, and exempt nobody.",
    why: "By default reading data is logged nowhere; whoever is exempted can read without a trace.",
    severity: "low",
    strictness: "advisory",
    references: [cisGcp("2.1")],
    remediation: ["Configure `allServices` with the three log types and without `exemptedMembers`."],
    compliant: [good(gcp.auditConfig)],
    violating: [bad(gcp.auditConfig, { service: "storage.googleapis.com" }), bad(gcp.auditConfig, { auditLogConfigs: [{ logType: "ADMIN_READ" }] }), bad(gcp.auditConfig, { auditLogConfigs: wanted.map(logType => ({ logType, exemptedMembers: ["user:alex@example.com"] })) })],
    types: [gcp.auditConfig, "gcp:organizations/iamAuditConfig:IamAuditConfig", "gcp:folder/iamAuditConfig:IamAuditConfig"],
    check({ properties }, _settings, findings) {
        findings.require(properties.at("service"), raw => raw === "allServices", "leaves other services out");
        const configs = properties.at("auditLogConfigs").list();
        const kinds = configs.map(config => config.at("logType"));
        const missing = wanted.filter(kind => !kinds.some(value => value.value === kind));
        const unclear = kinds.find(kind => kind.unknown);
        if (missing.length > 0 && unclear) findings.undetermined(unclear);
        else if (missing.length > 0) findings.violation(properties.at("auditLogConfigs"), `lacks ${missing.join(", ")}`);
        for (const config of configs) for (const member of config.at("exemptedMembers").list()) findings.forbid(member, () => true, "is exempt from the log");
    },
});
