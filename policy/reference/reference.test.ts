import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { asPod, compare, refusals } from "./compare";
import { digit, digits, generatePods, hashOf, makeRecord, readRecorded } from "./recorded";
import { fixtures, hasGo, verdictsOf } from "./reference";

describe("the Pod Security rules against Kubernetes itself", () => {
    // A thorough run is `npm run policy -- reference --pods 100000`.
    const count = 3000;
    const seed = 20;
    const wanted = ["1.0", "1.18", "1.22", "1.25", "1.34", "1.35", "1.37"];

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
        const { allowed, refused, disagreements } = await compare({ pods: count, seed, versions: wanted });
        assert.deepEqual(disagreements, []);
        assert.equal(allowed + refused, count * wanted.length * 2);
        // A generator of only good or only bad pods would prove nothing.
        assert.ok(Math.min(allowed, refused) > (allowed + refused) / 10, `${allowed} allowed, ${refused} refused`);
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

    it("catch all 74 bad pods of the restricted profile of 1.34, and none of the 22 good ones", async function () {
        if (!(await hasGo())) this.skip();
        this.timeout(0);
        const restricted = (await fixtures()).filter(({ level, version }) => level === "restricted" && version === "1.34");
        const caught = (expect: string) => restricted.filter(fixture => fixture.expect === expect).map(({ pod }) => refusals(asPod(pod), "restricted", "1.34").length > 0);
        assert.deepEqual([caught("fail").length, caught("pass").length], [74, 22]);
        assert.ok(caught("fail").every(Boolean));
        assert.ok(!caught("pass").some(Boolean));
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
