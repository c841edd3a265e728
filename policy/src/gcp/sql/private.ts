import { isFalse, isText, isTrue } from "../../common/truth";
import { typedRule } from "../../common/rule";
import { cisGcp } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";

export const sqlPrivate = typedRule({
    id: "gcp-sql-private",
    title: "Databases of Cloud SQL have no public address",
    what: "`settings.ipConfiguration.ipv4Enabled` is false, explicitly, and the instance is reached through a private network or Private Service Connect.",
    why: "Left out, Cloud SQL gives the instance a public address: then a password is all that stands between the internet and the data.",
    severity: "critical",
    strictness: "mandatory",
    references: [cisGcp("6.6")],
    remediation: ["Set `settings.ipConfiguration` to `{ ipv4Enabled: false, privateNetwork: … }`."],
    compliant: [
        good(gcp.sql, { settings: { ipConfiguration: { ipv4Enabled: false, privateNetwork: "shop" } } }),
        good(gcp.sql, { settings: { ipConfiguration: { ipv4Enabled: false, privateNetwork: null, pscConfigs: [{ pscEnabled: true, allowedConsumerProjects: ["shop-prod"] }] } } }),
    ],
    violating: [
        bad(gcp.sql, { settings: { ipConfiguration: { ipv4Enabled: true } } }),
        bad(gcp.sql, { settings: { ipConfiguration: { ipv4Enabled: null } } }),
        bad(gcp.sql, { settings: { ipConfiguration: { privateNetwork: null } } }),
    ],
    types: [gcp.sql],
    check(resource, _settings, findings) {
        const ip = resource.properties.at("settings", "ipConfiguration");
        const publicAddress = ip.at("ipv4Enabled");
        findings.require(publicAddress, isFalse, publicAddress.absent ? "is not set, so the instance gets a public address" : "gives the instance a public address");
        const network = ip.at("privateNetwork");
        const psc = ip.at("pscConfigs").list().map(config => config.at("pscEnabled"));
        if (publicAddress.unknown || !isFalse(publicAddress.value) || isText(network.value) || psc.some(enabled => isTrue(enabled.value))) return;
        const unclear = [network, ...psc].find(value => value.unknown);
        if (unclear) findings.undetermined(unclear);
        else findings.violation(network, "is not set, and neither is Private Service Connect");
    },
});
