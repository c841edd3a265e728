import type { Resource } from "../../core/resource";
import type { Value } from "../../core/value";
import { objectsOf } from "../objects";
import { podsOf } from "../pods";

/** A place that names an image. */
export interface ImagePlace {
    readonly value: Value;
    /** Left out, it is filled in by somebody else. */
    readonly optional: boolean;
}

// Fields by which well-known operators take an image outside a pod template.
const imageFields = new Set(["image", "imageName"]);
const deepest = 16;
const most = 20_000;

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
    let visited = 0;
    const visit = (value: Value, depth: number): void => {
        if (depth > deepest || visited > most) {
            if (value.isObject || value.isList) unsearched.push(value);
            return;
        }
        visited++;
        if (value.isList) for (const item of value.list()) visit(item, depth + 1);
        if (!value.isObject) return;
        for (const [key, item] of value.entries()) {
            // Only text: an object under this name describes an image in words of its own.
            if (imageFields.has(key) && (item.unknown || item.text)) found(item);
            else visit(item, depth + 1);
        }
    };
    visit(top, 0);
}
