/** Builds examples of resources of clouds: one that keeps every rule, changed in the one place that matters. */
import { resourceOf, type Resource } from "../core/resource";
import type { Example } from "../core/rule";
import { merge } from "./merge";

/** Properties, by type token, that keep every rule. */
export type Sound = Readonly<Record<string, Record<string, unknown>>>;

/** Builds examples from sound resources. In fragments, `null` removes. */
export function examplesFrom(sound: Sound) {
    const resource = (type: string, fragment: Record<string, unknown> = {}, name = "shop"): Resource => {
        const base = sound[type];
        if (!base) throw new Error(`There is no sound ${type}`);
        return resourceOf(type, name, merge(base, fragment));
    };
    const place = (type: string): string => type.slice(type.lastIndexOf(":") + 1);
    return {
        resource,
        /** The sound resource, shown with this part of it, or as a whole. */
        good: (type: string, shown?: Record<string, unknown>): Example => ({ resources: [resource(type, shown)], shown: { place: place(type), content: shown ?? sound[type] } }),
        /** The sound resource with a fault. */
        bad: (type: string, fragment: Record<string, unknown>): Example => ({ resources: [resource(type, fragment)], shown: { place: place(type), content: fragment } }),
    };
}

/** Several resources that belong together, shown with their types. */
export function stackOf(...resources: readonly Resource[]): Example {
    return { resources, shown: { place: "stack", content: resources.map(({ type, properties }) => ({ type, properties: properties.value })) } };
}
