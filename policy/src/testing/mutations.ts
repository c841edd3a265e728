/** Changes one property of a sound resource at a time, and compares the rules that object with those that should. Not part of the pack. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { evaluateResource, evaluateStack } from "../core/evaluate";
import { resourceOf, type Resource } from "../core/resource";
import { rules } from "../rules";

/** Where (`/` between keys), what is put there (`undefined` removes), and the rules that must object: these and no others. */
export type Mutation = readonly [path: string, value: unknown, ...objecting: string[]];

/** The rules that object to a resource, alone and as a stack of one. */
export function objections(resource: Resource): string[] {
    return rules.filter(rule => (rule.scope === "stack" ? evaluateStack(rule, [resource]) : evaluateResource(rule, resource)).some(({ kind }) => kind === "violation" || kind === "failure")).map(({ id }) => id);
}

/** A copy with the thing at a path replaced; objects that are missing on the way are made. */
export function changed(properties: unknown, path: string, value: unknown): unknown {
    const [key = "", ...rest] = path.split("/");
    const holder = (Array.isArray(properties) ? [...(properties as unknown[])] : { ...(properties as object) }) as Record<string, unknown>;
    const next = rest.length === 0 ? value : changed(holder[key] ?? {}, rest.join("/"), value);
    if (next === undefined) delete holder[key];
    else holder[key] = next;
    return holder;
}

/** One test for each resource: it is sound, and each mutation trips exactly the rules it names. */
export function testMutations(room: string, sound: Readonly<Record<string, unknown>>, table: Readonly<Record<string, readonly Mutation[]>>): void {
    describe(`${room}: one property changed`, () => {
        for (const [type, mutations] of Object.entries(table)) {
            it(`${type}: ${mutations.length} mutations trip exactly the rules they should`, () => {
                const properties = sound[type];
                assert.ok(properties, `there is no sound ${type}`);
                const before = objections(resourceOf(type, "shop", properties));
                const resourceRules = new Set(rules.filter(rule => rule.scope === "resource").map(({ id }) => id));
                assert.deepEqual(before.filter(id => resourceRules.has(id)), [], `${type} is not sound`);
                const wrong = mutations.flatMap(([path, value, ...expected]) => {
                    const found = objections(resourceOf(type, "shop", changed(properties, path, value))).filter(id => !before.includes(id)).sort();
                    return JSON.stringify(found) === JSON.stringify([...expected].sort()) ? [] : [`${path} = ${JSON.stringify(value)?.slice(0, 80)}: ${found.join(", ") || "nothing"} instead of ${expected.join(", ") || "nothing"}`];
                });
                assert.deepEqual(wrong, []);
            });
        }
    });
}
