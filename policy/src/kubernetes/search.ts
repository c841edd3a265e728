import type { Value } from "../core/value";

// Far beyond any real custom resource; what is bigger is reported as not searched.
const deepest = 16;
const most = 20_000;

/** Names under which custom resources keep what becomes a pod. An unknown under another name is taken for a plain field. */
const holders = /^(spec|.*[tT]emplate)$/;

/**
 * Walks through a custom resource, whose shape nobody knows. `visit` gets every object and says whether to go on below
 * it; `unsearched` gets the places that could hide something because they are unknown, too deep or too many.
 */
export function search(top: Value, visit: (object: Value, depth: number) => boolean, unsearched: (place: Value) => void): void {
    let visited = 0;
    const walk = (value: Value, key: string, depth: number): void => {
        if (value.unknown) {
            if (holders.test(key)) unsearched(value);
        } else if (value.isList || value.isObject) {
            visited++;
            if (depth > deepest || visited > most) return unsearched(value);
            if (value.isList) for (const item of value.list()) walk(item, key, depth + 1);
            else if (visit(value, depth)) for (const [name, item] of value.entries()) walk(item, name, depth + 1);
        }
    };
    walk(top, "", 0);
}
