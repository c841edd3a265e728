import type { ResourceRule } from "../core/rule";

type TypedParts = Omit<ResourceRule, "scope" | "applies"> & {
    /** Type tokens of the resources that the rule looks at. */
    readonly types: readonly string[];
};

/** A rule about resources of certain types. */
export function typedRule(parts: TypedParts): ResourceRule {
    const { types, ...rest } = parts;
    const wanted = new Set(types);
    return { ...rest, scope: "resource", applies: type => wanted.has(type) };
}
