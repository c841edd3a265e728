import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { after, afterEach, before, describe, it } from "mocha";
import { buildPack, packState } from "../build";
import { resourceOf } from "../src/core/resource";
import { rules } from "../src/rules";
import { unknownFlag, unknownList, unknownText } from "../src/testing/unknowns";
import { Pack, type Diagnostic } from "./pack";

const canary = "canary-16180339887498";
const bad = {
    metadata: { name: "web", namespace: "shop" },
    spec: { template: { spec: { hostNetwork: true, containers: [{ name: "web", image: unknownText, securityContext: { privileged: true }, env: [{ name: "DB_PASSWORD", value: canary }] }] } } },
};
const deployment = resourceOf("kubernetes:apps/v1:Deployment", "web", bad);

function about(found: readonly Diagnostic[], policy: string): Diagnostic[] {
    return found.filter(item => item.policy === policy);
}

describe("the built pack, over its real protocol", () => {
    let pack: Pack;

    before(async function () {
        this.timeout(60_000);
        await buildPack();
        pack = await Pack.start();
    });

    after(async () => pack?.stop());
    afterEach(async () => pack.configure({}));

    it("is current after a build", () => {
        const state = packState();
        assert.equal(state.current, true);
        assert.match(state.digest ?? "", /^[0-9a-f]{64}$/);
    });

    it("keeps what Node has compiled for its next start, although the engine ends it without notice", async function () {
        this.timeout(30_000);
        const folder = mkdtempSync(join(tmpdir(), "compiled-"));
        const other = await Pack.start({ NODE_COMPILE_CACHE: folder });
        try {
            const kept = () => readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile()).length;
            for (const end = Date.now() + 20_000; kept() < 100; await setTimeout(100)) assert.ok(Date.now() < end, `${kept()} files are kept`);
        } finally {
            await other.stop();
            rmSync(folder, { recursive: true });
        }
    });

    it("offers every rule, and groups of stack rules", async () => {
        const expected = new Set(["waivers", ...rules.map(rule => (rule.scope === "stack" ? rule.group : rule.id))]);
        assert.deepEqual(new Set(await pack.names()), expected);
        assert.ok(rules.filter(rule => rule.scope === "stack").length > 0 && new Set(rules.flatMap(rule => (rule.scope === "stack" ? [rule.group] : []))).size <= 5);
    });

    it("reports violations as mandatory under the rule's name, and what it cannot know as an advice", async () => {
        const found = await pack.analyze(deployment);
        assert.deepEqual(about(found, "k8s-privileged").map(item => item.level), ["mandatory"]);
        assert.match(about(found, "k8s-host-namespaces")[0]!.message, /^k8s-host-namespaces: `spec\.template\.spec\.hostNetwork` /);
        const [image] = about(found, "k8s-image-pinned");
        assert.equal(image!.level, "advisory");
        assert.match(image!.message, /undetermined, because `spec\.template\.spec\.containers\[0\]\.image` is not known yet/);
    });

    it("lets configuration turn undetermined into a violation, and change or silence levels", async () => {
        await pack.configure({
            "k8s-image-pinned": { level: "mandatory", settings: { undetermined: "mandatory" } },
            "k8s-privileged": { level: "advisory" },
            "k8s-host-namespaces": { level: "disabled" },
        });
        const found = await pack.analyze(deployment);
        assert.deepEqual(about(found, "k8s-image-pinned").map(item => item.level), ["mandatory"]);
        assert.deepEqual(about(found, "k8s-privileged").map(item => item.level), ["advisory"]);
        assert.deepEqual(about(found, "k8s-host-namespaces"), []);
    });

    it("hands parameters to the rules, and blocks where a parameter is wrong", async () => {
        const tagged = resourceOf(deployment.type, "web", { spec: { template: { spec: { containers: [{ image: "shop:1.2" }] } } } });
        await pack.configure({ "k8s-image-pinned": { level: "mandatory", settings: { require: "tag" } } });
        assert.deepEqual(about(await pack.analyze(tagged), "k8s-image-pinned"), []);
        await pack.configure({ "k8s-image-pinned": { level: "mandatory", settings: { require: "hope" } } });
        assert.match(about(await pack.analyze(tagged), "k8s-image-pinned")[0]!.message, /require: must be one of digest, tag/);
    });

    it("reports stack rules under their own names, on the resource they are about", async () => {
        const namespace = resourceOf("kubernetes:core/v1:Namespace", "shop", { metadata: { name: "shop" } });
        const found = about(await pack.analyzeStack([namespace, deployment]), "k8s-netpol-coverage");
        assert.deepEqual(found.map(item => [item.policy, item.level, item.urn]), [["k8s-netpol-coverage", "mandatory", namespace.urn], ["k8s-netpol-coverage", "mandatory", namespace.urn]]);
        await pack.configure({ "kubernetes-stack": { level: "mandatory", settings: { "k8s-netpol-coverage": { level: "advisory" } } } });
        assert.deepEqual([...new Set(about(await pack.analyzeStack([namespace, deployment]), "k8s-netpol-coverage").map(item => item.level))], ["advisory"]);
        await pack.configure({ "kubernetes-stack": { level: "mandatory", settings: { "k8s-netpol-coverage": { level: "disabled" }, "k8s-availability": { level: "disabled" } } } });
        assert.deepEqual((await pack.analyzeStack([namespace, deployment])).filter(item => item.policy !== "undetermined"), []);
    });

    it("judges the other resources of a stack when one is unknown", async () => {
        const other = resourceOf("kubernetes:apps/v1:Deployment", "other", { metadata: unknownText, spec: { template: { spec: { containers: unknownList } } } });
        const found = about(await pack.analyzeStack([other, deployment]), "k8s-netpol-coverage");
        assert.deepEqual(found.filter(item => item.urn === deployment.urn).map(item => item.level), ["mandatory", "mandatory"]);
        assert.deepEqual(found.filter(item => item.urn === other.urn).map(item => item.level), ["advisory"]);
    });

    it("keeps secrets to itself", async () => {
        const found = await pack.analyze(deployment);
        assert.equal(about(found, "k8s-plaintext-secrets").length, 1);
        assert.ok(!JSON.stringify(found).includes(canary));
        assert.ok(!pack.written.includes(canary));
        assert.equal(pack.written, "");
    });

    it("survives properties that make no sense", async () => {
        for (const properties of [{}, { spec: unknownFlag }, { spec: null }, { spec: { template: [] } }, { spec: { template: { spec: { containers: { a: 1 } } } } }]) {
            const found = await pack.analyze(resourceOf(deployment.type, "web", properties));
            assert.ok(found.every(item => !item.message.includes("the rule itself failed")));
        }
    });

    it("tells its start-up time and memory", function () {
        // Told, not asserted: other work on the machine decides it as much as the pack does.
        const memory = /VmRSS:\s+(\d+) kB/.exec(process.platform === "linux" ? readFileSync(`/proc/${pack.pid}/status`, "utf8") : "")?.[1];
        console.log(`      pack start ${Math.round(pack.startup)} ms${memory ? `, ${Math.round(Number(memory) / 1024)} MB` : ""}`);
    });
});
