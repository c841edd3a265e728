import { Findings, type FindingKind } from "../core/findings";
import type { Resource } from "../core/resource";
import type { Value } from "../core/value";

/** A collector for one resource of a stack: what it is told counts there as a finding about that resource. */
export function about(findings: Findings, resource: Resource): Findings {
    return new FindingsAbout(findings, resource);
}

class FindingsAbout extends Findings {
    constructor(
        private readonly target: Findings,
        private readonly subject: Resource,
    ) {
        super();
    }

    protected override add(kind: FindingKind, at: Value | string, what: string): void {
        if (kind === "violation") this.target.violation(at, what, this.subject);
        else if (kind === "advice") this.target.advice(at, what, this.subject);
        else this.target.undetermined(at, this.subject);
    }
}
