import { typedRule } from "../../common/rule";
import { isText } from "../../common/truth";
import { cisGcp } from "../frameworks";
import { isDefaultServiceAccount } from "../iam/grants";
import { bad, good } from "../sound";
import { derivedMachines, gcp, machines } from "../types";

export const vmIdentity = typedRule({
    id: "gcp-vm-identity",
    title: "Machines have a service account of their own",
    what: "`serviceAccount.email` of instances and instance templates is set, and is not the default account of Compute Engine or App Engine.",
    why: "The default account is Editor of the whole project: who takes over one machine takes over everything, by asking the metadata server for a token.",
    severity: "high",
    strictness: "mandatory",
    references: [cisGcp("4.1"), cisGcp("4.2")],
    remediation: ["Make a service account for the machine, give it the roles it needs, and name it in `serviceAccount.email`."],
    compliant: [good(gcp.instance, { serviceAccount: { email: "shop@shop-prod.iam.gserviceaccount.com", scopes: ["cloud-platform"] } })],
    violating: [
        bad(gcp.instance, { serviceAccount: null }),
        bad(gcp.instance, { serviceAccount: { email: "123456789012-compute@developer.gserviceaccount.com" } }),
        bad(gcp.instanceTemplate, { serviceAccount: { email: null } }),
    ],
    types: machines,
    check({ properties, type }, _settings, findings) {
        const email = properties.at("serviceAccount", "email");
        if (derivedMachines.has(type) && email.absent && properties.at("serviceAccount").absent) return;
        findings.require(email, raw => isText(raw) && !isDefaultServiceAccount(raw), email.absent ? "is not set, so nobody decided which account the machine has" : "is a default account, or none");
    },
});
