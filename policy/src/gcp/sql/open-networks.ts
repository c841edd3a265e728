import { opennessOf } from "../../common/addresses";
import { typedRule } from "../../common/rule";
import { cisGcp } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";

export const sqlOpenNetworks = typedRule({
    id: "gcp-sql-open-networks",
    title: "No database of Cloud SQL admits the whole internet",
    what: "`settings.ipConfiguration.authorizedNetworks`, taken together, are not the internet: no `0.0.0.0/0`, no `::/0`, and not its halves either.",
    why: "An authorized network opens the database's port to it. Open to all, the instance is found by scanners within minutes.",
    severity: "critical",
    strictness: "mandatory",
    references: [cisGcp("6.5")],
    remediation: ["Remove the entry, and connect over the private network or the Cloud SQL Auth Proxy."],
    compliant: [good(gcp.sql, { settings: { ipConfiguration: { authorizedNetworks: [{ name: "office", value: "203.0.113.0/28" }] } } })],
    violating: [
        bad(gcp.sql, { settings: { ipConfiguration: { authorizedNetworks: [{ name: "all", value: "0.0.0.0/0" }] } } }),
        bad(gcp.sql, { settings: { ipConfiguration: { authorizedNetworks: [{ value: "0.0.0.0/1" }, { value: "128.0.0.0/1" }] } } }),
    ],
    types: [gcp.sql],
    check(resource, _settings, findings) {
        const networks = resource.properties.at("settings", "ipConfiguration", "authorizedNetworks").list().map(network => network.at("value"));
        const { open, unclear } = opennessOf(networks);
        if (open) findings.violation(open, "admits the internet");
        else if (unclear) findings.undetermined(unclear);
    },
});
