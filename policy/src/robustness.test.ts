import { unknownCheckingProxy } from "@pulumi/policy";
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { evaluateResource, evaluateStack, messageOf } from "./core/evaluate";
import type { Finding } from "./core/findings";
import { resourceOf, type Resource } from "./core/resource";
import type { Rule } from "./core/rule";
import { Value } from "./core/value";
import { rules } from "./rules";
import { inForce } from "./testing/samples";
import { unknownFlag, unknownList, unknownObject, unknownText } from "./testing/unknowns";

/** Everything all rules find; a rule that fails inside shows as a finding of that kind. */
function findings(resource: Resource): { rule: Rule; finding: Finding }[] {
    return rules.flatMap(rule => (rule.scope === "resource" ? evaluateResource(rule, resource, inForce(rule)) : evaluateStack(rule, [resource])).map(finding => ({ rule, finding })));
}

function failures(resource: Resource): string[] {
    return findings(resource).filter(({ finding }) => finding.kind === "failure").map(({ rule, finding }) => `${rule.id}: ${finding.what}`);
}

const examples = rules.flatMap(rule => [...rule.compliant, ...rule.violating].flatMap(example => example.resources));
const types = [...new Set(examples.map(resource => resource.type))];

/** A copy with the thing at a path replaced; a path is a list of keys that exist. */
function replaceAt(value: unknown, path: readonly (string | number)[], replacement: unknown): unknown {
    const [key, ...rest] = path;
    if (key === undefined) return replacement;
    if (Array.isArray(value)) return value.map((item, index) => (index === key ? replaceAt(item, rest, replacement) : item as unknown));
    const object = value as Record<string, unknown>;
    return { ...object, [key]: replaceAt(object[key], rest, replacement) };
}

function pathsIn(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
    if (typeof value !== "object" || value === null) return [path];
    const keys: (string | number)[] = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
    return [path, ...keys.flatMap(key => pathsIn((value as Record<string | number, unknown>)[key], [...path, key]))];
}

/** Each place of each resource with each replacement. */
function* replacements<T>(resources: readonly Resource[], values: readonly T[]): Generator<[Resource, readonly (string | number)[], T]> {
    for (const resource of resources) for (const path of pathsIn(resource.properties.value)) for (const value of values) yield [resource, path, value];
}

describe("no rule ever fails", () => {
    const junk = [null, undefined, true, 0, -1, 1e300, Number.NaN, "", "x", "__proto__", [], [null], [[]], {}, { a: null }];
    // One example a rule is enough for these: they are slow, and reach the same code.
    const enormous = ["x".repeat(100_000), Array.from({ length: 3000 }, () => null)];

    it("whatever stands in any place of any example", function () {
        this.timeout(300_000);
        for (const rule of rules) {
            for (const { resources } of [...rule.compliant, ...rule.violating]) {
                for (const [resource, path, replacement] of replacements(resources, resources === rule.violating[0].resources ? [...junk, ...enormous] : junk)) {
                    const broken = resourceOf(resource.type, resource.name, replaceAt(resource.properties.value, path, replacement));
                    const found = rule.scope === "stack" ? evaluateStack(rule, resources.map(other => (other === resource ? broken : other))) : evaluateResource(rule, broken, inForce(rule));
                    assert.ok(found.every(finding => finding.kind !== "failure"), `${rule.id} fails with another ${path.join(".")}`);
                }
            }
        }
    });

    it("on arbitrary properties", () => {
        fc.assert(fc.property(fc.constantFrom(...types), fc.anything({ maxDepth: 6, withNullPrototype: true, withMap: true, withDate: true }), (type, properties) => {
            assert.deepEqual(failures(resourceOf(type, "x", properties)), []);
        }));
    });

    it("on very deep and very large input", function () {
        this.timeout(300_000);
        let deep: unknown = { spec: { containers: [{ image: "x" }] } };
        for (let depth = 0; depth < 5000; depth++) deep = depth % 2 ? [deep] : { template: deep };
        const wide = { spec: { template: { spec: { containers: Array.from({ length: 5000 }, (_, index) => ({ name: `c${index}`, env: [{ name: "A", value: "b".repeat(2000) }] })) } } } };
        const text = { data: { a: `${"eyJ-".repeat(100_000)}\n${"password ".repeat(50_000)}\n${"a://b:".repeat(50_000)}`, b: "key=".repeat(200_000) } };
        // Rules of clouds read only places that they know; the test above puts large things there.
        for (const type of types.filter(each => /^(kubernetes|pulumi|cloudflare):/.test(each))) for (const properties of [deep, wide, text]) assert.deepEqual(failures(resourceOf(type, "x", properties)), []);
        assert.deepEqual(failures(resourceOf("kubernetes:example.com/v1:Thing", "x", deep)), []);
    });

    it("when every read throws", () => {
        const hostile = new Proxy({}, { get: () => { throw new Error("canary-3141592"); }, ownKeys: () => { throw new Error("canary-3141592"); }, getOwnPropertyDescriptor: () => { throw new Error("canary-3141592"); } });
        for (const type of types) {
            const found = findings({ ...resourceOf(type, "x", {}), properties: Value.root(hostile) });
            // A few rules object to a kind of resource as such, whatever it says.
            assert.ok(found.every(({ finding }) => finding.kind === "undetermined" || finding.path === ""), `${type} ${JSON.stringify(found.map(({ finding }) => finding.kind))}`);
        }
    });
});

describe("what is not known yet", () => {
    // About what is written in the program; what is not known yet is made by another resource.
    const madeElsewhere = new Set(["x-hardcoded-secret"]);

    it("is never a pass where knowing it could be a violation, and never more than undetermined", function () {
        this.timeout(300_000);
        for (const rule of rules) {
            if (rule.scope !== "resource" || madeElsewhere.has(rule.id)) continue;
            for (const example of rule.violating) {
                for (const resource of example.resources) {
                    for (const path of pathsIn(resource.properties.value)) {
                        for (const unknown of [unknownText, unknownFlag, unknownList, unknownObject]) {
                            const properties = replaceAt(resource.properties.value, path, unknown);
                            // The engine sends properties as an object; each of them may be unknown.
                            if (path.length === 0) continue;
                            const found = evaluateResource(rule, { ...resource, properties: Value.root(unknownCheckingProxy(properties as object)) }, inForce(rule));
                            assert.ok(found.length > 0 || isUnrelated(rule, resource, path), `${rule.id} says nothing with ${path.join(".")} unknown`);
                            assert.ok(found.every(finding => finding.kind !== "failure"), rule.id);
                        }
                    }
                }
            }
        }
    });

    /** True if the violation is there whatever stands at the path, or nothing there could matter: removing it changes nothing. */
    function isUnrelated(rule: Rule, resource: Resource, path: readonly (string | number)[]): boolean {
        if (rule.scope !== "resource") return false;
        const without = resourceOf(resource.type, resource.name, replaceAt(resource.properties.value, path, undefined));
        return evaluateResource(rule, without, inForce(rule)).some(finding => finding.kind === "violation");
    }

    it("does not hide the violations beside it", () => {
        const privileged = rules.find(rule => rule.id === "k8s-privileged")!;
        assert.ok(privileged.scope === "resource");
        const properties = unknownCheckingProxy({ spec: { containers: [{ securityContext: { privileged: unknownFlag } }, { securityContext: { privileged: true } }], initContainers: unknownList } });
        const found = evaluateResource(privileged, { ...resourceOf("kubernetes:core/v1:Pod", "p", {}), properties: Value.root(properties) });
        assert.deepEqual(found.map(({ kind, path }) => `${kind} ${path}`), ["undetermined spec.initContainers", "undetermined spec.containers[0].securityContext.privileged", "violation spec.containers[1].securityContext.privileged"]);
    });
});

describe("messages", () => {
    it("hold no value of the resource", function () {
        this.timeout(300_000);
        // A canary in every place where the schema has text; what is found there must not be repeated.
        const canary = "canary-27182818284590";
        let found = 0;
        const texts = [canary, `postgres://user:${canary}@host/db`, `-----BEGIN PRIVATE KEY-----\n${canary}`];
        for (const type of types) {
            for (const [resource, path, text] of replacements(examples.filter(example => example.type === type).slice(-4), texts)) {
                const changed = resourceOf(type, resource.name, replaceAt(resource.properties.value, path, text));
                for (const { rule, finding } of findings(changed)) {
                    found++;
                    assert.ok(!messageOf(rule, finding).includes(canary), `${rule.id} repeats what stands at ${path.join(".")}`);
                }
            }
        }
        assert.ok(found > 1000);
    });

    it("say what, where, why and how to fix it", () => {
        for (const rule of rules) {
            const resources = rule.violating[0].resources;
            const [finding] = rule.scope === "stack" ? evaluateStack(rule, resources) : evaluateResource(rule, resources[0]!, inForce(rule));
            const message = messageOf(rule, finding!);
            assert.ok(message.startsWith(`${rule.id}: `));
            assert.ok(message.includes(finding!.path) && message.includes(rule.why) && message.includes(rule.remediation[0]), message);
        }
    });
});
