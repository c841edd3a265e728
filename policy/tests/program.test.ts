import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { repository } from "../../toolchain/core/paths";
import { decide } from "../src/core/decide";
import { resourceOf, type Resource } from "../src/core/resource";
import { Waivers } from "../src/core/waivers";
import { configurationFor, effectiveRules, readConfiguration } from "../src/environments";
import { rules } from "../src/rules";
import { findingsIn } from "../src/testing/samples";

interface Golden {
    resources: { type: string; name: string; protect?: true; inputs?: unknown }[];
}

const today = new Date("2026-11-21");
const files = globSync("tests/golden/**/*.json", { cwd: repository }).sort();

describe("the stacks of this repository", () => {
    it("are all here", () => {
        const stacks = globSync("Pulumi.*.yaml", { cwd: repository }).map(file => file.slice("Pulumi.".length, -".yaml".length));
        assert.deepEqual([...new Set(files.map(stackOf))].sort(), stacks.sort());
    });

    for (const file of files) {
        const [stack, name] = [stackOf(file), basename(file, ".json")];
        it(`${name} has no violation at the level of production, and no waiver that it does not need`, () => {
            const all = resourcesOf(stack, file);
            assert.ok(all.length >= 10);
            const waivers = new Waivers(readFileSync(join(repository, "policy/waivers.json"), "utf8"), rules, today);
            assert.deepEqual([...objections(stack, all, waivers), ...waivers.problems(stack), ...waivers.unmatched(stack)], []);
        });
    }
});

/** `portable` for `portable.json`, and for `portable.ray.json`, a variant of it. */
function stackOf(file: string): string {
    return basename(file).split(".")[0]!;
}

function resourcesOf(stack: string, file: string): Resource[] {
    const { resources } = JSON.parse(readFileSync(join(repository, file), "utf8")) as Golden;
    return resources.map(({ type, name, protect, inputs }) => resourceOf(type, name, inputs, { urn: `urn:pulumi:${stack}::agent-platform::${type}::${name}`, options: { protect: protect === true, ignoreChanges: [] } }));
}

function objections(stack: string, all: readonly Resource[], waivers: Waivers): string[] {
    const { config } = parse(readFileSync(join(repository, `Pulumi.${stack}.yaml`), "utf8")) as { config: Record<string, string> };
    const production = configurationFor("prod", config["agent-platform:blueprint"] ?? "portable");
    // The images of `dev` come from this machine; all else is held to production.
    const configuration = stack === "dev" ? { ...production, "k8s-image-registry": readConfiguration("dev")["k8s-image-registry"], "x-protect": "disabled" } : production;
    return effectiveRules(rules, configuration)
        .filter(({ level }) => level === "mandatory")
        .flatMap(({ rule, settings }) => findingsIn(rule, all, settings).map(finding => decide(rule, finding, finding.resource, settings.undetermined, waivers)))
        .filter(({ outcome }) => outcome === "violation")
        .map(({ message }) => message);
}
