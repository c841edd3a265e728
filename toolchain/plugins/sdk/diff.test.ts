import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { diff, join, rootOf, touches } from "./diff";
import { isObject, type Props, type Value } from "./values";

const { tree } = fc.letrec<{ tree: Props; value: Value }>((tie) => ({
    tree: fc.dictionary(fc.string({ minLength: 1, maxLength: 4 }).filter((key) => key !== "__proto__"), tie("value"), { maxKeys: 4, noNullPrototype: true }),
    value: fc.oneof({ depthSize: "small" }, fc.string({ maxLength: 2 }), fc.integer({ min: 0, max: 3 }), fc.boolean(), fc.array(tie("value"), { maxLength: 3 }), tie("tree")),
}));

describe("the difference between properties", () => {
    it("is nothing between equals", () => {
        fc.assert(fc.property(tree, (given) => assert.equal(diff(given, structuredClone(given)).size, 0)));
    });

    it("is something between others", () => {
        fc.assert(fc.property(tree, tree, (before, after) => {
            fc.pre(JSON.stringify(sorted(before)) !== JSON.stringify(sorted(after)));
            assert.ok(diff(before, after).size > 0);
        }));
    });

    it("is the same the other way round, with additions and removals exchanged", () => {
        fc.assert(fc.property(tree, tree, (before, after) => {
            const turned = new Map([...diff(after, before)].map(([path, change]) => [path, change === "add" ? "delete" : change === "delete" ? "add" : change]));
            assert.deepEqual(new Map([...diff(before, after)].sort()), new Map([...turned].sort()));
        }));
    });

    it("leads from one to the other when it is applied", () => {
        fc.assert(fc.property(tree, tree, (before, after) => assert.deepEqual(sorted(apply(before, after)), sorted(after))));
    });

    it("names each place in Pulumi's notation", () => {
        const before = { spec: { containers: [{ image: "a" }], old: 1 }, "odd key": { x: 1 } };
        const after = { spec: { containers: [{ image: "b" }, { image: "c" }] }, "odd key": { x: 2 }, new: true };
        assert.deepEqual([...diff(before, after)].sort(), [
            ['["odd key"].x', "update"],
            ["new", "add"],
            ["spec.containers[0].image", "update"],
            ["spec.containers[1]", "add"],
            ["spec.old", "delete"],
        ]);
    });

    it("knows the property that a place belongs to", () => {
        for (const key of ["plain", "odd key", "with.dot", "with\"quote", "a[0]"]) assert.equal(rootOf(join(join("", key), "below")), key);
    });

    it("knows what is below a place", () => {
        for (const path of ["spec", "spec.a", "spec[0]", 'spec["odd key"]']) assert.ok(touches(path, "spec"), path);
        for (const path of ["specs", "sp", "other.spec"]) assert.ok(!touches(path, "spec"), path);
    });
});

/** Takes over from `after` what the difference names, and nothing else. */
function apply(before: Props, after: Props): Props {
    const changes = diff(before, after);
    const walk = (old: Value | undefined, now: Value | undefined, at: string): Value | undefined => {
        if (changes.has(at)) return now;
        if (isObject(old) && isObject(now)) {
            const entries = [...new Set([...Object.keys(old), ...Object.keys(now)])].map((key): [string, Value | undefined] => [key, walk(old[key], now[key], join(at, key))]);
            return Object.fromEntries(entries.filter((entry): entry is [string, Value] => entry[1] !== undefined));
        }
        if (Array.isArray(old) && Array.isArray(now)) return Array.from({ length: Math.max(old.length, now.length) }, (_, index) => walk(old[index], now[index], join(at, index))).filter((item) => item !== undefined);
        return old;
    };
    return walk(before, after, "") as Props;
}

function sorted(given: Value): Value {
    if (Array.isArray(given)) return given.map(sorted);
    if (!isObject(given)) return given;
    return Object.fromEntries(Object.entries(given).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([key, item]) => [key, sorted(item)]));
}
