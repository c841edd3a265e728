import type { ResourceRule } from "../../core/rule";
import { cisGcp } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";
import { grantsIn, grantsOf } from "./grants";

export const iamPeople: ResourceRule = {
    id: "gcp-iam-people",
    title: "Roles go to groups, and to accounts of the organization",
    what: "Projects, folders and organizations grant roles to groups, not to single users, and never to private accounts such as gmail.com.",
    why: "Who leaves a group loses its roles; a role that was granted to a person stays, and a private account is outside the organization's sign-in, second factor included.",
    severity: "low",
    strictness: "advisory",
    references: [cisGcp("1.1")],
    remediation: ["Make a group, grant it the role, and put the person in."],
    compliant: [good(gcp.projectMember, { member: "group:readers@example.com" })],
    violating: [bad(gcp.projectMember, { member: "user:alex@example.com" }), bad(gcp.projectBinding, { members: ["group:somebody@gmail.com"] })],
    scope: "resource",
    applies: grantsIn("projects", "folder", "organizations"),
    check(resource, _settings, findings) {
        const { grants, unreadable } = grantsOf(resource);
        if (unreadable) findings.undetermined(unreadable);
        for (const { members } of grants) {
            for (const member of members) {
                findings.forbid(member, raw => typeof raw === "string" && (raw.startsWith("user:") || /@(gmail|googlemail)\.com$/i.test(raw)), "is a person or a private account, not a group of the organization");
            }
        }
    },
};
