import { typedRule } from "../common/rule";
import { isTrue } from "../common/truth";
import { hetzner } from "./frameworks";
import { bad, good } from "./sound";
import { hcloud } from "./types";

export const hclLbTls = typedRule({
    id: "hcl-lb-tls",
    title: "Load balancers speak TLS, or pass it through",
    what: "`protocol` of a service is `https`, or `tcp` for TLS that ends behind it; `http` only with `http.redirectHttp`.",
    why: "Plain HTTP shows passwords, cookies and documents to everybody on the way.",
    severity: "high",
    strictness: "mandatory",
    references: [hetzner("Load Balancers: services")],
    remediation: ["Use `protocol: \"https\"` with `http: { certificates: […], redirectHttp: true }`."],
    compliant: [good(hcloud.service), good(hcloud.service, { protocol: "tcp", http: null, destinationPort: 8443 })],
    violating: [bad(hcloud.service, { protocol: "http", listenPort: 80, http: null })],
    types: [hcloud.service],
    check({ properties }, _settings, findings) {
        const protocol = properties.at("protocol");
        const redirect = properties.at("http", "redirectHttp");
        if (protocol.text?.toLowerCase() === "http" && isTrue(redirect.value)) return;
        (redirect.unknown ? findings.under({ doubt: redirect }) : findings).require(protocol, raw => typeof raw === "string" && /^(https|tcp)$/i.test(raw), "serves plain HTTP");
    },
});
