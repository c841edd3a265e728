import assert from "node:assert/strict";
import { unknownCheckingProxy } from "@pulumi/policy";
import { describe, it } from "mocha";
import { unknownObject } from "../testing/unknowns";
import { resourceOf } from "./resource";
import { addTo, withAdditions } from "./remedy";
import { Value } from "./value";

function additions(properties: unknown, ...paths: (string | number)[][]) {
    return paths.map(path => ({ at: Value.root(properties).at(...path), value: { type: "added" } }));
}

describe("a remedy", () => {
    it("adds what is missing, with the objects on the way", () => {
        const properties = { spec: { list: [{ a: 1 }] } };
        const resource = resourceOf("t", "n", properties);
        const changed = withAdditions(resource, additions(properties, ["spec", "security", "profile"], ["spec", "list", 0, "b"]));
        assert.deepEqual(changed.properties.value, { spec: { list: [{ a: 1, b: { type: "added" } }], security: { profile: { type: "added" } } } });
        assert.deepEqual(properties, { spec: { list: [{ a: 1 }] } }, "the original stays");
    });

    it("replaces null, and nothing else that is there", () => {
        const properties = { none: null, no: false, zero: 0, empty: "", text: "x" };
        assert.equal(addTo(properties, additions(properties, ["none"], ["no"], ["zero"], ["empty"], ["text"], ["text", "below"], ["list", 3, "x"])), 1);
        assert.deepEqual(properties.none, { type: "added" });
        assert.equal(properties.no, false);
    });

    it("leaves alone what is not known yet", () => {
        const target = { spec: unknownObject, metadata: {} };
        const properties = unknownCheckingProxy(target);
        assert.equal(addTo(properties, additions(properties, ["spec", "a"], ["spec"], ["metadata", "labels"])), 1);
        assert.deepEqual(target, { spec: unknownObject, metadata: { labels: { type: "added" } } });
    });
});
