import type { Findings } from "../../core/findings";
import type { Resource } from "../../core/resource";
import type { ResourceRule } from "../../core/rule";
import { cisGcp } from "../frameworks";
import { bad, good } from "../sound";
import { gcp } from "../types";
import { grantsIn, grantsOf, isEveryone } from "./grants";

const isWide = grantsIn("projects", "folder", "organizations");
const isOnAccount = grantsIn("serviceaccount", "serviceAccount");
const impersonating = /^roles\/iam\.(serviceAccountTokenCreator|serviceAccountUser|serviceAccountKeyAdmin|serviceAccountOpenIdTokenCreator|workloadIdentityUser)$/i;
const github = /(^|\/\/)token\.actions\.githubusercontent\.com|gitlab\.com|app\.terraform\.io/i;
const repository = /(assertion|attribute|google)\.\w*(sub|subject|repository|repository_id|repository_owner|repository_owner_id|namespace_path|namespace_id|project_path|project_id|terraform_\w+|job_workflow_ref|workflow_ref)\b/i;

export const iamImpersonation: ResourceRule = {
    id: "gcp-iam-impersonation",
    title: "Service accounts are used by those for whom they are meant",
    what: "Projects, folders and organizations do not grant the roles by which one acts as a service account; single accounts do not grant them to everybody. No service account has a key of the user's (`serviceaccount.Key`). Workload identity providers have an `attributeCondition`; those of shared issuers (GitHub, GitLab, Terraform Cloud) name the repository or its owner in it.",
    why: "Who may act as any account has the sum of all their rights. A key is a password that never expires and gets copied. Without a condition every repository of GitHub may sign in.",
    severity: "high",
    strictness: "mandatory",
    references: [cisGcp("1.4"), cisGcp("1.6")],
    remediation: ["Grant the role on the one service account (`serviceaccount.IAMMember`), and use workload identity federation instead of keys.", "Set `attributeCondition: \"assertion.repository == 'owner/name'\"`."],
    compliant: [good(gcp.workloadIdentityProvider), good(gcp.projectMember)],
    violating: [
        bad(gcp.projectMember, { role: "roles/iam.serviceAccountTokenCreator" }),
        bad(gcp.projectBinding, { role: "roles/iam.serviceAccountUser" }),
        bad(gcp.serviceAccountKey, {}),
        bad(gcp.workloadIdentityProvider, { attributeCondition: null }),
        bad(gcp.workloadIdentityProvider, { attributeCondition: "assertion.aud != ''" }),
        bad(gcp.workloadIdentityProvider, { attributeCondition: "assertion.sub == 'repo:*'" }),
    ],
    scope: "resource",
    applies: type => isWide(type) || isOnAccount(type) || type === gcp.serviceAccountKey || type === gcp.workloadIdentityProvider,
    check(resource, _settings, findings) {
        if (resource.type === gcp.serviceAccountKey) findings.violation("", "is a key that somebody can copy");
        else if (resource.type === gcp.workloadIdentityProvider) checkProvider(resource, findings);
        else {
            const { grants, unreadable } = grantsOf(resource);
            if (unreadable) findings.undetermined(unreadable);
            for (const { role, members } of grants) {
                if (isWide(resource.type)) findings.forbid(role, raw => typeof raw === "string" && impersonating.test(raw), "lets its members act as every service account in it");
                else for (const member of members) findings.forbid(member, isEveryone, "lets everybody act as the service account");
            }
        }
    },
};

function checkProvider({ properties }: Resource, findings: Findings): void {
    const condition = properties.at("attributeCondition");
    const issuer = properties.at("oidc", "issuerUri");
    // Accounts of AWS and one's own SAML provider are bounds by themselves; OpenID providers may serve anybody.
    if (condition.absent && (properties.has("aws") || properties.has("saml") || properties.has("x509")) && !properties.has("oidc")) return;
    if (condition.unknown) return findings.undetermined(condition);
    const text = condition.text?.trim() ?? "";
    if (text === "" || /^(true|1\s*==\s*1)$/i.test(text)) findings.violation(condition, condition.absent ? "is not set, so everybody with that provider may sign in" : "lets everybody with that provider sign in");
    else if (issuer.unknown && (!repository.test(text) || !namesSubject(text))) findings.undetermined(issuer);
    else if (github.test(issuer.text ?? "") && !namesSubject(text)) findings.violation(condition, "names no repository, so those of strangers may sign in");
    else if (github.test(issuer.text ?? "") && (!repository.test(text) || /!=\s*(''|"")\s*$/.test(text))) findings.violation(condition, "names no repository, so those of strangers may sign in");
}

/**
 * A subject of these issuers is made of what it stands for, `repo:owner/name:ref:…`. A condition that compares the subject
 * alone, with something that names no owner and project, bounds nothing, or means something else than it says.
 */
function namesSubject(condition: string): boolean {
    const compared = [...condition.matchAll(/\b(?:assertion\.sub|google\.subject|attribute\.sub(?:ject)?)\s*==\s*(?:'([^']*)'|"([^"]*)")/g)].map(([, one, other]) => one ?? other ?? "");
    const others = condition.replace(/\b(?:assertion\.sub|google\.subject|attribute\.sub(?:ject)?)\b/g, "");
    return compared.length === 0 || repository.test(others) || compared.every(subject => /^\w+:[^\s*:/]+(\/[^\s*:]+|:)/.test(subject));
}
