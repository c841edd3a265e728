import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { repository } from "../../toolchain/core/paths";
import { tryRun, which, type RunResult } from "../../toolchain/core/run";
import { buildPack } from "../build";
import { readConfiguration } from "../src/environments";
import { merge } from "../src/common/merge";
import { soundDeployment } from "../src/kubernetes/examples";
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
    this.timeout(120_000);
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
        return tryRun("pulumi", [...args, "--non-interactive"], {
            cwd: join(folder, "program"),
            env: {
                PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
                PULUMI_HOME: join(folder, "home"),
                PULUMI_CONFIG_PASSPHRASE: "test",
                PULUMI_SKIP_UPDATE_CHECK: "true",
                PULUMI_DEBUG_PROVIDERS: `kubernetes:${provider.port}`,
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

    it("refuses a configuration that names what does not exist", async () => {
        const { code, text } = await withPack(["preview", "--stack", "previews"], sound, configuration({ "k8s-image-pinned": { require: "hope" } }));
        assert.notEqual(code, 0);
        assert.match(text, /require/);
    });

    it("fails closed when the pack crashes", async () => {
        const broken = join(folder, "broken");
        mkdirSync(join(broken, "bin"), { recursive: true });
        for (const file of ["package.json", "PulumiPolicy.yaml"]) cpSync(join(packFolder, file), join(broken, file));
        writeFileSync(join(broken, "bin/index.js"), readFileSync(join(packFolder, "bin/index.js"), "utf8").replace(/validateResource: /, "validateResource: () => process.exit(1), unused: "));
        symlinkSync(join(repository, "node_modules"), join(broken, "node_modules"));
        const { code } = await withPack(["preview", "--stack", "previews"], sound, configuration({}), broken);
        assert.notEqual(code, 0);
    });
});
