/** Adds to a resource what rules offer as remedies. */
import { Value } from "./value";
import type { Resource } from "./resource";
import type { Addition } from "./rule";

/**
 * Makes the additions in place and counts them. What is set already, or not known yet, stays as it is: the object may
 * be the engine's view of a preview, where reading an unknown throws, and where writing beside a secret keeps it one.
 */
export function addTo(properties: object, additions: readonly Addition[]): number {
    let made = 0;
    for (const { at, value } of additions) {
        try {
            const keys = at.keys;
            const holder = holderOf(properties, keys.slice(0, -1));
            const last = keys.at(-1);
            if (holder === undefined || last === undefined || isSet(holder[last])) continue;
            holder[last] = structuredClone(value);
            made++;
        } catch {
            // Not known yet: the rule says so when it looks at the resource.
        }
    }
    return made;
}

/** A copy of a resource of plain properties with the additions made. */
export function withAdditions(resource: Resource, additions: readonly Addition[]): Resource {
    const properties = structuredClone(resource.properties.value) as object;
    addTo(properties, additions);
    return { ...resource, properties: Value.root(properties) };
}

type Fields = Record<string | number, unknown>;

/** The object in which the last key of a path stands; objects that are missing on the way are made. */
function holderOf(properties: object, keys: readonly (string | number)[]): Fields | undefined {
    let holder = properties as Fields;
    for (const key of keys) {
        if (!isSet(holder[key])) {
            if (typeof key === "number") return undefined;
            holder[key] = {};
        }
        const next = holder[key];
        if (typeof next !== "object" || next === null) return undefined;
        holder = next as Fields;
    }
    return holder;
}

function isSet(value: unknown): boolean {
    return value !== undefined && value !== null;
}
