import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { containerWith, podWith } from "../kubernetes/examples";
import { rules } from "../rules";
import { decide, requestAnnotation } from "./decide";
import { evaluateResource } from "./evaluate";
import type { Finding } from "./findings";
import { resourceOf, type Resource } from "./resource";
import { Waivers } from "./waivers";

const today = new Date("2026-11-21T12:00:00Z");
const rule = rules.find(({ id }) => id === "k8s-host-namespaces")!;
const [resource] = podWith({ hostNetwork: true, hostPID: true }).resources as [Resource];
const good = {
    rule: "k8s-host-namespaces", stack: "stack", resource: { type: "kubernetes:apps/v1:Deployment", name: "shop" },
    reason: "The agent measures the network of its node.", owner: "security@example.com", ticket: "SEC-12", expires: "2027-01-31",
};

function waivers(...list: unknown[]): Waivers {
    return new Waivers(JSON.stringify({ waivers: list }), rules, today);
}

function found(): Finding[] {
    assert.ok(rule.scope === "resource");
    return [...evaluateResource(rule, resource)];
}

function outcomes(with_: Waivers): string[] {
    return found().map(finding => decide(rule, finding, resource, undefined, with_).outcome);
}

describe("a waiver", () => {
    it("turns the violations of its rule on its resource into waived ones, and says why", () => {
        const list = waivers(good);
        assert.deepEqual(list.problems("stack"), []);
        assert.deepEqual(outcomes(list), ["waived", "waived"]);
        const { message } = decide(rule, found()[0]!, resource, undefined, list);
        assert.match(message, /^k8s-host-namespaces: [^]*\n {2}waived {2}until 2027-01-31 by security@example\.com, SEC-12: The agent/);
    });

    it("may name the whole URN", () => {
        assert.deepEqual(outcomes(waivers({ ...good, resource: resource.urn })), ["waived", "waived"]);
    });

    it("may be for one place only", () => {
        assert.deepEqual(outcomes(waivers({ ...good, path: "spec.template.spec.hostPID" })), ["violation", "waived"]);
        assert.deepEqual(outcomes(waivers({ ...good, path: "spec.template.spec.host" })), ["violation", "violation"], "a path is no prefix of a word");
    });

    for (const [what, change] of Object.entries<Record<string, unknown>>({
        "another rule": { rule: "k8s-host-port" },
        "another stack": { stack: "prod" },
        "another resource": { resource: { ...good.resource, name: "web" } },
        "another type": { resource: { ...good.resource, type: "kubernetes:core/v1:Pod" } },
    })) {
        it(`for ${what} changes nothing, and is unmatched there`, () => {
            const list = waivers({ ...good, ...change });
            assert.deepEqual(outcomes(list), ["violation", "violation"]);
            assert.equal(list.unmatched((change.stack as string | undefined) ?? "stack").length, 1);
        });
    }

    it("is unmatched until it is used", () => {
        const list = waivers(good);
        assert.deepEqual(list.unmatched("stack").map(({ kind, entry }) => [kind, entry]), [["unmatched", 1]]);
        assert.deepEqual(list.unmatched("prod"), []);
        outcomes(list);
        assert.deepEqual(list.unmatched("stack"), []);
    });

    it("holds through its last day and not longer", () => {
        const at = (time: string) => new Waivers(JSON.stringify({ waivers: [good] }), rules, new Date(time));
        assert.deepEqual(at("2027-01-31T23:59:59Z").problems("stack"), []);
        assert.deepEqual(at("2027-02-01T00:00:00Z").problems("stack").map(({ kind }) => kind), ["expired"]);
        assert.deepEqual(outcomes(at("2027-02-01T00:00:00Z")), ["violation", "violation"]);
        assert.deepEqual(at("2027-02-01T00:00:00Z").problems("prod"), [], "another stack is not blocked by it");
    });

    it("covers what is undetermined where that would block, but never a rule that failed", () => {
        const finding = (kind: Finding["kind"]): Finding => ({ kind, path: "spec.hostNetwork", what: "is not known yet" });
        assert.equal(decide(rule, finding("undetermined"), resource, "mandatory", waivers(good)).outcome, "waived");
        assert.equal(decide(rule, finding("undetermined"), resource, "mandatory", waivers()).outcome, "violation");
        assert.equal(decide(rule, finding("undetermined"), resource, "advisory", waivers()).outcome, "undetermined");
        assert.equal(decide(rule, finding("failure"), resource, "advisory", waivers(good)).outcome, "violation");
    });

    it("can only be asked for in an annotation", () => {
        const asking = resourceOf(resource.type, resource.name, { ...(resource.properties.value as object), metadata: { annotations: { [requestAnnotation]: "k8s-host-port, k8s-host-namespaces" } } });
        const { outcome, message } = decide(rule, found()[0]!, asking, undefined, waivers());
        assert.equal(outcome, "violation");
        assert.match(message, /asks for a waiver; only an entry in policy\/waivers\.json grants one/);
        assert.equal(decide(rule, found()[0]!, asking, undefined, waivers(good)).outcome, "waived");
    });
});

describe("the file of waivers", () => {
    const cases: Record<string, [given: unknown, kind: string]> = {
        "a critical rule": [{ ...good, rule: "k8s-privileged" }, "not allowed"],
        "a bare wildcard as resource": [{ ...good, resource: { type: "kubernetes:apps/v1:Deployment", name: "*" } }, "too broad"],
        "a wildcard in the URN": [{ ...good, resource: "urn:pulumi:stack::project::*::shop" }, "too broad"],
        "a wildcard stack": [{ ...good, stack: "*" }, "too broad"],
        "a wildcard rule": [{ ...good, rule: "k8s-*" }, "too broad"],
        "an end years ahead": [{ ...good, expires: "2036-01-31" }, "too broad"],
        "no end": [{ ...good, expires: undefined }, "malformed"],
        "an impossible day": [{ ...good, expires: "2027-02-30" }, "malformed"],
        "no ticket": [{ ...good, ticket: "" }, "malformed"],
        "a ticket that is none": [{ ...good, ticket: "later" }, "malformed"],
        "no reason worth the name": [{ ...good, reason: "because" }, "malformed"],
        "no owner": [{ ...good, owner: " " }, "malformed"],
        "a rule that does not exist": [{ ...good, rule: "k8s-nothing" }, "malformed"],
        "a resource without a name": [{ ...good, resource: { type: "kubernetes:apps/v1:Deployment" } }, "malformed"],
        "another stack in the URN": [{ ...good, resource: "urn:pulumi:prod::project::kubernetes:apps/v1:Deployment::shop" }, "malformed"],
        "half a URN": [{ ...good, resource: "urn:pulumi:stack::project" }, "malformed"],
        "a field too many": [{ ...good, severity: "low" }, "malformed"],
        "no object": ["k8s-host-namespaces", "malformed"],
    };
    for (const [what, [given, kind]] of Object.entries(cases)) {
        it(`with ${what} is a problem, and grants nothing`, () => {
            const list = waivers(given);
            assert.ok(list.problems("stack").some(problem => problem.kind === kind && problem.entry === 1), JSON.stringify(list.problems("stack")));
            assert.deepEqual(outcomes(list), ["violation", "violation"]);
        });
    }

    it("that is no JSON, or another thing, grants nothing and says so", () => {
        for (const text of ["", "{", "[]", "null", "7", '{"waivers": {}}', '{"waivers": [], "all": true}']) {
            assert.deepEqual(new Waivers(text, rules, today).problems("any").map(({ kind, entry }) => [kind, entry]), [["malformed", 0]], text);
        }
        assert.deepEqual(new Waivers(undefined, rules, today).problems("any"), []);
    });

    it("never throws, whatever stands in it", () => {
        fc.assert(fc.property(fc.array(fc.oneof(fc.jsonValue(), fc.record({ rule: fc.jsonValue(), stack: fc.jsonValue(), resource: fc.jsonValue(), path: fc.jsonValue(), reason: fc.jsonValue(), owner: fc.jsonValue(), ticket: fc.jsonValue(), expires: fc.jsonValue() }))), list => {
            const read = waivers(...list);
            assert.ok(read.problems("stack").length >= list.length);
            assert.deepEqual(outcomes(read), ["violation", "violation"]);
        }));
    });

    it("waives nothing in a sound resource", () => {
        assert.ok(rule.scope === "resource");
        assert.deepEqual(evaluateResource(rule, containerWith({}).resources[0]!), []);
    });
});
