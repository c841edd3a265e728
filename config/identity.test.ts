import assert from "node:assert/strict";
import { ConfigProblem, parseConfig } from "../config";
import { placeholders } from "../toolchain/pulumi/placeholders";
import { configurationOf } from "../tests/golden/graph";

const secrets = placeholders.hetzner!.secret!;
const digest = `@sha256:${"a".repeat(64)}`;
const images = JSON.stringify(Object.fromEntries(["app", "web", "cloudnative-pg", "cloudnative-pg-operator", "pgbouncer", "nats", "ollama", "steel-browser", "flowise", "netbird", "talos-backup"].map((name) => [name, `registry.example.com/agent-platform/${name}${digest}`])));
const certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

function read(more: Readonly<Record<string, unknown>>) {
    const given = configurationOf("hetzner", { ...Object.fromEntries(Object.entries({ ...secrets, images }).map(([key, value]) => [`agent-platform:${key}`, value])), ...Object.fromEntries(Object.entries(more).map(([key, value]) => [`agent-platform:${key}`, typeof value === "string" ? value : JSON.stringify(value)])) });
    const values = Object.fromEntries(Object.entries(given).flatMap(([key, value]) => (key.startsWith("agent-platform:") ? [[key.slice("agent-platform:".length), value]] : [])));
    const config = parseConfig({ values, secretKeys: new Set(Object.keys(secrets)) });
    assert.ok(config.blueprint === "hetzner");
    return config;
}

function findingsOf(more: Readonly<Record<string, unknown>>): string[] {
    try {
        read(more);
    } catch (error) {
        assert.ok(error instanceof ConfigProblem, String(error));
        return error.findings.map(({ key }) => key);
    }
    return [];
}

const ldap = { kind: "ldap", name: "Company", slug: "company", server: "ldaps://ldap.example.com", dialect: "openldap", bindDn: "cn=reader", baseDn: "dc=example", authority: certificate };
const social = { kind: "social", name: "GitHub", slug: "github", provider: "github", clientId: "agents" };
const tool = { name: "CRM", slug: "crm", address: "https://crm.example.com", groups: ["platform-viewers"], signIn: { kind: "saml", acsUrl: "https://crm.example.com/saml", audience: "crm" }, scim: { url: "https://crm.example.com/scim/v2" } };

describe("sources of people and tools, in the configuration of hetzner", () => {
    it("are none unless they are listed, and give nobody an account unless that is said", () => {
        assert.deepEqual([read({}).identitySources, read({}).signInTools], [[], []]);
        const { identitySources, signInTools } = read({ identitySources: [ldap, { kind: "scim", name: "Customer", slug: "customer", enabled: false }, social], signInTools: [tool] });
        assert.deepEqual(identitySources, [{ ...ldap, enabled: true }, { kind: "scim", name: "Customer", slug: "customer", enabled: false }, { ...social, enabled: true, enroll: false }]);
        assert.deepEqual(signInTools, [tool]);
    });

    it("are refused without TLS, without an authority, for no group and with a secret in them, all at once", () => {
        const sources = [{ ...ldap, server: "ldap://ldap.example.com", authority: "none" }, { ...social, slug: "Git Hub", provider: "myspace" }, { ...ldap, slug: "other", bindPassword: "canary" }];
        const tools = [{ ...tool, groups: ["everybody"], address: "http://crm.example.com", scim: { url: "https://crm.example.com:8443/scim" } }];
        assert.deepEqual(findingsOf({ identitySources: sources, signInTools: tools }), ["identitySources[0].server", "identitySources[0].authority", "identitySources[1].slug", "identitySources[1].provider", "identitySources[2]", "signInTools[0].address", "signInTools[0].groups[0]", "signInTools[0].scim.url"]);
        assert.deepEqual(findingsOf({ identitySources: "[" }), ["identitySources"]);
    });

    it("have a name of their own, and an address where the provider is another one for each company", () => {
        assert.deepEqual(findingsOf({ identitySources: [{ ...ldap, slug: "grafana" }, social, { ...social, provider: "entraid" }], signInTools: [{ ...tool, slug: "devtron" }] }), ["signInTools[0].slug", "identitySources[0].slug", "identitySources[2].slug", "identitySources[2].wellKnown"]);
        assert.deepEqual(findingsOf({ identitySources: [{ ...social, wellKnown: "https://github.com/.well-known/openid-configuration" }] }), ["identitySources[0].wellKnown"]);
    });
});
