import type { Findings } from "../../core/findings";
import type { Value } from "../../core/value";
import { object } from "../examples";
import { cis, nsa } from "../frameworks";
import { objectRule } from "../objects";

const group = "networking.k8s.io/v1";
const backend = { service: { name: "shop", port: { number: 8080 } } };
const http = { paths: [{ path: "/", pathType: "Prefix", backend }] };

export const ingress = objectRule({
    id: "k8s-ingress",
    title: "An Ingress serves named hosts over TLS, without code in annotations",
    what: "Every rule has a host that is no wildcard and stands in `tls`; there is no backend for all other hosts, and no nginx snippet annotation; nor does the ConfigMap of the nginx controller allow such annotations.",
    why: "Without TLS passwords cross the network in the clear; a rule without host answers for names of others; snippets run the author's code in the proxy, which holds every certificate of the cluster (CVE-2021-25742).",
    severity: "high",
    strictness: "mandatory",
    references: [nsa("Network separation and hardening"), cis("5.4.2")],
    remediation: ["Give each rule its host, list the host under `tls` with a certificate, and use the controller's own options instead of snippets.", "Better: use the tunnel or a Gateway; the nginx Ingress controller is no longer maintained."],
    compliant: [object(group, "Ingress", { spec: { tls: [{ hosts: ["shop.example"], secretName: "shop-tls" }], rules: [{ host: "shop.example", http }] } })],
    violating: [
        object(group, "Ingress", { spec: { rules: [{ host: "shop.example", http }] } }),
        object(group, "Ingress", { spec: { tls: [{ hosts: ["shop.example"] }], rules: [{ http }] } }),
        object(group, "Ingress", { spec: { tls: [{ hosts: ["*.example"] }], rules: [{ host: "*.example", http }] } }),
        object(group, "Ingress", { metadata: { name: "shop", namespace: "shop", annotations: { "nginx.ingress.kubernetes.io/configuration-snippet": "return 200;" } }, spec: { tls: [{ hosts: ["shop.example"] }], rules: [{ host: "shop.example", http }] } }),
        object("core/v1", "ConfigMap", { data: { "allow-snippet-annotations": "true" } }),
    ],
    kinds: ["Ingress", "ConfigMap"],
    checkObject({ kind, properties }, _settings, findings) {
        if (kind === "ConfigMap") return checkController(properties, findings);
        const spec = properties.at("spec");
        for (const [name, value] of properties.at("metadata", "annotations").entries()) {
            if (/^nginx\.(ingress\.kubernetes\.io|org)\/.*snippets?$/.test(name)) findings.forbid(value, () => true, "puts code into the proxy");
            else if (name === "") findings.undetermined(value);
        }
        for (const field of ["defaultBackend", "backend"]) findings.forbid(spec.at(field), () => true, "answers for every host");
        const secured = spec.at("tls").list().map(entry => entry.at("hosts"));
        for (const rule of spec.at("rules").list()) {
            const host = rule.at("host");
            if (host.unknown) findings.undetermined(host);
            else if (host.text === undefined || host.text === "") {
                findings.violation(host, "is not set, so the rule answers for every host");
                // Told at once, so that it is not the next surprise.
                if (spec.at("tls").absent) findings.violation(spec.at("tls"), "is not set, so it is served without TLS");
            }
            else if (host.text.includes("*")) findings.violation(host, "answers for hosts of any name");
            else {
                const answer = coverage(secured, host.text);
                if (typeof answer === "object") findings.undetermined(answer);
                else if (!answer) findings.violation(host, "is served without TLS");
            }
        }
    },
});

/** What the nginx controller is told in its ConfigMap. */
function checkController(properties: Value, findings: Findings): void {
    findings.forbid(properties.at("data", "allow-snippet-annotations"), value => String(value).trim().toLowerCase() === "true", "lets everyone who may write an Ingress put code into the proxy");
}

/** Whether a host stands in the TLS part; an entry without hosts stands for all of them. */
function coverage(secured: readonly Value[], host: string): boolean | Value {
    let unclear: Value | undefined;
    for (const hosts of secured) {
        if (hosts.absent) return true;
        for (const name of hosts.list()) {
            if (name.unknown) unclear ??= name;
            else if (name.text === host || (name.text?.startsWith("*.") && host.slice(host.indexOf(".") + 1) === name.text.slice(2))) return true;
        }
    }
    return unclear ?? false;
}
