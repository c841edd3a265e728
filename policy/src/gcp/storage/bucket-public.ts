import type { Findings } from "../../core/findings";
import type { Resource } from "../../core/resource";
import type { ResourceRule } from "../../core/rule";
import { cisGcp } from "../frameworks";
import { checkPublicGrants } from "../iam/public";
import { grantsIn } from "../iam/grants";
import { bad, good } from "../sound";
import { gcp } from "../types";

const isGrant = grantsIn("storage");
const accessControls: ReadonlySet<string> = new Set([
    "gcp:storage/bucketAccessControl:BucketAccessControl", "gcp:storage/defaultObjectAccessControl:DefaultObjectAccessControl", "gcp:storage/objectAccessControl:ObjectAccessControl",
]);
const accessLists: ReadonlySet<string> = new Set(["gcp:storage/bucketACL:BucketACL", "gcp:storage/defaultObjectACL:DefaultObjectACL", "gcp:storage/objectACL:ObjectACL"]);

export const bucketPublic: ResourceRule = {
    id: "gcp-bucket-public",
    title: "Buckets are not public",
    what: "`publicAccessPrevention` is `enforced` on every bucket, and no role, access control or predefined list on a bucket or its objects goes to `allUsers` or `allAuthenticatedUsers` (that is anybody with an account of Google).",
    why: "A public bucket is listed and copied by strangers. Enforced prevention also stops the grant that somebody makes in the console next year.",
    severity: "critical",
    strictness: "mandatory",
    references: [cisGcp("5.1")],
    remediation: ["Set `publicAccessPrevention: \"enforced\"`, and grant roles to named principals.", "Hand out single files by signed URLs."],
    compliant: [good(gcp.bucket, { publicAccessPrevention: "enforced" }), good(gcp.bucketMember)],
    violating: [
        bad(gcp.bucket, { publicAccessPrevention: "inherited" }),
        bad(gcp.bucket, { publicAccessPrevention: null }),
        bad(gcp.bucketMember, { member: "allUsers" }),
    ],
    scope: "resource",
    applies: type => type === gcp.bucket || isGrant(type) || accessControls.has(type) || accessLists.has(type),
    check(resource, _settings, findings) {
        if (resource.type === gcp.bucket) findings.require(resource.properties.at("publicAccessPrevention"), value => value === "enforced", "does not prevent public access");
        else if (isGrant(resource.type)) checkPublicGrants(resource, findings);
        else checkAccess(resource, findings);
    },
};

function checkAccess({ properties, type }: Resource, findings: Findings): void {
    if (accessControls.has(type)) return findings.forbid(properties.at("entity"), raw => isPublicEntity(raw), "makes it public");
    for (const field of ["predefinedAcl", "defaultAcl"]) findings.forbid(properties.at(field), raw => typeof raw === "string" && /^(public|authenticated)/i.test(raw), "makes it public");
    for (const entry of properties.at("roleEntities").list()) findings.forbid(entry, raw => typeof raw === "string" && isPublicEntity(raw.slice(raw.indexOf(":") + 1)), "makes it public");
}

function isPublicEntity(raw: unknown): boolean {
    return typeof raw === "string" && /^(allUsers|allAuthenticatedUsers)$/i.test(raw.trim());
}
