import { Value } from "./value";

/** A resource as rules see it, whether it comes from the engine, a manifest or an example. */
export interface Resource {
    /** Pulumi's type token, e.g. `kubernetes:apps/v1:Deployment`. */
    readonly type: string;
    readonly name: string;
    readonly urn: string;
    readonly properties: Value;
    readonly provider?: { readonly type: string; readonly properties: Value };
    /** How Pulumi is to treat it; absent where the source knows no such thing, as a manifest. */
    readonly options?: ResourceOptions;
}

export interface ResourceOptions {
    readonly protect: boolean;
    /** Property paths whose changes Pulumi ignores. */
    readonly ignoreChanges: readonly string[];
}

/** A resource from plain properties, for examples, tests and manifests. */
export function resourceOf(type: string, name: string, properties: unknown, more: Partial<Pick<Resource, "urn" | "provider" | "options">> = {}): Resource {
    return { type, name, urn: `urn:pulumi:stack::project::${type}::${name}`, properties: Value.root(properties), ...more };
}
