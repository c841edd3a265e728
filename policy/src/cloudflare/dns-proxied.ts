import { isPrivate } from "../common/addresses";
import { expect } from "../common/expect";
import { typedRule } from "../common/rule";
import { isTrue } from "../common/truth";
import { cloudflareDocs } from "./frameworks";
import { bad, good } from "./sound";
import { cloudflare } from "./types";

const proxiable: readonly unknown[] = ["A", "AAAA", "CNAME"];

export const cfDnsProxied = typedRule({
    id: "cf-dns-proxied",
    title: "Names lead through Cloudflare, and show nothing of the inside",
    what: "Records of type A, AAAA and CNAME are `proxied`, except names with a part that begins with `_` (services, proofs of ownership) and names in the setting `unproxied`; none has a private address as its content, and none is a wildcard.",
    why: "A record that is not proxied tells the world the origin's address, past WAF and rate limit. A wildcard makes names that nobody owns; private addresses map the network for an attacker.",
    severity: "medium",
    strictness: "mandatory",
    references: [cloudflareDocs("Proxy status of DNS records")],
    remediation: ["Set `proxied: true` (with `ttl: 1`), or point the name at the tunnel."],
    settings: { unproxied: { type: "array", items: { type: "string" }, uniqueItems: true, default: [], description: "Names, as their records have them, that need not be proxied." } },
    compliant: [good(cloudflare.dnsRecord), good(cloudflare.dnsRecord, { name: "_acme-challenge.example.com", proxied: false }), good(cloudflare.dnsRecord, { type: "MX", content: "mail.example.com", proxied: false })],
    violating: [bad(cloudflare.dnsRecord, { proxied: false }), bad(cloudflare.dnsRecord, { proxied: null }), bad(cloudflare.dnsRecord, { type: "A", content: "10.0.0.7" }), bad(cloudflare.dnsRecord, { name: "*.example.com" })],
    types: [cloudflare.dnsRecord, cloudflare.record],
    check(resource, settings, findings) {
        const { properties } = resource;
        const type = properties.at("type");
        if (type.known && !proxiable.includes(type.text?.toUpperCase())) return;
        const target = type.unknown ? findings.under({ doubt: type }) : findings;
        const name = properties.at("name");
        target.forbid(name, raw => typeof raw === "string" && /^\*(\.|$)/.test(raw), "is a wildcard");
        const content = [properties.at("content"), properties.at("value")].find(value => !value.absent);
        if (content) target.forbid(content, raw => typeof raw === "string" && isPrivate(raw), "is an address of the inside");
        const exempt = name.text !== undefined && (/(^|\.)_/.test(name.text) || settings.list("unproxied").includes(name.text));
        if (!exempt) expect(resource, "proxied", isTrue, "shows the origin to the world", name.unknown ? target.under({ doubt: name }) : target);
    },
});
