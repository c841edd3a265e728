import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { describe, it } from "mocha";
import { readSources } from "../scan/sources";
import { scan } from "../scan/scan";
import { decide } from "../src/core/decide";
import { resourceOf } from "../src/core/resource";
import { Waivers } from "../src/core/waivers";
import { effectiveRules, environments, readConfiguration } from "../src/environments";
import { rules } from "../src/rules";
import { eventsIn, reportOf } from "./events";
import { explainEnvironment, explainRule } from "./explain";
import { formats, render } from "./formats";
import { partsOf } from "./message";
import { isClean, sorted, summary, type PolicyReport, type Result } from "./model";
import { fingerprint, toSarif } from "./sarif";

const prod = effectiveRules(rules, readConfiguration("prod"));
const bad = scan(readSources([join(__dirname, "../examples/bad")]), { rules: prod, environment: "prod", waivers: new Waivers(undefined, rules) });
const clean: PolicyReport = { kind: "check", subject: "dev", environment: "dev", time: "2026-11-21T12:00:00.000Z", resources: 3, results: [] };
const result: Result = { rule: "k8s-privileged", outcome: "violation", severity: "critical", resource: { urn: "urn:pulumi:dev::p::t:a/b:C::n", type: "t:a/b:C", name: "n" }, path: "spec.x", what: "is wrong", why: "Because.", fix: "Mend it." };
const everyOutcome: PolicyReport = { ...clean, results: [
    result,
    { ...result, outcome: "advice", rule: "k8s-probes", severity: "low" },
    { ...result, outcome: "undetermined", rule: "k8s-image-pinned", severity: "medium" },
    { ...result, outcome: "waived", rule: "k8s-host-port", severity: "medium", waiver: "until 2027-01-31 by security, SEC-1: it measures" },
    { rule: "waivers", outcome: "violation", severity: "high", path: "", what: "waiver 1 is expired", why: "Because.", fix: "Mend it." },
] };

describe("SARIF", () => {
    const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
    addFormats(ajv);
    // Written in draft 4 of JSON Schema, of which it uses only what later drafts have too, but for these two names.
    const { $schema: _draft, id: _id, ...schema } = JSON.parse(readFileSync(require.resolve("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"), "utf8")) as Record<string, unknown>;
    const valid = ajv.compile(schema);
    const sarif = (report: PolicyReport) => JSON.parse(render(report, "sarif", prod)) as { runs: { results: { ruleId: string; kind: string; level: string; partialFingerprints: Record<string, string>; suppressions?: unknown[]; locations: { physicalLocation: { artifactLocation: { uri: string } } }[] }[]; tool: { driver: { rules: { id: string }[] } } }[] };

    for (const [name, report] of Object.entries({ "of nothing": clean, "of every outcome": everyOutcome, "of a scan": bad })) {
        it(`${name} keeps the schema of the standard`, () => {
            assert.ok(valid(sarif(report)), JSON.stringify(valid.errors?.slice(0, 3)));
        });
    }

    it("is refused by the schema when it is wrong", () => {
        assert.ok(!valid({ version: "2.1.0", runs: [{ tool: {} }] }));
    });

    it("gives each outcome its level: only violations are errors, and waived results are suppressed", () => {
        const { results } = sarif(everyOutcome).runs[0]!;
        assert.deepEqual(results.map(({ kind, level, suppressions }) => `${kind} ${level}${suppressions ? " suppressed" : ""}`), ["fail error", "fail warning", "open none", "fail note suppressed", "fail error"]);
    });

    it("names what each result is of: rule, file, line", () => {
        const run = sarif(bad).runs[0]!;
        for (const { ruleId } of run.results) assert.ok(run.tool.driver.rules.some(({ id }) => id === ruleId));
        assert.ok(run.results.every(({ locations }) => locations[0]!.physicalLocation.artifactLocation.uri.includes("examples/bad")));
        assert.ok(sarif(everyOutcome).runs[0]!.results.every(({ locations }) => locations[0]!.physicalLocation.artifactLocation.uri === "Pulumi.dev.yaml"));
    });

    it("has fingerprints that stay when lines, words and order change, and differ between places", () => {
        assert.equal(fingerprint(result), fingerprint({ ...result, what: "is still wrong", location: { file: "a.yaml", line: 7 }, outcome: "waived" }));
        for (const other of [{ ...result, path: "spec.y" }, { ...result, rule: "k8s-seccomp" }, { ...result, resource: { ...result.resource!, urn: "urn:pulumi:prod::p::t:a/b:C::n" } }]) assert.notEqual(fingerprint(other), fingerprint(result));
        const all = sarif(bad).runs[0]!.results.map(({ partialFingerprints }) => Object.values(partialFingerprints)[0]);
        assert.equal(new Set(all).size, bad.results.length);
    });

    it("is the same from the same results in another order", () => {
        const shuffled = { ...bad, results: sorted([...bad.results].reverse()) };
        assert.deepEqual(toSarif(shuffled, rules, "1", () => "x"), toSarif({ ...bad, results: sorted(bad.results) }, rules, "1", () => "x"));
    });
});

describe("JUnit", () => {
    it("counts rules as tests, and fails those with violations", () => {
        const xml = render(everyOutcome, "junit", prod);
        const [, tests, failures, skipped] = /tests="(\d+)" failures="(\d+)" errors="0" skipped="(\d+)"/.exec(xml)!;
        assert.deepEqual([failures, skipped], ["2", "1"]);
        assert.equal(Number(tests), prod.filter(({ level }) => level !== "disabled").length + 1);
        assert.equal((xml.match(/<testcase /g) ?? []).length, Number(tests));
        assert.equal((xml.match(/<failure /g) ?? []).length, 2);
    });

    it("is well-formed whatever stands in it", () => {
        fc.assert(fc.property(fc.string({ unit: "binary" }), text => {
            const xml = render({ ...clean, subject: text, results: [{ ...result, path: text, what: text, why: text, fix: text, resource: { urn: text, type: text, name: text } }] }, "junit", []);
            assert.equal(xml.replaceAll(/<[^<>]*>/g, "").match(/[<>]/), null);
            assert.equal(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(xml), false);
            assert.equal(/&(?!(amp|lt|gt|quot|apos);)/.test(xml), false);
        }));
    });
});

describe("Markdown", () => {
    it("has one row a result, and no way out of the table", () => {
        const text = render({ ...everyOutcome, results: [...everyOutcome.results, { ...result, what: "a | b\n| c | <script>" }] }, "markdown", prod);
        const rows = text.split("\n").filter(line => /^\| (❌|⚠️|❔|➖)/.test(line));
        assert.equal(rows.length, 6);
        assert.ok(!text.includes("<script>"));
        assert.match(render(clean, "markdown", prod), /dev is allowed/);
        assert.match(text, /dev is not allowed/);
    });
});

describe("every format", () => {
    it("tells the clean from the unclean", () => {
        assert.ok(isClean(clean) && !isClean(everyOutcome) && isClean({ ...clean, results: everyOutcome.results.slice(1, 4) }));
        for (const format of formats) {
            assert.ok(render(clean, format, prod).endsWith("\n"), format);
            assert.notEqual(render(clean, format, prod), render(everyOutcome, format, prod));
        }
        assert.equal(summary(everyOutcome), "2 violations, 1 advice, 1 undetermined, 1 waived in 3 resources at the level of dev");
    });

    it("lists every problem with resource, place, why and fix", () => {
        const text = render(bad, "text", prod);
        for (const { path, what, why, fix, resource } of bad.results) for (const part of [path, what, why, fix, resource?.name ?? ""]) assert.ok(text.includes(part), part);
    });
});

describe("a message of the pack", () => {
    it("comes apart into what it was made of", () => {
        for (const rule of rules) {
            for (const kind of ["violation", "advice", "undetermined", "failure"] as const) {
                for (const path of ["", 'spec["a b"].c[0]']) {
                    const finding = { kind, path: kind === "failure" ? "" : path, what: kind === "undetermined" ? "is not known yet" : "is wrong, as `x` shows" };
                    const { message } = decide(rule, finding, resourceOf("t", "n", {}), undefined, new Waivers(undefined, rules));
                    const parts = partsOf(message);
                    assert.equal(parts.path, finding.path, message);
                    assert.equal(parts.undetermined, kind === "undetermined");
                    if (kind === "failure") continue;
                    assert.equal(parts.why, rule.why);
                    assert.ok(kind === "undetermined" || (parts.what === finding.what && parts.fix === rule.remediation[0]), message);
                }
            }
        }
    });

    it("of another form loses nothing", () => {
        assert.equal(partsOf("something quite different").what, "something quite different");
        assert.match(partsOf("a: first\nsecond line").what, /first\nsecond line/);
    });
});

describe("events of the engine", () => {
    const line = (event: object) => JSON.stringify({ sequence: 1, timestamp: 1, ...event });
    const policyEvent = (enforcementLevel: string, policyName: string, message: string) => line({ policyEvent: { resourceUrn: "urn:pulumi:dev::p::kubernetes:core/v1:Pod$kubernetes:apps/v1:Deployment::n::m", message, color: "", policyName, policyPackName: "agent-platform", policyPackVersion: "1", enforcementLevel } });
    const text = ["Previewing", line({ resourcePreEvent: {} }), policyEvent("mandatory", "k8s-privileged", "k8s-privileged: `spec.x` is wrong\n  why  Because.\n  fix  Mend it."), policyEvent("advisory", "k8s-image-pinned", "k8s-image-pinned: undetermined, because `spec.y` is not known yet\n  why  W.\n  fix  F."), policyEvent("advisory", "k8s-host-port", "k8s-host-port: `a` b\n  why  W.\n  fix  F.\n  waived  until 2027-01-31 by s, SEC-1: r"), policyEvent("advisory", "undetermined", "undetermined: 1 check")].join("\n");

    it("become results, and what they are about", () => {
        const { told, resources } = eventsIn(text)!;
        const report = reportOf(told, rules, { subject: "dev", environment: "dev", resources });
        assert.deepEqual(report.results.map(({ rule, outcome, path }) => [rule, outcome, path]), [["k8s-privileged", "violation", "spec.x"], ["k8s-image-pinned", "undetermined", "spec.y"], ["k8s-host-port", "waived", "a"]]);
        assert.deepEqual(report.results[0]!.resource, { urn: "urn:pulumi:dev::p::kubernetes:core/v1:Pod$kubernetes:apps/v1:Deployment::n::m", type: "kubernetes:apps/v1:Deployment", name: "n::m" });
        assert.equal(resources, 1);
    });

    it("are not found in other text", () => {
        for (const other of ["", "hello", '{"a": 1}', "{", "null"]) assert.equal(eventsIn(other), undefined);
    });
});

describe("explanations", () => {
    it("have a line for every rule with its level in the environment", () => {
        for (const name of environments()) {
            const effective = effectiveRules(rules, readConfiguration(name));
            const lines = explainEnvironment(name, effective).split("\n");
            for (const { rule, level } of effective) assert.ok(lines.some(line => line.startsWith(`${rule.id} `) && line.includes(` ${level} `)), `${name} ${rule.id}`);
        }
    });

    it("of a rule say everything about it", () => {
        for (const rule of rules) {
            const text = explainRule(rule, new Map(environments().map(name => [name, readConfiguration(name)])));
            for (const part of [rule.id, rule.title, rule.what, rule.why, ...rule.remediation, ...Object.keys(rule.settings ?? {})]) assert.ok(text.includes(part), `${rule.id}: ${part}`);
            assert.equal(text.includes("none: the rule is critical"), rule.severity === "critical");
        }
    });
});
