import { strict as assert } from "node:assert";
import { compareSync } from "bcryptjs";
import * as fc from "fast-check";
import { hasUnknown, reveal, secret, type Props, type Value } from "../sdk/values";
import { problemsOf, randomString, type StringRules } from "./characters";
import { randomProvider } from "./provider";

const provider = randomProvider("0.0.0");
const resource = (kind: string) => ({ urn: `urn:pulumi:s::p::random:index/x:${kind}::n`, type: `random:index/${kind[0]!.toLowerCase()}${kind.slice(1)}:${kind}`, name: "n" });
const create = (kind: string, inputs: Props, preview = false) => provider.create({ ...resource(kind), inputs, preview, timeout: 0 });
const changed = async (kind: string, oldInputs: Props, newInputs: Props) => [...(await provider.diff({ ...resource(kind), id: "i", oldInputs, oldOutputs: {}, newInputs })).changes.keys()];
const failures = async (kind: string, news: Props) => (await provider.check({ ...resource(kind), olds: {}, news, seed: new Uint8Array() })).failures;

const rules: fc.Arbitrary<StringRules> = fc.record({
    length: fc.integer({ min: 1, max: 40 }),
    lower: fc.boolean(),
    upper: fc.boolean(),
    numeric: fc.boolean(),
    special: fc.boolean(),
    minLower: fc.integer({ min: 0, max: 5 }),
    minUpper: fc.integer({ min: 0, max: 5 }),
    minNumeric: fc.integer({ min: 0, max: 5 }),
    minSpecial: fc.integer({ min: 0, max: 5 }),
    overrideSpecial: fc.option(fc.constantFrom("_-", "€", "🙂🙃"), { nil: undefined }),
});

describe("random strings", () => {
    it("obey their rules, whatever these are", () => {
        fc.assert(fc.property(rules, (given) => {
            fc.pre(problemsOf(given).length === 0);
            const characters = [...randomString(given)];
            const specials = [...(given.overrideSpecial ?? "!@#$%&*()-_=+[]{}<>:?")];
            const count = (test: (character: string) => boolean) => characters.filter(test).length;
            const kinds: [boolean, number, number][] = [
                [given.lower, given.minLower, count((c) => /^[a-z]$/.test(c))],
                [given.upper, given.minUpper, count((c) => /^[A-Z]$/.test(c))],
                [given.numeric, given.minNumeric, count((c) => /^[0-9]$/.test(c))],
                [given.special, given.minSpecial, count((c) => specials.includes(c))],
            ];
            assert.equal(characters.length, given.length);
            assert.equal(kinds.reduce((sum, [, , found]) => sum + found, 0), given.length, "no other characters");
            for (const [allowed, least, found] of kinds) {
                assert.ok(found >= least);
                assert.ok(allowed || found === least, "a kind that is not wanted appears only as often as its minimum says");
            }
        }));
    });

    it("use every character about equally often, at every place", () => {
        const digits: StringRules = { length: 10, lower: false, upper: false, numeric: true, special: false, minLower: 0, minUpper: 0, minNumeric: 0, minSpecial: 0 };
        const counts = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
        for (let round = 0; round < 5000; round++) [...randomString(digits)].forEach((digit, place) => counts[place]![Number(digit)]!++);
        // 500 expected each; chi-square with 9 degrees of freedom is above 45 less than once in a million.
        for (const place of counts) assert.ok(place.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0) < 45, place.join(" "));
    });

    it("put the required characters anywhere", () => {
        const given: StringRules = { length: 4, lower: true, upper: false, numeric: false, special: false, minLower: 0, minUpper: 0, minNumeric: 1, minSpecial: 0 };
        const places = new Set(Array.from({ length: 300 }, () => randomString(given).search(/[0-9]/)));
        assert.deepEqual([...places].sort(), [0, 1, 2, 3]);
    });
});

describe("random resources", () => {
    it("make a password that is secret, with a hash that fits", async () => {
        const { id, outputs } = await create("RandomPassword", { length: 20 });
        assert.equal(id, "none");
        const [result, hash] = [String(reveal(outputs.result!)), String(reveal(outputs.bcryptHash!))];
        assert.deepEqual([outputs.result, outputs.bcryptHash], [secret(result), secret(hash)]);
        assert.equal(result.length, 20);
        assert.ok(compareSync(result, hash));
    });

    it("say in a preview that the values are not known, and keep the secret ones secret", async () => {
        const { outputs } = await create("RandomPassword", { length: 20 }, true);
        assert.ok(hasUnknown(outputs.result));
        assert.equal(JSON.stringify(outputs.result), JSON.stringify(secret(reveal(outputs.result!))));
        assert.deepEqual(outputs.length, 20);
    });

    it("write the same bytes in every notation", async () => {
        const { id, outputs } = await create("RandomId", { byteLength: 8, prefix: "p-" });
        const bytes = Buffer.from(id, "base64url");
        assert.equal(bytes.length, 8);
        assert.deepEqual([outputs.hex, outputs.b64Std, outputs.b64Url, outputs.dec], [`p-${bytes.toString("hex")}`, `p-${bytes.toString("base64")}`, `p-${id}`, `p-${BigInt(`0x${bytes.toString("hex")}`)}`]);
    });

    it("stay within their bounds, ends included", async () => {
        const seen = new Set<Value>();
        for (let round = 0; round < 200; round++) seen.add((await create("RandomInteger", { min: -1, max: 1 })).outputs.result!);
        assert.deepEqual([...seen].sort(), [-1, 0, 1]);
        assert.deepEqual((await create("RandomInteger", { min: 1, max: 1e9, seed: "s" })).outputs.result, (await create("RandomInteger", { min: 1, max: 1e9, seed: "s" })).outputs.result);
    });

    it("make identifiers of the right form", async () => {
        assert.match((await create("RandomUuid", {})).id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        assert.match((await create("RandomUuid7", {})).id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        assert.match((await create("RandomPet", { prefix: "my", length: 3, separator: "." })).id, /^my\.[a-z]+\.[a-z]+\.[a-z]+$/);
        const { base64, hex } = (await create("RandomBytes", { length: 3 })).outputs;
        assert.deepEqual([base64, hex], [secret(Buffer.from(String(reveal(hex!)), "hex").toString("base64")), secret(reveal(hex!))]);
    });

    it("shuffle without losing or inventing anything", async () => {
        const inputs = ["a", "b", "c", "d"];
        const results = (await create("RandomShuffle", { inputs })).outputs.results as string[];
        assert.deepEqual([...results].sort(), inputs);
        assert.equal(((await create("RandomShuffle", { inputs, resultCount: 10 })).outputs.results as string[]).length, 10);
    });

    it("are made anew when an input or a keeper changes, and not when a default is only written out", async () => {
        assert.deepEqual(await changed("RandomPassword", { length: 8 }, { length: 8, special: true, minLower: 0, number: true }), []);
        assert.deepEqual(await changed("RandomPassword", { length: 8 }, { length: 9 }), ["length"]);
        assert.deepEqual(await changed("RandomPassword", { length: 8, keepers: { a: "1" } }, { length: 8, keepers: { a: "2" } }), ["keepers.a"]);
        const verdict = await provider.diff({ ...resource("RandomId"), id: "i", oldInputs: { byteLength: 1 }, oldOutputs: {}, newInputs: { byteLength: 2 } });
        assert.deepEqual([verdict.replaces, verdict.deleteBeforeReplace ?? false], [["byteLength"], false]);
    });

    it("refuse rules that cannot be kept", async () => {
        assert.deepEqual(await failures("RandomPassword", { length: 3, minLower: 2, minUpper: 2 }), [{ property: "length", reason: "is 3, but the minimums of characters add up to 4" }]);
        assert.equal((await failures("RandomPassword", { length: 3, lower: false, upper: false, numeric: false, special: false }))?.length, 1);
        assert.equal((await failures("RandomInteger", { min: 2, max: 1 }))?.[0]?.property, "min");
        assert.equal((await failures("RandomId", { byteLength: 0 }))?.[0]?.property, "byteLength");
        assert.deepEqual(await failures("RandomPassword", { length: 16 }), []);
    });

    it("can be imported from what they are", async () => {
        const adopt = (kind: string, id: string) => provider.read({ ...resource(kind), id, inputs: {}, outputs: {} });
        assert.deepEqual((await adopt("RandomPassword", "hunter2"))?.outputs.result, secret("hunter2"));
        assert.deepEqual((await adopt("RandomInteger", "5,1,9"))?.inputs, { min: 1, max: 9 });
        assert.deepEqual((await adopt("RandomId", "p-,AQID"))?.outputs.hex, "p-010203");
        await assert.rejects(adopt("RandomPet", "x"), /cannot be imported/);
    });

    it("keep what the state has when they are refreshed", async () => {
        const state = { length: 3, result: secret("abc") };
        assert.deepEqual(await provider.read({ ...resource("RandomPassword"), id: "none", inputs: { length: 3 }, outputs: state }), { id: "none", inputs: { length: 3 }, outputs: state });
    });
});
