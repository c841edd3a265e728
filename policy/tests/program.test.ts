import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "mocha";
import { repository } from "../../toolchain/core/paths";
import { messageOf } from "../src/core/evaluate";
import { resourceOf } from "../src/core/resource";
import { effectiveRules, environments, readConfiguration } from "../src/environments";
import { rules } from "../src/rules";
import { findingsIn } from "../src/testing/samples";

const folder = join(repository, "tests/golden");

interface Golden {
    resources: { type: string; name: string; inputs?: unknown }[];
}

describe("the stacks of this repository", () => {
    for (const file of readdirSync(folder).filter(name => name.endsWith(".json"))) {
        it(`${file} has no violation at the level of production`, () => {
            const { resources } = JSON.parse(readFileSync(join(folder, file), "utf8")) as Golden;
            const all = resources.map(({ type, name, inputs }) => resourceOf(type, name, inputs));
            assert.ok(all.some(resource => resource.type === "kubernetes:apps/v1:Deployment"));
            // Images come from another place in each environment; all else is held to production.
            const own = file.slice(0, -".json".length);
            const configuration = { ...readConfiguration("prod"), "k8s-image-registry": readConfiguration(environments().includes(own) ? own : "prod")["k8s-image-registry"] };
            const objections = effectiveRules(rules, configuration).filter(({ level }) => level === "mandatory").flatMap(({ rule, settings }) =>
                findingsIn(rule, all, settings).filter(finding => finding.kind !== "advice").map(finding => messageOf(rule, finding)));
            assert.deepEqual(objections, []);
        });
    }
});
