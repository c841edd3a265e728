import { strict as assert } from "node:assert";
import * as fc from "fast-check";
import { conceal, equal, fromStruct, hasUnknown, pathOf, reveal, secret, toStruct, UNKNOWN, type Path, type Props, type Value } from "./values";

const { value, props } = fc.letrec<{ value: Value; props: Props }>((tie) => ({
    props: fc.dictionary(fc.string({ maxLength: 6 }).filter((key) => key !== "__proto__"), tie("value"), { maxKeys: 4, noNullPrototype: true }),
    value: fc.oneof(
        { depthSize: "small" },
        fc.string(),
        fc.boolean(),
        fc.constant(null),
        fc.integer(),
        fc.array(tie("value"), { maxLength: 4 }),
        tie("props"),
    ),
}));

describe("property values", () => {
    it("survive the wire", () => {
        fc.assert(fc.property(props, (given) => assert.deepEqual(fromStruct(toStruct(given)), given)));
    });

    it("are the same after their secrets were taken off and put on again", () => {
        fc.assert(fc.property(props, fc.integer({ min: 0 }), (plain, seed) => {
            const marked = markSome(plain, seed);
            const secrets = new Set<Path>();
            assert.deepEqual(reveal(marked, secrets), plain);
            assert.deepEqual(conceal(reveal(marked), secrets), marked);
        }));
    });

    it("keep apart keys that look like paths", () => {
        const secrets = new Set<Path>();
        reveal({ "a/b": secret("1"), a: { b: "2" }, "a~1b": "3" }, secrets);
        assert.deepEqual([...secrets], [pathOf("a/b")]);
        assert.deepEqual(conceal({ "a/b": "1", a: { b: "2" }, "a~1b": "3" }, secrets), { "a/b": secret("1"), a: { b: "2" }, "a~1b": "3" });
    });

    it("are unknown when anything inside them is", () => {
        for (const unknown of [UNKNOWN, { a: [UNKNOWN] }, secret(UNKNOWN), { a: { "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4" } }]) assert.ok(hasUnknown(unknown), JSON.stringify(unknown));
        for (const known of ["", {}, [null], secret("x")]) assert.ok(!hasUnknown(known), JSON.stringify(known));
    });

    it("understand outputs that carry their own marks", () => {
        const output = (more: Props): Value => ({ "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4", ...more });
        const secrets = new Set<Path>();
        assert.deepEqual(reveal({ a: output({ value: 1 }), b: output({ value: 2, secret: true }), c: output({}) }, secrets), { a: 1, b: 2, c: UNKNOWN });
        assert.deepEqual([...secrets], [pathOf("b")]);
    });

    it("are equal whatever the order of their keys, and only then", () => {
        fc.assert(fc.property(value, value, (one, other) => {
            assert.equal(equal(one, other), JSON.stringify(sorted(one)) === JSON.stringify(sorted(other)));
            assert.ok(equal(one, structuredClone(one)));
        }));
    });
});

/** Marks some of the values as secret; never one inside another, as the engine does not either. */
function markSome(given: Props, seed: number): Props {
    return Object.fromEntries(Object.entries(given).map(([key, item], index) => [key, ((seed >> (index % 30)) & 1) === 1 ? secret(item) : item]));
}

function sorted(given: Value): Value {
    if (Array.isArray(given)) return given.map(sorted);
    if (typeof given !== "object" || given === null) return given;
    return Object.fromEntries(Object.entries(given).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([key, item]) => [key, sorted(item)]));
}
