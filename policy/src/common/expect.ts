import type { Findings } from "../core/findings";
import type { Resource } from "../core/resource";
import type { Value } from "../core/value";
import { defaultOf } from "./defaults";

/** What counts at a path: what is written there, else the provider's default. `undefined` where it is not known yet, too. */
export function effective(resource: Resource, path: string): unknown {
    const value = resource.properties.at(...path.split("."));
    return value.absent ? defaultOf(resource.type, path) : value.value;
}

/** What counts at a path must be good. */
export function expect(resource: Resource, path: string, good: (raw: unknown) => boolean, what: string, findings: Findings): void {
    const value = resource.properties.at(...path.split("."));
    if (value.unknown) findings.undetermined(value);
    else if (!good(effective(resource, path))) findings.violation(value, what);
}

/** The first of some places that is not known yet. */
export function firstUnknown(...values: readonly (Value | undefined)[]): Value | undefined {
    return values.find(value => value?.unknown);
}
