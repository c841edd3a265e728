import { typedRule } from "../common/rule";
import type { Findings } from "../core/findings";
import type { Value } from "../core/value";
import { cisOci } from "./frameworks";
import { bad, good } from "./sound";
import { oci } from "./types";

const everything = /\bto\s+(manage|use)\s+all-resources\s+in\s+tenancy\b/;
const identity = /\bto\s+manage\s+(users|groups|policies|dynamic-groups|domains|authentication-policies)\s+in\s+tenancy\b/;

export const ociIamBroad = typedRule({
    id: "oci-iam-broad",
    title: "No policy grants everything, or grants to everybody",
    what: "No statement lets a group `manage all-resources in tenancy` (except the tenancy's administrators, named in the setting `administrators`), and none is for `any-user` or `any-group` without a `where` that names who is meant.",
    why: "Such a statement makes every member of the group, or every user and service of the tenancy, its master.",
    severity: "critical",
    strictness: "mandatory",
    references: [cisOci("1.2"), cisOci("1.3")],
    remediation: ["Name the kind of resource and the compartment: `Allow group developers to manage instances in compartment shop`."],
    settings: { administrators: { type: "array", items: { type: "string" }, uniqueItems: true, default: ["Administrators"], description: "Groups that may manage everything." } },
    compliant: [good(oci.policy), good(oci.policy, { statements: ["Allow any-user to read objects in compartment shop where request.principal.type = 'functionsfunc'"] })],
    violating: [
        bad(oci.policy, { statements: ["Allow group developers to manage all-resources in tenancy"] }),
        bad(oci.policy, { statements: ["allow any-user to read objects in compartment shop"] }),
    ],
    types: [oci.policy],
    check({ properties }, settings, findings) {
        for (const statement of properties.at("statements").list()) checkStatement(statement, settings.list("administrators"), findings);
    },
});

function checkStatement(statement: Value, administrators: readonly string[], findings: Findings): void {
    if (statement.unknown) return findings.undetermined(statement);
    const text = statement.text?.toLowerCase().replace(/\s+/g, " ").slice(0, 5000) ?? "";
    const [grant = "", condition = ""] = text.split(/ where /);
    if (!/^\s*(allow|admit)\b/.test(grant)) return;
    if (/\bany-(user|group|tenancy)\b/.test(grant) && !/request\.(principal|user|groups|resource)|target\./.test(condition)) return findings.violation(statement, "is for everybody");
    const group = /\bgroup (?:id )?'?(?:[\w.-]+'?\/)?'?([\w.@ -]+?)'? to\b/.exec(grant)?.[1];
    if (group !== undefined && administrators.some(name => name.toLowerCase() === group)) return;
    if (everything.test(grant) && condition === "") findings.violation(statement, "grants everything");
    else if (identity.test(grant) && condition === "") findings.violation(statement, "grants the power to make oneself administrator");
}
