import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { evaluateResource } from "../src/core/evaluate";
import { resourceOf, type Resource } from "../src/core/resource";
import type { ResourceRule } from "../src/core/rule";
import { Settings } from "../src/core/settings";
import { podSecurityRules } from "../src/kubernetes/pod-security";
import { standardsSettings } from "../src/kubernetes/pod-security/standards";
import { digit, digits, generatePods, hashOf, makeRecord, readRecorded } from "./recorded";
import { fixtures, hasGo, verdictsOf, versions } from "./reference";

const rules = podSecurityRules as readonly ResourceRule[];
const settingsOf = new Map<string, Settings>();

/** What the pack says: the rules that refuse a pod in a profile of a version. */
function refusals(resource: Resource, profile: string, kubernetesVersion: string): string[] {
    const key = `${profile} ${kubernetesVersion}`;
    if (!settingsOf.has(key)) settingsOf.set(key, new Settings(standardsSettings, { profile, kubernetesVersion }));
    const settings = settingsOf.get(key)!;
    return rules.filter(rule => {
        const found = evaluateResource(rule, resource, settings);
        assert.ok(found.every(finding => finding.kind === "violation"), `${rule.id} has ${found.map(finding => finding.kind).join()}`);
        return found.length > 0;
    }).map(rule => rule.id);
}

function asPod(pod: unknown): Resource {
    return resourceOf("kubernetes:core/v1:Pod", "p", pod);
}

describe("the Pod Security rules against Kubernetes itself", () => {
    // More, or another series, for a thorough run: POLICY_PODS=100000 POLICY_SEED=7 POLICY_ALL_VERSIONS=1
    const count = Number(process.env.POLICY_PODS ?? 3000);
    const seed = Number(process.env.POLICY_SEED ?? 20);
    const wanted = process.env.POLICY_ALL_VERSIONS ? versions : (["1.0", "1.18", "1.22", "1.25", "1.33", "1.34"] as const);

    it("agree on the recorded verdicts", function () {
        this.timeout(120_000);
        const recorded = readRecorded();
        const pods = generatePods(recorded.seed, recorded.count);
        assert.equal(hashOf(pods), recorded.pods, "the generator changed: run `npm run record -w policy`");
        pods.forEach((pod, index) => {
            const mine = recorded.versions.map(version => digit(refusals(asPod(pod), "baseline", version).length === 0, refusals(asPod(pod), "restricted", version).length === 0)).join("");
            assert.equal(mine, recorded.verdicts[index], `pod ${index}: ${JSON.stringify(pod)}`);
        });
    });

    it(`agree on ${count} generated pods`, async function () {
        if (!(await hasGo())) this.skip();
        this.timeout(0);
        const outcomes = { allowed: 0, refused: 0 };
        for (let start = 0; start < count; start += 5000) {
            const pods = generatePods(seed + start, Math.min(5000, count - start));
            const verdicts = await verdictsOf(pods, wanted);
            pods.forEach((pod, index) => {
                const resource = asPod(pod);
                for (const version of wanted) {
                    for (const profile of ["baseline", "restricted"] as const) {
                        const theirs = verdicts[index]![version]![profile];
                        const mine = refusals(resource, profile, version);
                        assert.equal(mine.length === 0, theirs.length === 0, `${profile} ${version}: pack says [${mine.join()}], Kubernetes says [${theirs.join()}] of ${JSON.stringify(pod)}`);
                        outcomes[mine.length === 0 ? "allowed" : "refused"]++;
                    }
                }
            });
        }
        // A generator of only good or only bad pods would prove nothing.
        const all = outcomes.allowed + outcomes.refused;
        assert.ok(outcomes.allowed > all / 10 && outcomes.refused > all / 10, JSON.stringify(outcomes));
    });

    it("agree on every fixture of the module, in every version", async function () {
        if (!(await hasGo())) this.skip();
        this.timeout(0);
        const all = await fixtures();
        assert.ok(all.length > 4000, `only ${all.length} fixtures`);
        for (const fixture of all) {
            const mine = refusals(asPod(fixture.pod), fixture.level, fixture.version);
            const theirs = fixture.verdict[fixture.version]![fixture.level];
            assert.equal(mine.length === 0 ? "pass" : "fail", fixture.expect, `${fixture.file}: pack says [${mine.join()}], Kubernetes says [${theirs.join()}]`);
            assert.equal(theirs.length === 0 ? "pass" : "fail", fixture.expect, fixture.file);
        }
    });

    it("have a record that the living program confirms", async function () {
        if (!(await hasGo())) this.skip();
        this.timeout(0);
        const recorded = readRecorded();
        assert.deepEqual(await makeRecord(recorded.seed, recorded.count), recorded);
        const [example] = await verdictsOf(generatePods(recorded.seed, 1), recorded.versions);
        assert.equal(digits(example!, recorded.versions), recorded.verdicts[0]);
    });
});
