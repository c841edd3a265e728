import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { schemaFile } from "./docs/write";
import { configurationProblems, configurationSchema, effectiveRules, environments, readConfiguration } from "./environments";
import { rules } from "./rules";

// What issue and product promise: these hold wherever the pack is used.
const alwaysMandatory = [
    "k8s-privileged", "k8s-host-namespaces", "k8s-priv-escalation", "k8s-run-as-non-root", "k8s-run-as-user", "k8s-caps-drop-all", "k8s-caps-added", "k8s-seccomp", "k8s-volume-types",
    "k8s-host-port", "k8s-host-probes", "k8s-apparmor", "k8s-selinux", "k8s-proc-mount", "k8s-sysctls", "k8s-host-process", "k8s-image-pinned", "k8s-plaintext-secrets", "k8s-service-exposure",
    "k8s-psa-labels", "k8s-netpol-coverage",
];

describe("the configuration of environments", () => {
    it("is there for dev, preview and prod", () => {
        assert.deepEqual(environments(), ["dev", "preview", "prod"]);
    });

    for (const environment of environments()) {
        it(`${environment} names only policies and settings that exist`, () => {
            assert.deepEqual(configurationProblems(rules, readConfiguration(environment)), []);
        });

        it(`${environment} keeps the first rules mandatory`, () => {
            const levels = new Map(effectiveRules(rules, readConfiguration(environment)).map(({ rule, level }) => [rule.id, level]));
            for (const id of alwaysMandatory) assert.equal(levels.get(id), "mandatory", id);
        });
    }

    it("prod enforces every rule as strictly as it is meant", () => {
        for (const { rule, level } of effectiveRules(rules, readConfiguration("prod"))) assert.equal(level, rule.strictness === "advisory" ? "advisory" : "mandatory", rule.id);
    });

    it("dev differs from prod only where it is written down here", () => {
        const prod = effectiveRules(rules, readConfiguration("prod"));
        const differences = effectiveRules(rules, readConfiguration("dev")).flatMap(({ rule, level, settings }, index) => {
            const there = prod[index]!;
            const changed = Object.keys(settings).filter(name => JSON.stringify(settings[name]) !== JSON.stringify(there.settings[name]));
            return level === there.level && changed.length === 0 ? [] : [`${rule.id}: ${level}/${there.level} ${changed.join()}`];
        });
        assert.deepEqual(differences, [
            "k8s-sa-token: mandatory/mandatory neededBy",
            "k8s-image-pinned: mandatory/mandatory undetermined,require",
            "k8s-image-registry: mandatory/mandatory registries",
            "k8s-availability: disabled/advisory ",
            "gcp-sql-durability: advisory/mandatory ",
            "gcp-bucket-durability: advisory/mandatory ",
            "gke-hardening: advisory/mandatory ",
            "gcp-deletion-protection: advisory/mandatory ",
            "hcl-protection: advisory/mandatory ",
            "cf-waf: advisory/mandatory ",
            "ts-acl-overwrite: advisory/mandatory ",
            "x-protect: advisory/mandatory ",
        ]);
    });

    it("has a JSON Schema that says the same (else run `npm run docs -w policy`)", () => {
        assert.deepEqual(JSON.parse(readFileSync(schemaFile, "utf8")), JSON.parse(JSON.stringify(configurationSchema(rules))));
    });

    it("knows remediation only of rules that have a remedy", () => {
        const remediable = new Set(rules.filter(rule => rule.scope === "resource" && rule.remedy).map(({ id }) => id));
        for (const rule of rules) if (rule.scope === "resource") assert.equal(configurationProblems(rules, { [rule.id]: "remediate" }).length, remediable.has(rule.id) ? 0 : 1, rule.id);
        assert.equal(configurationProblems(rules, { waivers: "remediate" }).length, 1);
        assert.deepEqual(configurationProblems(rules, { waivers: "advisory", all: { enforcementLevel: "mandatory" } }), []);
    });

    it("never remediates in prod by itself", () => {
        assert.ok(effectiveRules(rules, readConfiguration("prod")).every(({ level }) => level !== "remediate"));
    });

    it("with a mistake is refused, all mistakes at once", () => {
        const problems = configurationProblems(rules, { "k8s-privilged": "mandatory", "k8s-image-pinned": { require: "hope", digest: true }, "k8s-seccomp": { kubernetesVersion: "v1.34" }, "kubernetes-stack": { "k8s-netpol-coverage": { level: "maybe" } } });
        assert.equal(problems.length, 5, problems.join("\n"));
    });

    it("lets a level for all give way to a level of its own", () => {
        const effective = effectiveRules(rules, { all: "advisory", "k8s-seccomp": { enforcementLevel: "mandatory" }, "k8s-privileged": "disabled" });
        const levels = new Map(effective.map(({ rule, level }) => [rule.id, level]));
        assert.deepEqual(["k8s-host-port", "k8s-seccomp", "k8s-privileged"].map(id => levels.get(id)), ["advisory", "mandatory", "disabled"]);
    });
});
