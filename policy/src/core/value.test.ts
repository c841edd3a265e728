import { unknownCheckingProxy } from "@pulumi/policy";
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { unknownText } from "../testing/unknowns";
import { Value } from "./value";

function asInPreview(properties: Record<string, unknown>): Value {
    return Value.root(unknownCheckingProxy(properties));
}

describe("Value", () => {
    it("tells known, unknown and absent apart", () => {
        const root = asInPreview({ a: 1, b: unknownText, c: null, d: { e: false } });
        assert.deepEqual(["a", "b", "c", "d", "z"].map(key => root.at(key).state), ["known", "unknown", "absent", "known", "absent"]);
        assert.equal(root.at("d", "e").value, false);
    });

    it("keeps unknown what lies below an unknown, and names the place where knowledge ends", () => {
        const deep = asInPreview({ spec: { template: unknownText } }).at("spec", "template", "spec", "containers", 0);
        assert.equal(deep.state, "unknown");
        assert.equal(deep.path, "spec.template");
    });

    it("does not take the wrong shape for absence", () => {
        const root = Value.root({ text: "x", list: [1], object: { a: 1 } });
        assert.equal(root.at("text", "field").state, "unknown");
        assert.equal(root.at("list", "field").state, "unknown");
        assert.equal(root.at("object", 0).state, "unknown");
        assert.deepEqual(root.at("text").list().map(item => item.state), ["unknown"]);
        assert.deepEqual(root.at("text").entries().map(([, item]) => item.state), ["unknown"]);
    });

    it("reads a list of one object like the object, and an object where a list belongs like a list of one", () => {
        const root = asInPreview({ block: [{ enabled: true, inner: [{ name: "a" }] }], two: [{ a: 1 }, { a: 2 }], one: { a: 1 }, none: [], lost: [unknownText] });
        assert.equal(root.at("block", "enabled").value, true);
        assert.equal(root.at("block", "inner", "name").path, "block[0].inner[0].name");
        assert.deepEqual(["two", "none", "lost"].map(key => root.at(key, "a").state), ["unknown", "unknown", "unknown"]);
        assert.deepEqual(root.at("one").list().map(item => item.at("a").value), [1]);
    });

    it("goes on with the other elements of a list that has an unknown one", () => {
        const items = asInPreview({ list: ["a", unknownText, "c"] }).at("list").list();
        assert.deepEqual(items.map(item => item.text ?? item.state), ["a", "unknown", "c"]);
    });

    it("reads own properties only", () => {
        const root = Value.root(JSON.parse('{"__proto__": {"polluted": true}}'));
        assert.equal(root.at("constructor").state, "absent");
        assert.equal(root.at("toString").state, "absent");
        assert.equal(root.at("polluted").state, "absent");
    });

    it("writes paths as a person does, without values", () => {
        const root = Value.root({ spec: { containers: [{ "odd key.x/y": 1 }] } });
        assert.equal(root.at("spec", "containers", 0, "odd key.x/y").path, 'spec.containers[0]["odd key.x/y"]');
        assert.equal(root.path, "");
    });
});
