import type { Findings } from "../core/findings";
import { resourceOf } from "../core/resource";
import type { Example, ResourceRule } from "../core/rule";
import type { Value } from "../core/value";
import { kindOf } from "../kubernetes/kinds";
import { mayHavePods } from "../kubernetes/pods";
import { knownCredential } from "../secrets/detect";
import { cisControl } from "./frameworks";

// These have rules of their own that know where a credential stands there, or are made to hold one.
const elsewhere = new Set([
    "gcp:compute/instance:Instance", "gcp:compute/instanceTemplate:InstanceTemplate", "gcp:compute/regionInstanceTemplate:RegionInstanceTemplate", "gcp:compute/projectMetadata:ProjectMetadata", "gcp:compute/projectMetadataItem:ProjectMetadataItem",
    "gcp:cloudrunv2/service:Service", "gcp:cloudrunv2/job:Job", "gcp:cloudrunv2/workerPool:WorkerPool", "gcp:cloudrun/service:Service", "gcp:cloudfunctions/function:Function", "gcp:cloudfunctionsv2/function:Function",
    "oci:Core/instance:Instance", "oci:Core/instanceConfiguration:InstanceConfiguration", "hcloud:index/server:Server",
    "gcp:secretmanager/secretVersion:SecretVersion", "oci:Vault/secret:Secret", "fly:index:Secrets", "modal:index:Secret", "cloudflare:index/workersSecret:WorkersSecret", "cloudflare:index/secretsStoreSecret:SecretsStoreSecret",
]);
/** Fields whose provider expects a secret: what stands there comes decrypted from the configuration, and cannot be told apart. */
const meantForSecrets = /(password|passphrase|secret|privateKey|token|apiKey|accessKey|clientKey|credentials?|kubeconfig|authKey|preSharedKey|sharedSecret|secretData|connectionString|stringData|talosconfig|machineConfiguration\w*|clientConfiguration)$/i;
/** Of pods and ConfigMaps k8s-plaintext-secrets looks at these, with the names of the variables. */
const ofPods = new Set(["env", "command", "args"]);
const ofConfigMaps = new Set(["data", "binaryData"]);
/** What any known format contains, so that most texts cost one look. */
const hint = /-----BEGIN|A[KS]IA|gh[pousr]_|github_pat_|glpat-|xox|AIza|tskey-|sk-|k_live_|npm_|hf_|SG\.|eyJ|:\/\//;
const deepest = 24;
const most = 50_000;

function example(content: Record<string, unknown>): Example {
    return { resources: [resourceOf("cloudflare:index/workersScript:WorkersScript", "edge", content)], shown: { place: "WorkersScript", content } };
}

export const hardcodedSecret: ResourceRule = {
    id: "x-hardcoded-secret",
    title: "No credential stands in a property that is not made for one",
    what: "No text in any property of any resource is a credential by its format: private keys, tokens of well-known services, passwords in URLs. Properties that are made for secrets (`password`, `privateKey`, `secretData` …) and Kubernetes Secrets are left out, because values from the configuration arrive there decrypted. What is not known yet is made by another resource, and so not written in the program.",
    why: "It stands in the repository, in the state, in every preview and in the provider's console, for everybody who sees one of them, and stays there after it was changed.",
    severity: "critical",
    strictness: "mandatory",
    references: [cisControl("3.11"), { framework: "OWASP ASVS", version: "5.0", control: "13.3.1" }],
    remediation: ["Put it into the stack's configuration with `pulumi config set --secret`, or into the provider's secret store, and hand over a reference.", "Then change the credential: it has been readable."],
    settings: { exempt: { type: "array", items: { type: "string", pattern: "^[^#]+#.+$" }, uniqueItems: true, default: [], description: "Places that may hold a credential, as type#path; deeper places are included." } },
    compliant: [example({ content: "export default { fetch: request => fetch(request) }", bindings: [{ name: "API_TOKEN", type: "secrets_store_secret", secretName: "api" }] })],
    violating: [example({ content: "const key = \"AKIAIOSFODNN7EXAMPLE\"" }), example({ content: "fetch('https://shop:correct-horse@example.com/orders')" }), example({ bindings: [{ name: "SIGNING", type: "plain_text", text: "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEE\n-----END EC PRIVATE KEY-----" }] })],
    scope: "resource",
    applies(type) {
        const kind = kindOf(type);
        return !elsewhere.has(type) && !type.startsWith("pulumi:") && !type.startsWith("random:") && !type.startsWith("tls:") && !(kind?.builtin === true && kind.kind === "Secret");
    },
    check(resource, settings, findings) {
        const exempt = settings.list("exempt").flatMap(entry => (entry.startsWith(`${resource.type}#`) ? [entry.slice(resource.type.length + 1)] : []));
        walk(resource.properties, mayHavePods(resource.type) ? ofPods : kindOf(resource.type) ? ofConfigMaps : new Set(), exempt, findings);
    },
};

function walk(top: Value, skipped: ReadonlySet<string>, exempt: readonly string[], findings: Findings): void {
    let left = most;
    const visit = (value: Value, depth: number): void => {
        if (value.text !== undefined) return look(value, exempt, findings);
        if (!value.isList && !value.isObject) return;
        if (depth > deepest || --left < 0) return findings.advice(value, "is too deep or too large to be searched for credentials");
        if (value.isList) for (const item of value.list()) visit(item, depth + 1);
        else for (const [name, item] of value.entries()) if (!skipped.has(name) && !meantForSecrets.test(name)) visit(item, depth + 1);
    };
    visit(top, 0);
}

function look(value: Value, exempt: readonly string[], findings: Findings): void {
    const text = value.text!;
    if (text.length < 12 || !hint.test(text)) return;
    const kind = knownCredential(text);
    if (!kind) return;
    const { path } = value;
    if (!exempt.some(place => path === place || path.startsWith(`${place}.`) || path.startsWith(`${place}[`))) findings.violation(value, `holds ${kind}`);
}
