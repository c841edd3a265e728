import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { withoutAutomaticLog } from "../../toolchain/pulumi/automaticLog";
import { changedWithoutPack, type HistoryEntry } from "../../toolchain/pulumi/policyRecord";
import { repository } from "../../toolchain/core/paths";
import { tryRun, which, type RunResult } from "../../toolchain/core/run";
import { buildPack } from "../build";
import { eventsIn, reportOf } from "../report/events";
import { readConfiguration } from "../src/environments";
import { merge } from "../src/common/merge";
import { soundDeployment } from "../src/kubernetes/examples";
import { rules } from "../src/rules";
import { startEchoProvider, type EchoProvider } from "./echo-provider";

const canary = "canary-57721566490153";
const packFolder = join(__dirname, "..");

const namespace = { type: "kubernetes:core/v1:Namespace", name: "shop", properties: { metadata: { name: "shop", labels: { "pod-security.kubernetes.io/enforce": "restricted" } } } };
const denial = { type: "kubernetes:networking.k8s.io/v1:NetworkPolicy", name: "deny", properties: { metadata: { name: "deny", namespace: "shop" }, spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] } } };
const sound = [namespace, denial, { type: "kubernetes:apps/v1:Deployment", name: "shop", properties: soundDeployment() }];

/** The sound stack with another pod specification. */
function withPod(fragment: Record<string, unknown>): unknown[] {
    return [namespace, denial, { type: "kubernetes:apps/v1:Deployment", name: "shop", properties: merge(soundDeployment(), { spec: { template: { spec: fragment } } }) }];
}

/** Makes the resources that stack.json lists; `{"idOf": name}` stands for what is not known before that resource exists. */
const program = `
const { CustomResource } = require("@pulumi/pulumi");
class Resource extends CustomResource {}
const made = {};
const resolve = value => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== "object" || value === null) return value;
    if (value.idOf) return made[value.idOf].id;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item)]));
};
for (const { type, name, properties } of require("./stack.json")) made[name] = new Resource(type, name, resolve(properties));
`;

describe("the pack in the real engine", function () {
    this.timeout(300_000);
    let folder: string;
    let provider: EchoProvider;

    before(async function () {
        // `npm test` puts the CLI and its language host on PATH.
        if (!(await which("pulumi")) || !(await which("pulumi-language-nodejs"))) this.skip();
        await buildPack();
        folder = mkdtempSync(join(tmpdir(), "policy-engine-"));
        mkdirSync(join(folder, "state"));
        mkdirSync(join(folder, "program"));
        writeFileSync(join(folder, "program/Pulumi.yaml"), "name: policy-test\nruntime:\n    name: nodejs\n    options:\n        typescript: false\nmain: index.js\n");
        writeFileSync(join(folder, "program/package.json"), JSON.stringify({ name: "policy-test", version: "1.0.0", private: true }));
        writeFileSync(join(folder, "program/index.js"), program);
        symlinkSync(join(repository, "node_modules"), join(folder, "program/node_modules"));
        provider = await startEchoProvider();
        withoutAutomaticLog(join(folder, "home"));
        // What `up` makes must not be in the way of the previews.
        for (const stack of ["updates", "previews"]) {
            const init = await pulumi("stack", "init", stack);
            assert.equal(init.code, 0, init.stderr);
        }
    });

    after(() => {
        provider?.stop();
        if (folder) rmSync(folder, { recursive: true, force: true });
    });

    function pulumi(...args: string[]): Promise<RunResult> {
        return pulumiWith({}, ...args);
    }

    function pulumiWith(variables: Record<string, string>, ...args: string[]): Promise<RunResult> {
        return tryRun("pulumi", [...args, "--non-interactive"], {
            cwd: join(folder, "program"),
            env: {
                PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
                PULUMI_HOME: join(folder, "home"),
                PULUMI_CONFIG_PASSPHRASE: "test",
                PULUMI_SKIP_UPDATE_CHECK: "true",
                PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
                PULUMI_DEBUG_PROVIDERS: `kubernetes:${provider.port}`,
                ...variables,
            },
        });
    }

    async function withPack(command: readonly string[], stack: readonly unknown[], config = environment("prod"), pack = packFolder): Promise<{ code: number; text: string }> {
        writeFileSync(join(folder, "program/stack.json"), JSON.stringify(stack));
        const { code, stdout, stderr } = await pulumi(...command, "--policy-pack", pack, "--policy-pack-config", config);
        return { code, text: stdout + stderr };
    }

    function configuration(content: unknown): string {
        const file = join(folder, "config.json");
        writeFileSync(file, JSON.stringify(content));
        return file;
    }

    /** A copy of the pack with waivers of its own. */
    function packWith(waivers: readonly unknown[]): string {
        const pack = copyOfPack("waived", readFileSync(join(packFolder, "bin/index.js"), "utf8"));
        writeFileSync(join(pack, "waivers.json"), JSON.stringify({ waivers }));
        return pack;
    }

    function copyOfPack(name: string, code: string): string {
        const pack = join(folder, name);
        rmSync(pack, { recursive: true, force: true });
        mkdirSync(join(pack, "bin"), { recursive: true });
        for (const file of ["package.json", "PulumiPolicy.yaml"]) cpSync(join(packFolder, file), join(pack, file));
        writeFileSync(join(pack, "bin/index.js"), code);
        symlinkSync(join(repository, "node_modules"), join(pack, "node_modules"));
        return pack;
    }

    /** The configuration of an environment, for images from where the examples have theirs. */
    function environment(name: string): string {
        return configuration({ ...readConfiguration(name), "k8s-image-registry": { registries: ["ghcr.io"] } });
    }

    it("lets a sound stack through at the level of production", async () => {
        const { code, text } = await withPack(["preview", "--stack", "previews"], sound);
        assert.equal(code, 0, text);
        assert.match(text, /agent-platform@v/);
    });

    it("blocks preview on a mandatory violation, and says what, where, why and how to fix it, but no value", async () => {
        const container = (soundDeployment() as { spec: { template: { spec: { containers: object[] } } } }).spec.template.spec.containers[0];
        const { code, text } = await withPack(["preview", "--stack", "previews"], withPod({ containers: [{ ...container, securityContext: { privileged: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } }, env: [{ name: "API_TOKEN", value: canary }] }] }));
        assert.notEqual(code, 0);
        assert.match(text, /\[mandatory\].*k8s-privileged/);
        assert.match(text, /k8s-privileged: `spec\.template\.spec\.containers\[0\]\.securityContext\.privileged` /);
        assert.match(text, /why {2}A privileged container/);
        assert.match(text, /fix {2}Remove/);
        assert.match(text, /k8s-plaintext-secrets: `spec\.template\.spec\.containers\[0\]\.env\[0\]\.value` /);
        // The program's own diff shows its inputs; what the pack says comes after it.
        assert.ok(!text.slice(text.indexOf("Policies:")).includes(canary));
    });

    it("blocks up, and nothing of the kind is made", async () => {
        const { code, text } = await withPack(["up", "--yes", "--skip-preview", "--stack", "updates"], withPod({ hostNetwork: true }));
        assert.notEqual(code, 0);
        assert.match(text, /k8s-host-namespaces/);
        assert.ok(!provider.made.some(urn => urn.endsWith("::shop") && urn.includes("Deployment")), provider.made.join());
    });

    it("blocks by a rule over the whole stack", async () => {
        const { code, text } = await withPack(["preview", "--stack", "previews"], sound.filter(resource => resource !== denial));
        assert.notEqual(code, 0);
        assert.match(text, /\[mandatory\].*k8s-netpol-coverage.*Namespace: shop/);
    });

    it("lets an advisory violation through", async () => {
        const { code, text } = await withPack(["preview", "--stack", "previews"], withPod({ hostNetwork: true }), configuration({ "k8s-host-namespaces": "advisory" }));
        assert.equal(code, 0, text);
        assert.match(text, /\[advisory\].*k8s-host-namespaces/);
    });

    it("calls a value that is not known yet undetermined, and blocks it only where production says so", async () => {
        const container = (soundDeployment() as { spec: { template: { spec: { containers: object[] } } } }).spec.template.spec.containers[0];
        const stack = withPod({ containers: [{ ...container, image: { idOf: "shop" } }] });
        const lenient = await withPack(["preview", "--stack", "previews"], stack, environment("dev"));
        assert.equal(lenient.code, 0, lenient.text);
        assert.match(lenient.text, /\[advisory\].*k8s-image-pinned[^]*undetermined/);
        assert.ok(!lenient.text.includes("can't run policy"), lenient.text);
        const strict = await withPack(["preview", "--stack", "previews"], stack, environment("prod"));
        assert.notEqual(strict.code, 0);
        assert.match(strict.text, /\[mandatory\].*k8s-image-pinned/);
    });

    it("counts what could not be decided", async () => {
        const container = (soundDeployment() as { spec: { template: { spec: { containers: object[] } } } }).spec.template.spec.containers[0];
        const stack = withPod({ hostPID: { idOf: "shop" }, containers: [{ ...container, image: { idOf: "shop" } }] });
        const { text } = await withPack(["preview", "--stack", "previews"], stack, environment("dev"));
        assert.match(text, /undetermined: 3 checks could not be decided, because values are not known yet \(k8s-host-namespaces 1, k8s-image-pinned 1, k8s-image-registry 1\)/);
    });

    it("remediates only where the configuration says so, and what is planned is what the pack made of it", async () => {
        const stack = withPod({ securityContext: { seccompProfile: null } });
        const refused = await withPack(["preview", "--stack", "previews"], stack);
        assert.notEqual(refused.code, 0);
        const level = configuration({ ...JSON.parse(readFileSync(environment("prod"), "utf8")) as object, "k8s-seccomp": "remediate" });
        const mended = await withPack(["up", "--yes", "--skip-preview", "--stack", "updates"], stack, level);
        assert.equal(mended.code, 0, mended.text);
        const made = provider.inputs.get(provider.made.find(urn => urn.includes("Deployment") && urn.endsWith("::shop"))!);
        assert.deepEqual((made as { spec: { template: { spec: { securityContext: unknown } } } }).spec.template.spec.securityContext, { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } });
    });

    describe("with waivers", () => {
        const waiver = {
            rule: "k8s-host-namespaces", stack: "previews", resource: { type: "kubernetes:apps/v1:Deployment", name: "shop" },
            reason: "It measures the network of its node.", owner: "security@example.com", ticket: "SEC-12", expires: new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10),
        };
        const preview = (stack: unknown[], ...waivers: unknown[]) => withPack(["preview", "--stack", "previews"], stack, environment("prod"), packWith(waivers));

        it("lets through what security has granted, and says so at each use", async () => {
            const { code, text } = await preview(withPod({ hostNetwork: true }), waiver);
            assert.equal(code, 0, text);
            assert.match(text, /\[advisory\].*k8s-host-namespaces[^]*waived {2}until .* by security@example\.com, SEC-12: It measures/);
        });

        it("blocks for a waiver that is expired, unmatched, too broad, or for a critical rule", async () => {
            const { code, text } = await preview(sound, { ...waiver, expires: "2020-01-01" }, waiver, { ...waiver, resource: { ...waiver.resource, name: "*" } }, { ...waiver, rule: "k8s-privileged" });
            assert.notEqual(code, 0);
            assert.match(text, /waivers: waiver 1 is expired: it ended on 2020-01-01/);
            assert.match(text, /waivers: waiver 2 is unmatched/);
            assert.match(text, /waivers: waiver 3 is too broad/);
            assert.match(text, /waivers: waiver 4 is not allowed/);
        });

        it("grants nothing to an annotation alone", async () => {
            const [first, second, third] = withPod({ hostNetwork: true }) as { properties: Record<string, unknown> }[];
            const asking = { ...third, properties: merge(third!.properties, { metadata: { annotations: { "policy.agent-platform/waiver-request": "k8s-host-namespaces" } } }) };
            const { code, text } = await preview([first, second, asking]);
            assert.notEqual(code, 0);
            assert.match(text, /\[mandatory\].*k8s-host-namespaces[^]*only an entry in policy\/waivers\.json grants one/);
        });
    });

    it("is attached to plain pulumi by the environment, as a runner would have it, and the history of the stack tells", async () => {
        writeFileSync(join(folder, "program/stack.json"), JSON.stringify(withPod({ hostNetwork: true })));
        const runner = { PULUMI_OPTION_POLICY_PACK: packFolder, PULUMI_OPTION_POLICY_PACK_CONFIG: environment("prod") };
        const refused = await pulumiWith(runner, "preview", "--stack", "previews");
        assert.notEqual(refused.code, 0);
        assert.match(refused.stdout, /\[mandatory\].*k8s-host-namespaces/);
        const last = async () => changedWithoutPack(JSON.parse((await pulumi("stack", "history", "--json", "--stack", "updates")).stdout) as HistoryEntry[]);
        writeFileSync(join(folder, "program/stack.json"), JSON.stringify(sound));
        assert.equal((await pulumiWith(runner, "up", "--yes", "--skip-preview", "--stack", "updates")).code, 0);
        assert.equal(await last(), undefined);
        assert.equal((await pulumi("up", "--yes", "--skip-preview", "--stack", "updates")).code, 0, "who may deploy can leave the pack out");
        assert.ok(await last());
    });

    it("gives events that become a report", async () => {
        writeFileSync(join(folder, "program/stack.json"), JSON.stringify(withPod({ hostNetwork: true })));
        const { stdout } = await pulumiWith({ PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" }, "preview", "--json", "--stack", "previews", "--policy-pack", packFolder, "--policy-pack-config", environment("prod"));
        const { told, resources } = eventsIn(stdout)!;
        const { results } = reportOf(told, rules, { subject: "previews", environment: "prod", resources });
        const found = results.find(({ rule }) => rule === "k8s-host-namespaces")!;
        assert.deepEqual([found.outcome, found.path, found.resource?.type], ["violation", "spec.template.spec.hostNetwork", "kubernetes:apps/v1:Deployment"]);
        assert.ok(resources >= 4);
    });

    it("refuses a configuration that names what does not exist", async () => {
        const { code, text } = await withPack(["preview", "--stack", "previews"], sound, configuration({ "k8s-image-pinned": { require: "hope" } }));
        assert.notEqual(code, 0);
        assert.match(text, /require/);
    });

    it("fails closed when the pack crashes", async () => {
        const broken = copyOfPack("broken", readFileSync(join(packFolder, "bin/index.js"), "utf8").replace(/validateResource: /, "validateResource: () => process.exit(1), unused: "));
        const { code } = await withPack(["preview", "--stack", "previews"], sound, configuration({}), broken);
        assert.notEqual(code, 0);
    });
});
