import { isTrue } from "../../common/truth";
import { typedRule } from "../../common/rule";
import { cisGcp } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";

const encrypted: readonly unknown[] = ["ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"];

export const sqlTls = typedRule({
    id: "gcp-sql-tls",
    title: "Databases of Cloud SQL accept encrypted connections only",
    what: "`settings.ipConfiguration.sslMode` is `ENCRYPTED_ONLY` or `TRUSTED_CLIENT_CERTIFICATE_REQUIRED`. (`requireSsl`, of older versions, counts where `sslMode` is not set.)",
    why: "By default Cloud SQL also talks in clear text, and a client that is set up wrongly sends passwords and data that way without anybody noticing.",
    severity: "high",
    strictness: "mandatory",
    references: [cisGcp("6.4")],
    remediation: ["Set `settings.ipConfiguration.sslMode: \"ENCRYPTED_ONLY\"`."],
    compliant: [good(gcp.sql, { settings: { ipConfiguration: { sslMode: "TRUSTED_CLIENT_CERTIFICATE_REQUIRED" } } })],
    violating: [
        bad(gcp.sql, { settings: { ipConfiguration: { sslMode: null } } }),
        bad(gcp.sql, { settings: { ipConfiguration: { sslMode: "ALLOW_UNENCRYPTED_AND_ENCRYPTED" } } }),
    ],
    types: [gcp.sql],
    check(resource, _settings, findings) {
        const ip = resource.properties.at("settings", "ipConfiguration");
        const mode = ip.at("sslMode");
        if (mode.absent && isTrue(ip.at("requireSsl").value)) return;
        findings.require(mode, value => encrypted.includes(value), "lets connections go unencrypted");
    },
});
