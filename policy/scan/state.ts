/** Reads the resources in a state file of Pulumi, or in what `pulumi stack export` writes. */
import type { Resource } from "../src/core/resource";
import { Value } from "../src/core/value";

/** A resource as it was asked for, and as it came to be: rules over the whole stack look at the latter. */
export interface StateResource {
    inputs: Resource;
    outputs: Resource;
}

/** The resources; nothing when this is no state. */
export function readState(content: unknown): StateResource[] | undefined {
    const list = resourcesIn(content);
    if (!list) return undefined;
    const byUrn = new Map(list.map(entry => [entry.urn, entry]));
    return list.filter(entry => entry.delete !== true).map(entry => {
        const provider = providerOf(entry, byUrn);
        const common = {
            type: entry.type,
            name: entry.urn.split("::").slice(3).join("::"),
            urn: entry.urn,
            options: { protect: entry.protect === true, ignoreChanges: Array.isArray(entry.ignoreChanges) ? entry.ignoreChanges.filter(path => typeof path === "string") : [] },
            ...(provider && { provider: { type: provider.type, properties: Value.root(opened(provider.inputs)) } }),
        };
        return {
            inputs: { ...common, properties: Value.root(opened(entry.inputs ?? {})) },
            outputs: { ...common, properties: Value.root(opened(entry.outputs ?? entry.inputs ?? {})) },
        };
    });
}

interface Entry {
    urn: string;
    type: string;
    inputs?: unknown;
    outputs?: unknown;
    protect?: unknown;
    ignoreChanges?: unknown;
    delete?: unknown;
    provider?: unknown;
}

function resourcesIn(content: unknown): Entry[] | undefined {
    const at = (value: unknown, key: string) => (typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined);
    for (const holder of [at(content, "deployment"), at(at(content, "checkpoint"), "latest")]) {
        const list = at(holder, "resources");
        // A stack without anything has null, or no list at all.
        if (typeof holder === "object" && holder !== null && (list === undefined || list === null)) return [];
        if (Array.isArray(list)) return list.filter(entry => typeof at(entry, "urn") === "string" && typeof at(entry, "type") === "string") as Entry[];
    }
    return undefined;
}

/** The provider that a resource names as `<urn>::<id>`. */
function providerOf(entry: Entry, byUrn: ReadonlyMap<string, Entry>): Entry | undefined {
    return typeof entry.provider === "string" ? byUrn.get(entry.provider.split("::").slice(0, -1).join("::")) : undefined;
}

// Part of Pulumi's state format.
const signature = "4dabf18193072939515e22adb298388d";
const secret = "1b47061264138c4ac30d75fd1eb44270";

/** A copy in which secrets stand open when the state has them open, and cannot be read when it has them encrypted. */
function opened(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    const copy: object = Array.isArray(value) ? [] : {};
    for (const [key, item] of Object.entries(value)) {
        const isSecret = typeof item === "object" && item !== null && (item as Record<string, unknown>)[signature] === secret;
        if (!isSecret) Object.defineProperty(copy, key, { value: opened(item), enumerable: true });
        else Object.defineProperty(copy, key, { get: () => plaintextOf(item as Record<string, unknown>), enumerable: true });
    }
    return copy;
}

/** @throws Error when it is encrypted: as with all that cannot be read, rules then say that they cannot decide */
function plaintextOf(item: Record<string, unknown>): unknown {
    if (typeof item.plaintext !== "string") throw new Error("encrypted");
    return opened(JSON.parse(item.plaintext));
}
