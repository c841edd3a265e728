import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { parseAllDocuments } from "yaml";
import { isClean, type PolicyReport, type Result } from "../report/model";
import { Waivers } from "../src/core/waivers";
import { effectiveRules, readConfiguration } from "../src/environments";
import { rules } from "../src/rules";
import { keysOf } from "./paths";
import { scan, type ScanOptions } from "./scan";
import { readSources, UnreadableSource } from "./sources";

const examples = join(__dirname, "../examples");
const prod = effectiveRules(rules, readConfiguration("prod"));
const canary = "canary-14142135623730";

function scanned(text: string, options: Partial<ScanOptions> = {}): PolicyReport {
    return scan([{ name: "input.yaml", text, named: true }], { rules: prod, environment: "prod", waivers: new Waivers(undefined, rules), ...options });
}

function of(report: PolicyReport, rule: string): Result[] {
    return report.results.filter(result => result.rule === rule);
}

const pod = (name: string, extra = "") => `apiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, namespace: shop }\nspec:\n  containers:\n    - name: a\n      image: registry.example.com/agent-platform/a:1\n${extra}`;

describe("a scan", () => {
    it("is content with the good examples, and finds each bad one", () => {
        const look = (folder: string) => scan(readSources([join(examples, folder)]), { rules: prod, environment: "prod", waivers: new Waivers(undefined, rules) });
        assert.deepEqual(look("good").results, []);
        const bad = look("bad");
        for (const rule of ["k8s-privileged", "k8s-host-namespaces", "k8s-volume-types", "k8s-plaintext-secrets", "k8s-service-exposure", "k8s-admin-binding", "k8s-rbac-wildcard", "k8s-image-pinned"]) {
            assert.ok(of(bad, rule).some(({ outcome }) => outcome === "violation"), rule);
        }
        assert.ok(!JSON.stringify(bad).includes("hunter2"));
    });

    it("names the resource, the place in it and its line", () => {
        const [found] = of(scanned(`# one\n---\n${pod("web", "      securityContext:\n        privileged: true\n")}`), "k8s-privileged");
        assert.equal(found!.resource!.name, "shop/web");
        assert.equal(found!.path, "spec.containers[0].securityContext.privileged");
        assert.deepEqual(found!.location, { file: "input.yaml", line: 11 });
        assert.ok(found!.what && found!.why && found!.fix);
    });

    it("points at the nearest place there is when something is missing", () => {
        const [found] = of(scanned(pod("web")), "k8s-caps-drop-all");
        assert.equal(found!.location!.line, 6);
    });

    it("reads several documents, lists, typed lists, lists in lists, and JSON", () => {
        const bad = { apiVersion: "v1", kind: "Pod", metadata: { name: "x" }, spec: { hostNetwork: true, containers: [] } };
        const { apiVersion, kind, ...rest } = bad;
        const texts = [
            `---\n${pod("a", "  hostNetwork: true\n")}\n---\n---\n# empty\n---\n${pod("b", "  hostNetwork: true\n")}...\n`,
            JSON.stringify({ apiVersion: "v1", kind: "List", items: [bad, { apiVersion: "v1", kind: "List", items: [bad] }, null, 3] }),
            JSON.stringify({ apiVersion, kind: `${kind}List`, items: [rest, rest] }),
            `${JSON.stringify(bad)}\n---\n${JSON.stringify(bad, undefined, 4)}`,
        ];
        for (const text of texts) assert.equal(of(scanned(text), "k8s-host-namespaces").length, 2, text);
    });

    it("reads values as Kubernetes does", () => {
        const report = scanned(`apiVersion: v1\nkind: Pod\nmetadata: { name: x, labels: { day: 2026-01-01, time: 12:30:45 } }\nspec: &spec\n  hostNetwork: yes\n  hostPID: on\n  hostIPC: "yes"\n  containers: []\n`);
        assert.deepEqual(of(report, "k8s-host-namespaces").map(({ path }) => path), ["spec.hostIPC", "spec.hostNetwork", "spec.hostPID"]);
        assert.equal(of(scanned("apiVersion: v1\nkind: Pod\nspec:\n  hostNetwork: false\n  hostNetwork: true\n"), "k8s-host-namespaces").length, 1, "the last of two counts");
    });

    it("says what is no YAML, no object, or not there, all at once, and judges nothing in silence", () => {
        const bad = (text: string) => () => scanned(text);
        assert.throws(bad("a: [1\n"), UnreadableSource);
        assert.throws(bad("a: b\n"), /holds no Kubernetes object/);
        assert.throws(bad(""), UnreadableSource);
        assert.throws(bad('{"resources": []}'), UnreadableSource);
        assert.throws(bad("apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n    x: 1\n"), /must be rendered first/);
        assert.throws(() => readSources(["/nowhere/at/all.yaml"]), /does not exist/);
        assert.throws(() => scan(["a", "b"].map(name => ({ name, text: "[", named: true })), { rules: prod, environment: "prod", waivers: new Waivers(undefined, rules) }), /a: [^]*b: /);
    });

    it("follows anchors and merged keys, and looks into no schema of a custom resource definition", () => {
        assert.equal(of(scanned("x-base: &base\n  hostNetwork: true\n  containers: [{ name: a, image: a }]\napiVersion: v1\nkind: Pod\nspec:\n  <<: *base\n"), "k8s-host-namespaces").length, 1);
        const schema = { type: "object", properties: { spec: { type: "object", properties: { containers: { type: "array" }, hostNetwork: { type: "boolean" } } } } };
        assert.deepEqual(scanned(JSON.stringify({ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", metadata: { name: "x.example.com" }, spec: { versions: [{ name: "v1", schema: { openAPIV3Schema: schema } }] } })).results, []);
    });

    it("survives a bomb of aliases", () => {
        const bomb = `a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 12 }, (_, index) => `a${index + 1}: &a${index + 1} [${Array(10).fill(`*a${index}`).join(",")}]`).join("\n")}\n`;
        assert.throws(() => scanned(`apiVersion: v1\nkind: Pod\n${bomb}`), UnreadableSource);
    });

    it("takes all files for one whole, or each by itself", () => {
        const files = ["good/shop.yaml"].map(file => readFileSync(join(examples, file), "utf8"));
        const documents = parseAllDocuments(files[0]!).map((document, index) => ({ name: `${index}.yaml`, text: String(document), named: true }));
        const options = { rules: prod, environment: "prod", waivers: new Waivers(undefined, rules) };
        assert.deepEqual(scan(documents, options).results, []);
        assert.ok(of(scan(documents, { ...options, separately: true }), "k8s-netpol-coverage").length > 0);
    });

    it("holds waivers of the stack that is named", () => {
        const waivers = () => new Waivers(JSON.stringify({ waivers: [{ rule: "k8s-host-namespaces", stack: "prod", resource: { type: "kubernetes:core/v1:Pod", name: "shop/web" }, reason: "It measures the node's network.", owner: "security", ticket: "SEC-1", expires: new Date(Date.now() + 5e9).toISOString().slice(0, 10) }] }), rules);
        const text = pod("web", "  hostNetwork: true\n");
        const [waived] = of(scanned(text, { waivers: waivers(), stack: "prod" }), "k8s-host-namespaces");
        assert.equal(waived!.outcome, "waived");
        assert.match(waived!.waiver!, /SEC-1/);
        assert.equal(of(scanned(text, { waivers: waivers() }), "k8s-host-namespaces")[0]!.outcome, "violation");
    });

    it("keeps disabled rules out, and lets advisory ones pass", () => {
        const withLevel = (level: string) => scanned(pod("web", "  hostNetwork: true\n"), { rules: effectiveRules(rules, { all: "disabled", "kubernetes-stack": "disabled", "k8s-host-namespaces": level }) });
        assert.deepEqual(withLevel("disabled").results, []);
        assert.deepEqual(withLevel("advisory").results.map(({ outcome }) => outcome), ["advice"]);
        assert.ok(isClean(withLevel("advisory")) && !isClean(withLevel("mandatory")));
    });
});

describe("a scan of a state of Pulumi", () => {
    const deployment = "urn:pulumi:prod::p::kubernetes:apps/v1:Deployment::web";
    const provider = "urn:pulumi:prod::p::pulumi:providers:kubernetes::cluster";
    const secret = { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270" };
    const resource = (env: unknown) => ({
        urn: deployment, type: "kubernetes:apps/v1:Deployment", custom: true, id: "x", provider: `${provider}::id`,
        inputs: { metadata: { name: "web" }, spec: { template: { spec: { hostNetwork: true, containers: [{ name: "web", env: [{ name: "API_TOKEN", value: env }] }] } } } },
    });
    const providerEntry = { urn: provider, type: "pulumi:providers:kubernetes", custom: true, id: "id", inputs: { namespace: "shop" } };

    for (const [form, wrap] of Object.entries({
        "as stack export writes it": (resources: unknown[]) => ({ version: 3, deployment: { resources } }),
        "as a file backend keeps it": (resources: unknown[]) => ({ version: 3, checkpoint: { stack: "organization/p/prod", latest: { resources } } }),
    })) {
        it(`${form} is judged by the inputs, with the provider's namespace`, () => {
            const report = scanned(JSON.stringify(wrap([providerEntry, resource("x")])));
            const [found] = of(report, "k8s-host-namespaces");
            assert.deepEqual(found!.resource, { urn: deployment, type: "kubernetes:apps/v1:Deployment", name: "web" });
            assert.deepEqual(of(report, "k8s-namespace"), []);
        });
    }

    it("cannot decide about what is encrypted, and tells no secret that stands open", () => {
        const encrypted = scanned(JSON.stringify({ deployment: { resources: [resource({ ...secret, ciphertext: "v1:abc" })] } }));
        assert.deepEqual(of(encrypted, "k8s-plaintext-secrets").map(({ outcome }) => outcome), ["undetermined"]);
        const open = scanned(JSON.stringify({ deployment: { resources: [resource({ ...secret, plaintext: JSON.stringify(canary) })] } }));
        assert.deepEqual(of(open, "k8s-plaintext-secrets").map(({ outcome }) => outcome), ["violation"]);
        assert.ok(!JSON.stringify(open).includes(canary));
    });

    it("leaves out what is about to be deleted, and accepts an empty stack", () => {
        assert.deepEqual(of(scanned(JSON.stringify({ deployment: { resources: [{ ...resource("x"), delete: true }, providerEntry] } })), "k8s-host-namespaces"), []);
        assert.throws(() => scanned(JSON.stringify({ deployment: { resources: null } })), /holds no/);
    });
});

describe("the sources of a scan", () => {
    let folder: string;
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "policy-scan-"));
        mkdirSync(join(folder, "deep/node_modules"), { recursive: true });
        for (const file of ["a.yaml", "deep/b.yml", "deep/c.json", "deep/d.txt", "deep/node_modules/e.yaml"]) writeFileSync(join(folder, file), pod("x"));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("are files, all YAML and JSON in folders, and standard input", () => {
        assert.deepEqual(readSources([folder]).map(({ name }) => name.slice(folder.length + 1)), ["a.yaml", "deep/b.yml", "deep/c.json"]);
        assert.deepEqual(readSources([join(folder, "deep/d.txt"), "-"], () => "x").map(({ named }) => named), [true, true]);
    });

    it("in a folder may hold other things; what was skipped is told", () => {
        writeFileSync(join(folder, "values.yaml"), "replicas: 3\n");
        writeFileSync(join(folder, "package.json"), '{"name": "x"}');
        const report = scan(readSources([folder]), { rules: prod, environment: "prod", waivers: new Waivers(undefined, rules) });
        assert.equal(report.skipped?.length, 2);
        assert.equal(report.resources, 3);
    });

    it("in a folder that cannot be read are skipped when they speak of no Kubernetes, else told beside what the others came to", () => {
        const place = mkdtempSync(join(tmpdir(), "policy-scan-"));
        try {
            for (const [name, text] of Object.entries({ "pod.yaml": pod("web", "  hostNetwork: true\n"), "notes.yaml": "a: [1\n", "tsconfig.json": "// no JSON\n{}", "chart.yaml": "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n    x: 1\n" })) writeFileSync(join(place, name), text);
            assert.throws(
                () => scan(readSources([place]), { rules: prod, environment: "prod", waivers: new Waivers(undefined, rules) }),
                error => error instanceof UnreadableSource && /^\S*chart\.yaml: .*rendered first$/.test(error.message) && error.report?.skipped?.length === 2 && of(error.report, "k8s-host-namespaces").length === 1,
            );
        } finally {
            rmSync(place, { recursive: true, force: true });
        }
    });

    it("may come from Windows: marks of byte order, UTF-16, carriage returns", () => {
        const text = `${pod("web", "  hostNetwork: true\n")}---\n${pod("other", "  hostPID: true\n")}`.replaceAll("\n", "\r\n");
        const place = mkdtempSync(join(tmpdir(), "policy-scan-"));
        try {
            for (const [name, bytes] of Object.entries({ utf8: Buffer.from(`\ufeff${text}`), utf16le: Buffer.from(`\ufeff${text}`, "utf16le"), utf16be: Buffer.from(`\ufeff${text}`, "utf16le").swap16() })) {
                writeFileSync(join(place, `${name}.yaml`), bytes);
                const report = scan(readSources([join(place, `${name}.yaml`)]), { rules: prod, environment: "prod", waivers: new Waivers(undefined, rules) });
                assert.deepEqual(of(report, "k8s-host-namespaces").map(({ path, location }) => [path, location!.line]), [["spec.hostPID", 17], ["spec.hostNetwork", 8]], name);
            }
        } finally {
            rmSync(place, { recursive: true, force: true });
        }
    });
});

describe("a path in a message", () => {
    it("is taken apart into the keys it was made of", () => {
        assert.deepEqual(keysOf('spec.containers[0].env["A.B"].x-y[12]'), ["spec", "containers", 0, "env", "A.B", "x-y", 12]);
        assert.deepEqual(keysOf('data["with \\" and [1]"]'), ["data", 'with " and [1]']);
        assert.deepEqual(keysOf(""), []);
    });
});
