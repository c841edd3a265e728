import type { Findings } from "../core/findings";
import type { Resource } from "../core/resource";
import type { ResourceRule } from "../core/rule";
import type { Settings } from "../core/settings";
import type { Value } from "../core/value";
import { isKind, kindOf } from "./kinds";

/** One Kubernetes object inside a resource: the resource itself, or an item of a list. */
export interface KubernetesObject {
    readonly group: string;
    readonly kind: string;
    readonly builtin: boolean;
    readonly properties: Value;
    /** A patch: what it leaves out is set elsewhere. */
    readonly partial: boolean;
    readonly resource: Resource;
}

/** The objects in a resource; none if it is not from Kubernetes. */
export function objectsOf(resource: Resource): KubernetesObject[] {
    const kind = kindOf(resource.type);
    if (!kind) return [];
    const roots = kind.form === "list" ? resource.properties.at("items").list() : [resource.properties];
    return roots.map(properties => ({ group: kind.group, kind: kind.kind, builtin: kind.builtin, properties, partial: kind.form === "patch", resource }));
}

/**
 * The namespace of a namespaced object: its own, else its provider's, else `default`.
 * Unknown when either is not known yet.
 */
export function namespaceOf(object: KubernetesObject): { name: string } | { unknown: Value } {
    const own = object.properties.at("metadata", "namespace");
    if (own.unknown) return { unknown: own };
    if (own.text) return { name: own.text };
    const inherited = object.resource.provider?.properties.at("namespace");
    if (inherited?.unknown) return { unknown: inherited };
    return { name: inherited?.text || "default" };
}

type ObjectRuleParts = Omit<ResourceRule, "scope" | "applies" | "check"> & {
    /** Kinds of Kubernetes itself, in any version. */
    readonly kinds: readonly string[];
    checkObject(object: KubernetesObject, settings: Settings, findings: Findings): void;
};

/** A rule about objects of certain kinds. In patches, only what they set can be wrong. */
export function objectRule(parts: ObjectRuleParts): ResourceRule {
    const { kinds, checkObject, ...rest } = parts;
    return {
        ...rest,
        scope: "resource",
        applies: isKind(...kinds),
        check(resource, settings, findings) {
            for (const object of objectsOf(resource)) checkObject(object, settings, object.partial ? findings.under({ partial: true }) : findings);
        },
    };
}
