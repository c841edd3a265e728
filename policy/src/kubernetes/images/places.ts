import type { Resource } from "../../core/resource";
import type { Value } from "../../core/value";
import { objectsOf } from "../objects";
import { podsOf } from "../pods";
import { search } from "../search";

/** A place that names an image. */
export interface ImagePlace {
    readonly value: Value;
    /** Left out, it is filled in by somebody else. */
    readonly optional: boolean;
}

// Fields by which well-known operators take an image outside a pod template.
const imageFields = ["image", "imageName"];

/** Every image that a resource names: of containers, of image volumes, and in fields of custom resources. */
export function imagesOf(resource: Resource): { places: readonly ImagePlace[]; unsearched: readonly Value[] } {
    const { pods, unsearched: unsearchedPods } = podsOf(resource);
    const places: ImagePlace[] = [];
    const unsearched = [...unsearchedPods];
    for (const pod of pods) {
        for (const container of pod.containers) places.push({ value: container.value.at("image"), optional: pod.partial });
        for (const volume of pod.spec.at("volumes").list()) {
            const reference = volume.at("image", "reference");
            if (!reference.absent && !volume.unknown) places.push({ value: reference, optional: pod.partial });
        }
    }
    const seen = new Set(places.map(place => place.value.path));
    for (const object of objectsOf(resource)) {
        if (!object.builtin) searchFields(object.properties.at("spec"), value => !seen.has(value.path) && places.push({ value, optional: true }), unsearched);
    }
    return { places, unsearched };
}

function searchFields(top: Value, found: (value: Value) => void, unsearched: Value[]): void {
    const visit = (object: Value): boolean => {
        for (const field of imageFields) {
            const value = object.at(field);
            // Only text: an object under this name describes an image in words of its own.
            if (value.unknown || value.text) found(value);
        }
        return true;
    };
    if (top.unknown) unsearched.push(top);
    else search(top, visit, place => unsearched.push(place));
}
