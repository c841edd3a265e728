import type { Resource } from "./resource";
import type { Value } from "./value";

/**
 * - `violation`: the rule is broken; the configured level decides what that means
 * - `advice`: worth changing, never blocks
 * - `undetermined`: the rule could not decide because something is not known yet
 * - `failure`: the rule itself or its configuration is at fault; blocks, so that a defect never lets anything through
 */
export type FindingKind = "violation" | "advice" | "undetermined" | "failure";

export interface Finding {
    readonly kind: FindingKind;
    /** Where in the resource; empty for the resource as a whole. */
    readonly path: string;
    /** What is wrong, without any value of the resource: it could be a secret. */
    readonly what: string;
    /** The resource it is about, for rules that look at many. */
    readonly resource?: Resource;
}

/** Enough of one resource for a person to act on; a resource with more problems than this has one problem. */
const limit = 25;

/** Collects what one rule finds, and holds the two questions that most rules ask. */
export class Findings {
    private readonly found: Finding[] = [];
    // Made with the first finding: hardly any rule finds anything in a resource.
    private seen?: Set<string>;
    private counts?: Map<Resource | undefined, number>;
    private dropped?: Map<Resource | undefined, number>;

    /** What was found, in order, each thing once. */
    get all(): readonly Finding[] {
        if (!this.dropped) return this.found;
        return [...this.found, ...[...this.dropped].map(([resource, count]): Finding => ({ kind: "violation", path: "", what: `and ${count} more places like these`, ...(resource && { resource }) }))];
    }

    violation(at: Value | string, what: string, resource?: Resource): void {
        this.add("violation", at, what, resource);
    }

    advice(at: Value | string, what: string, resource?: Resource): void {
        this.add("advice", at, what, resource);
    }

    undetermined(at: Value | string, resource?: Resource): void {
        this.add("undetermined", at, "is not known yet", resource);
    }

    /** Nothing here, or nothing bad. */
    forbid(value: Value, bad: (raw: unknown) => boolean, what: string): void {
        if (value.unknown) this.undetermined(value);
        else if (value.known && bad(value.value)) this.violation(value, what);
    }

    /** Something here, and it is good. */
    require(value: Value, good: (raw: unknown) => boolean, what: string): void {
        if (value.unknown) this.undetermined(value);
        else if (!good(value.value)) this.violation(value, what);
    }

    /** A collector whose findings count here only in part; see `Conditions`. */
    under(conditions: Conditions): Findings {
        return new ConditionalFindings(this, conditions);
    }

    protected add(kind: FindingKind, at: Value | string, what: string, resource: Resource | undefined): void {
        const path = typeof at === "string" ? at : at.path;
        const key = [kind, path, what, resource?.urn].join("\0");
        this.seen ??= new Set();
        if (this.seen.has(key)) return;
        this.seen.add(key);
        this.counts ??= new Map();
        const count = (this.counts.get(resource) ?? 0) + 1;
        this.counts.set(resource, count);
        if (count > limit) {
            if (kind !== "violation") return;
            this.dropped ??= new Map();
            this.dropped.set(resource, (this.dropped.get(resource) ?? 0) + 1);
            return;
        }
        this.found.push({ kind, path, what, ...(resource && { resource }) });
    }
}

export interface Conditions {
    /** Somebody else fills in what is missing here (a patch, an operator), so only what is set can be wrong. */
    partial?: boolean;
    /** Not known yet, and it may exempt from the rule: what would be a violation is undetermined because of it. */
    doubt?: Value;
}

class ConditionalFindings extends Findings {
    constructor(
        private readonly target: Findings,
        private readonly conditions: Conditions,
    ) {
        super();
    }

    override require(value: Value, good: (raw: unknown) => boolean, what: string): void {
        if (this.conditions.partial && value.absent) return;
        super.require(value, good, what);
    }

    protected override add(kind: FindingKind, at: Value | string, what: string, resource: Resource | undefined): void {
        if (kind === "violation" && this.conditions.doubt) this.target.undetermined(this.conditions.doubt, resource);
        else if (kind === "violation") this.target.violation(at, what, resource);
        else if (kind === "advice") this.target.advice(at, what, resource);
        else this.target.undetermined(at, resource);
    }
}
