import assert from "node:assert/strict";
import { unknownCheckingProxy } from "@pulumi/policy";
import { describe, it } from "mocha";
import { evaluateResource, remedyOf } from "./core/evaluate";
import { addTo, withAdditions } from "./core/remedy";
import { resourceOf, type Resource } from "./core/resource";
import type { ResourceRule } from "./core/rule";
import { Value } from "./core/value";
import { rules } from "./rules";
import { unknownList, unknownObject, unknownText } from "./testing/unknowns";

const resourceRules = rules.filter((rule): rule is ResourceRule => rule.scope === "resource");
const remediable = resourceRules.filter(rule => rule.remedy);

function violations(rule: ResourceRule, resource: Resource): number {
    return evaluateResource(rule, resource).filter(({ kind }) => kind === "violation").length;
}

describe("remedies", () => {
    it("exist, and none of a rule that is critical: that is for a person to decide", () => {
        assert.ok(remediable.length >= 3);
        for (const rule of remediable) assert.notEqual(rule.severity, "critical", rule.id);
    });

    for (const rule of remediable) {
        describe(rule.id, () => {
            it("heals what is only missing", () => {
                const healed = rule.violating.flatMap(({ resources }) => resources).filter(resource => violations(rule, resource) > 0 && violations(rule, withAdditions(resource, remedyOf(rule, resource))) === 0);
                assert.ok(healed.length > 0);
            });

            it("leaves a sound resource sound, and breaks no other rule", () => {
                for (const { resources } of resourceRules.flatMap(other => other.compliant)) {
                    for (const resource of resources) {
                        const changed = withAdditions(resource, remedyOf(rule, resource));
                        for (const other of resourceRules) assert.ok(violations(other, changed) <= violations(other, resource), `${other.id} objects`);
                    }
                }
            });

            it("changes nothing that is set, and survives what is not known yet", () => {
                for (const { resources } of [...rule.violating, ...rule.compliant]) {
                    for (const resource of resources) {
                        const changed = withAdditions(resource, remedyOf(rule, resource)).properties.value;
                        assert.deepEqual(laidOver(resource.properties.value, changed), changed);
                    }
                }
                for (const spec of [unknownObject, { template: unknownObject }, { template: { spec: { containers: unknownList, os: unknownText } } }]) {
                    const target = structuredClone({ spec });
                    const properties = unknownCheckingProxy(target);
                    addTo(properties, remedyOf(rule, { ...resourceOf("kubernetes:apps/v1:Deployment", "x", {}), properties: Value.root(properties) }));
                    const unknowns = [unknownObject, unknownList, unknownText].filter(unknown => JSON.stringify(spec).includes(unknown));
                    assert.ok(unknowns.every(unknown => JSON.stringify(target).includes(unknown)));
                }
            });
        });
    }

    it("keep their hands off patches, custom resources and Windows pods", () => {
        const container = { name: "a", image: "i" };
        const pods = [
            resourceOf("kubernetes:core/v1:PodPatch", "p", { spec: { containers: [container] } }),
            resourceOf("kubernetes:example.com/v1:Thing", "p", { spec: { template: { spec: { containers: [container] } } } }),
            resourceOf("kubernetes:core/v1:Pod", "p", { spec: { os: { name: "windows" }, containers: [container] } }),
        ];
        for (const rule of remediable.filter(({ id }) => ["k8s-seccomp", "k8s-caps-drop-all", "k8s-priv-escalation"].includes(id))) for (const pod of pods) assert.deepEqual(remedyOf(rule, pod), [], `${rule.id} ${pod.type}`);
    });

    it("do not forbid escalation beside what grants privileges anyway, which Kubernetes would refuse", () => {
        const rule = remediable.find(({ id }) => id === "k8s-priv-escalation")!;
        for (const securityContext of [{ privileged: true }, { capabilities: { add: ["SYS_ADMIN"] } }, { capabilities: { add: ["CAP_SYS_ADMIN"] } }]) {
            assert.deepEqual(remedyOf(rule, resourceOf("kubernetes:core/v1:Pod", "p", { spec: { containers: [{ securityContext }] } })), []);
        }
    });
});

/** What was there, over what is there now: equal to the latter if nothing was changed. */
function laidOver(before: unknown, now: unknown): unknown {
    if (Array.isArray(before)) return before.map((item, index) => laidOver(item, (now as unknown[])[index]));
    if (typeof before !== "object" || before === null) return before ?? now;
    const fields = before as Record<string, unknown>;
    return { ...(now as object), ...Object.fromEntries(Object.keys(fields).map(key => [key, laidOver(fields[key], (now as Record<string, unknown>)[key])])) };
}
