import type { Findings } from "../../core/findings";
import type { Resource } from "../../core/resource";
import { grantsOf, isEveryone } from "./grants";

/** Finds grants to everybody. */
export function checkPublicGrants(resource: Resource, findings: Findings, what = "grants the role to everybody"): void {
    const { grants, unreadable } = grantsOf(resource);
    if (unreadable) findings.undetermined(unreadable);
    for (const { members } of grants) for (const member of members) findings.forbid(member, isEveryone, what);
}
