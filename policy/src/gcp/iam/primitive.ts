import type { Findings } from "../../core/findings";
import type { ResourceRule } from "../../core/rule";
import { cisGcp } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";
import { grantsIn, grantsOf, isDefaultServiceAccount, isEveryone, type Grant } from "./grants";

const basic = /^(roles\/)?(owner|editor|viewer)$/i;
// Roles of administration, of the whole or of a service; creating things of one's own (`objectAdmin`) is not one.
const administration = /^roles\/([\w.]+\.)?(\w*[aA]dmin|admin|securityAdmin|organizationAdmin)$/;
const harmlessAdministration = /^roles\/(storage\.objectAdmin|storage\.folderAdmin|pubsub\.\w+Admin|monitoring\.\w+|logging\.\w+)$/;

export const iamPrimitive: ResourceRule = {
    id: "gcp-iam-primitive",
    title: "Nobody has a role over everything",
    what: "Projects, folders and organizations grant neither Owner, Editor nor Viewer, nothing to `allUsers` or `allAuthenticatedUsers`, no role of administration (`…Admin`) to a service account, and nothing to the default service accounts.",
    why: "A basic role holds thousands of permissions, on everything that is in the project now or later. One leaked key of such an account is the whole project.",
    severity: "high",
    strictness: "mandatory",
    references: [cisGcp("1.5")],
    remediation: ["Grant the predefined role that names the task, on the resource rather than the project."],
    settings: { basicRoles: { type: "array", items: { type: "string", enum: ["owner", "editor", "viewer"] }, uniqueItems: true, default: ["owner", "editor", "viewer"], description: "Basic roles that must not be granted." } },
    compliant: [good(gcp.projectMember), good(gcp.projectBinding)],
    violating: [
        bad(gcp.projectMember, { role: "roles/editor" }),
        bad(gcp.projectMember, { member: "allAuthenticatedUsers" }),
        bad(gcp.projectMember, { role: "roles/compute.admin", member: "serviceAccount:shop@shop-prod.iam.gserviceaccount.com" }),
        bad(gcp.projectBinding, { members: ["serviceAccount:123456789012-compute@developer.gserviceaccount.com"] }),
        bad(gcp.projectPolicy, { policyData: JSON.stringify({ bindings: [{ role: "roles/owner", members: ["group:admins@example.com"] }] }) }),
    ],
    scope: "resource",
    applies: grantsIn("projects", "folder", "organizations"),
    check(resource, settings, findings) {
        const { grants, unreadable } = grantsOf(resource);
        if (unreadable) findings.undetermined(unreadable);
        for (const grant of grants) checkGrant(grant, settings.list("basicRoles"), findings);
    },
};

function checkGrant({ role, members }: Grant, basicRoles: readonly string[], findings: Findings): void {
    findings.forbid(role, raw => typeof raw === "string" && basicRoles.includes(basic.exec(raw.trim())?.[2]?.toLowerCase() ?? ""), "is a role over everything");
    const isAdministration = role.text !== undefined && administration.test(role.text) && !harmlessAdministration.test(role.text);
    for (const member of members) {
        findings.forbid(member, isEveryone, "grants the role to everybody");
        findings.forbid(member, isDefaultServiceAccount, "is a default service account, which every machine may be");
        if (isAdministration) findings.forbid(member, raw => typeof raw === "string" && raw.startsWith("serviceAccount:"), "is a service account that administers");
    }
}
