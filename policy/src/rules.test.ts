import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { rules } from "./rules";
import { findingsIn, inForce, kinds, objecting } from "./testing/samples";

describe("every rule", () => {
    // Stack rules look at a whole; the examples of others are single resources, which no whole stack rule can judge.
    const resourceRules = rules.filter(rule => rule.scope === "resource");

    it("has an id of its own", () => {
        assert.equal(new Set(rules.map(rule => rule.id)).size, rules.length);
    });

    for (const rule of rules) {
        describe(rule.id, () => {
            it("is described completely", () => {
                assert.match(rule.id, /^[a-z0-9]+(-[a-z0-9]+)+$/);
                assert.notEqual(rule.id, "all");
                for (const text of [rule.title, rule.what, rule.why, ...rule.remediation]) assert.ok(text.length > 10, text);
                for (const text of [rule.what, rule.why, ...rule.remediation]) assert.match(text, /[.)]$/, text);
                assert.ok(!rule.title.endsWith("."), rule.title);
                assert.ok(rule.references.length > 0);
            });

            const others = rule.scope === "stack" ? [rule] : resourceRules;
            rule.compliant.forEach((example, index) => {
                it(`accepts its compliant example ${index + 1}, and so does every other rule`, () => {
                    assert.deepEqual(findingsIn(rule, example.resources, inForce(rule)), []);
                    assert.deepEqual(objecting(others, example, rule), []);
                });
            });
            rule.violating.forEach((example, index) => {
                it(`refuses its violating example ${index + 1}, and no other rule does`, () => {
                    const found = findingsIn(rule, example.resources, inForce(rule));
                    assert.ok(kinds(found).includes("violation"), JSON.stringify(kinds(found)));
                    assert.deepEqual(objecting(others, example, rule), [rule.id]);
                });
            });
        });
    }
});
