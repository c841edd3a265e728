/** The difference between two trees of properties, in the form the engine shows to people. */
import { equal, isObject, type Props, type Value } from "./values";

export type Change = "add" | "delete" | "update";
/** Property path in Pulumi's notation, e.g. `spec.template.spec.containers[0].image`. */
export type Changes = Map<string, Change>;

export function diff(before: Props, after: Props): Changes {
    const changes: Changes = new Map();
    compare(before, after, "", changes);
    return changes;
}

/** True when a change is at `path` or below it. */
export function touches(changed: string, path: string): boolean {
    return changed === path || changed.startsWith(`${path}.`) || changed.startsWith(`${path}[`);
}

/** The first part of a property path: the property that the engine knows. */
export function rootOf(path: string): string {
    return path.startsWith("[\"") ? (JSON.parse(path.slice(1, path.indexOf("\"]") + 1)) as string) : (path.split(/[.[]/, 1)[0] ?? path);
}

export function join(path: string, key: string | number): string {
    if (typeof key === "number") return `${path}[${key}]`;
    if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
    return path === "" ? key : `${path}.${key}`;
}

function compare(before: Value | undefined, after: Value | undefined, at: string, changes: Changes): void {
    if (equal(before, after)) return;
    if (isObject(before) && isObject(after)) {
        for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) compare(before[key], after[key], join(at, key), changes);
    } else if (Array.isArray(before) && Array.isArray(after)) {
        for (let index = 0; index < Math.max(before.length, after.length); index++) compare(before[index], after[index], join(at, index), changes);
    } else {
        changes.set(at, before === undefined ? "add" : after === undefined ? "delete" : "update");
    }
}
