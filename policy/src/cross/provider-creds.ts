import { isText, isTrue } from "../common/truth";
import type { Findings } from "../core/findings";
import { resourceOf } from "../core/resource";
import type { Example, ResourceRule } from "../core/rule";
import type { Value } from "../core/value";
import { pulumiDocs } from "./frameworks";

const address = /(endpoint\w*|url|uri|host|server|baseUrl|apiUrl)$/i;
const unsafe = /^(insecure|insecureSkipTlsVerify|skipTlsVerify|tlsInsecure|skipVerify|insecureSkipVerify|disableTls)$/i;
const local = /^http:\/\/(localhost|127\.\d+\.\d+\.\d+|\[::1\])([:/]|$)/i;

function example(type: string, content: Record<string, unknown>): Example {
    return { resources: [resourceOf(`pulumi:providers:${type}`, type, content)], shown: { place: `provider ${type}`, content } };
}

export const providerCredentials: ResourceRule = {
    id: "x-provider-creds",
    title: "Providers sign in safely, to the right place",
    what: "Addresses of providers are HTTPS (this machine excepted), none skips the verification of TLS, a kubeconfig neither. The global key of Cloudflare (`apiKey` with `email`) and keys of Google service accounts are not used; where a provider has a token, there is an advice to let it come from the configuration as a secret or from the environment.",
    why: "A provider's token is the key to everything it manages. Without verification of TLS it goes to whoever answers.",
    severity: "medium",
    strictness: "mandatory",
    references: [pulumiDocs("Explicit provider configuration"), pulumiDocs("Secrets")],
    remediation: ["Use `config.requireSecret` or the environment, narrow API tokens instead of global keys, and workload identity where the provider has it."],
    settings: { tokens: { type: "boolean", default: false, description: "Whether tokens in a provider's arguments draw an advice. They arrive decrypted, so a secret cannot be told from a literal." } },
    compliant: [example("kubernetes", { context: "shop" }), example("cloudflare", { apiToken: "from the configuration" })],
    violating: [
        example("cloudflare", { apiKey: "0123456789abcdef", email: "alex@example.com" }),
        example("hcloud", { endpoint: "http://api.example.com/v1" }),
        example("kubernetes", { kubeconfig: "clusters:\n- cluster:\n    server: https://10.0.0.1:6443\n    insecure-skip-tls-verify: true\n" }),
        example("gcp", { credentials: "{\"type\": \"service_account\", \"private_key_id\": \"1\"}" }),
    ],
    scope: "resource",
    applies: type => type.startsWith("pulumi:providers:"),
    check({ type, properties }, settings, findings) {
        for (const [name, value] of properties.entries()) {
            if (address.test(name) && name !== "kubeconfig") findings.forbid(value, raw => typeof raw === "string" && /^http:\/\//i.test(raw) && !local.test(raw), "is not HTTPS");
            else if (unsafe.test(name)) findings.forbid(value, isTrue, "skips the verification of TLS");
            else if (settings.flag("tokens") && /(token|secret|password|privateKey)$/i.test(name) && isText(value.value)) findings.advice(value, "should come from the configuration as a secret, or from the environment");
        }
        if (type === "pulumi:providers:cloudflare") findings.forbid(properties.at("apiKey"), isText, "is the key to the whole account");
        if (type === "pulumi:providers:gcp") findings.forbid(properties.at("credentials"), raw => typeof raw === "string" && /"type"\s*:\s*"service_account"/.test(raw), "is a key that somebody can copy");
        if (type === "pulumi:providers:oci") findings.forbid(properties.at("privateKeyPassword"), isText, "stands beside the key it guards");
        if (type === "pulumi:providers:kubernetes") checkKubeconfig(properties.at("kubeconfig"), findings);
    },
};

function checkKubeconfig(config: Value, findings: Findings): void {
    findings.forbid(config, raw => typeof raw === "string" && /insecure-skip-tls-verify["']?\s*:\s*["']?true/i.test(raw), "skips the verification of TLS");
    findings.forbid(config, raw => typeof raw === "string" && /server["']?\s*:\s*["']?http:\/\/(?!localhost|127\.)/i.test(raw), "is not HTTPS");
}
