import assert from "node:assert/strict";
import { BinaryReader } from "google-protobuf";
import * as structs from "google-protobuf/google/protobuf/struct_pb";
import { before, describe, it } from "mocha";
import { readAtOnce } from "./wire";

const { Struct } = structs;
const samples: Record<string, structs.JavaScriptValue>[] = [
    {},
    { nothing: null, zero: 0, minus: -1.5, huge: 1e300, no: false, yes: true, "": "empty name", empty: "", text: "Zürich 🌍 \u0000 end" },
    { list: [], lists: [[], [[1, [null, "x"]]], {}], objects: [{ a: { b: { c: [{ d: true }] } } }, {}] },
    { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value: "hidden", constructor: "x", toString: 1 },
];

describe("structs on the wire", () => {
    const bytes = samples.map(sample => Struct.fromJavaScript(sample).serializeBinary());
    // A module of its own, so that other tests have protobuf as it is.
    const patched = class extends Struct {} as unknown as typeof Struct;
    before(() => {
        Object.assign(patched, { fromJavaScript: Struct.fromJavaScript });
        readAtOnce({ Struct: patched });
    });

    const read = (data: Uint8Array) => patched.deserializeBinaryFromReader(new patched(), new BinaryReader(data));

    it("come to the same values as by the generated code", () => {
        bytes.forEach((data, index) => {
            assert.deepEqual(read(data).toJavaScript(), samples[index]);
            assert.deepEqual(read(data).toJavaScript(), Struct.deserializeBinary(data).toJavaScript());
        });
    });

    it("may have fields of any name, which stay fields", () => {
        const data = Buffer.from(Struct.fromJavaScript({ __PROTO__: { polluted: true }, deep: { __PROTO__: "x" } }).serializeBinary());
        for (let at = data.indexOf("__PROTO__"); at >= 0; at = data.indexOf("__PROTO__")) data.write("__proto__", at);
        const plain = read(data).toJavaScript() as { deep: object; polluted?: boolean };
        assert.deepEqual([Object.keys(plain), Object.keys(plain.deep)], [["__proto__", "deep"], ["__proto__"]]);
        assert.deepEqual([plain.polluted, ({} as { polluted?: boolean }).polluted], [undefined, undefined]);
    });

    it("still have fields, and can be written again", () => {
        for (const [index, data] of bytes.entries()) {
            const fields = read(data).getFieldsMap();
            assert.deepEqual(fields.toArray().map(([key]) => [key, fields.get(key)!.toJavaScript()]).sort(), Object.entries(samples[index]!).sort());
            assert.deepEqual(Struct.deserializeBinary(read(data).serializeBinary()).toJavaScript(), samples[index]);
        }
    });

    it("that are broken are refused, as ever", () => {
        const [, data] = bytes;
        assert.throws(() => read(data!.slice(0, data!.length - 3)));
    });
});
