import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { parse, type DocumentOptions, type SchemaOptions } from "yaml";
import { Authentik, type AuthentikArgs } from "./authentik";
import { networkBlueprint, secondFactorBlueprint, secretsOf, toolsBlueprint, type Tool } from "./authentik-blueprints";
import { directoryPorts, secretOf, socialProviders, sourcesBlueprint, type IdentitySource, type LdapSource } from "./authentik-sources";

const internal = (tool: string) => `https://${tool}.internal.example.com`;
const tools: Tool[] = [
    { name: "Grafana", slug: "grafana", address: internal("grafana"), groups: ["admins", "viewers"], signIn: { kind: "oidc", redirect: `${internal("grafana")}/login` } },
    { name: "Longhorn", slug: "longhorn", address: internal("longhorn"), groups: ["admins"], signIn: { kind: "proxy", internal: "http://longhorn-frontend.longhorn-system.svc" } },
    { name: "CRM", slug: "crm", address: "https://crm.example.com", groups: ["viewers"], signIn: { kind: "saml", acsUrl: "https://crm.example.com/saml", audience: "crm" }, scim: { url: "https://crm.example.com/scim/v2" } },
];
const authority = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const directory: LdapSource = { kind: "ldap", name: "Company", slug: "company", enabled: true, server: "ldaps://ldap.example.com", dialect: "active-directory", bindDn: "cn=reader,dc=example,dc=com", baseDn: "dc=example,dc=com", authority };
const sources: IdentitySource[] = [
    directory,
    { kind: "scim", name: "Customer", slug: "customer", enabled: true },
    { kind: "social", name: "GitHub", slug: "github", enabled: true, provider: "github", clientId: "agents", enroll: false },
];

interface Entry {
    readonly model: string;
    readonly id?: string;
    readonly state?: string;
    readonly identifiers: Readonly<Record<string, unknown>>;
    readonly attrs: Readonly<Record<string, unknown>>;
}
const tag = (name: string) => ({ tag: `!${name}`, resolve: (text: string) => ({ [name]: text }) });
const tags: DocumentOptions & SchemaOptions = { customTags: [tag("Env"), tag("KeyOf"), { tag: "!Find", collection: "seq", resolve: (value) => value }] };
/** Without the steps that only wait for authentik's own blueprints. */
const entriesOf = (text: string) => (parse(text, tags) as { entries: Entry[] }).entries.filter(({ model }) => model !== "authentik_blueprints.metaapplyblueprint");
const modelsOf = (entries: readonly Entry[]) => entries.map(({ model }) => model.split(".")[1]);

describe("sign-in as code", () => {
    const entries = entriesOf(toolsBlueprint(tools, ["admins", "viewers"]));
    const named = (id: string) => entries.find((entry) => entry.id === id)!.attrs;

    it("makes a provider and an application of each tool, for its groups alone, and an outpost for those that cannot ask themselves", () => {
        assert.deepEqual(modelsOf(entries.filter(({ state }) => state === "present")), ["group", "group", "oauth2provider", "application", "expressionpolicy", "policybinding", "proxyprovider", "application", "expressionpolicy", "policybinding", "samlprovider", "scimprovider", "application", "expressionpolicy", "policybinding", "outpost"]);
        assert.deepEqual(named("provider-grafana").client_secret, { Env: "GRAFANA_CLIENT_SECRET" }, "the secret comes from the environment");
        assert.deepEqual(named("provider-grafana").grant_types, ["authorization_code", "refresh_token"], "without them it is refused everything");
    });

    it("lets in who is in one of the groups, and not only who is in all of them", () => {
        assert.equal(named("application-grafana").policy_engine_mode, "all", "the group and the network");
        assert.match(String(named("groups-grafana").expression), /any\(.*\["admins","viewers"\]/);
        const one = entries.filter(({ model, state, identifiers }) => model === "authentik_policies.policybinding" && state === "present" && JSON.stringify(identifiers.target) === '{"KeyOf":"application-grafana"}');
        assert.equal(one.length, 1);
    });

    it("signs what it says to tools that speak SAML, and tells them who people are", () => {
        const { acs_url, audience, sp_binding, sign_assertion, sign_response, signing_kp, property_mappings } = named("provider-crm");
        assert.deepEqual([acs_url, audience, sp_binding, sign_assertion, sign_response], ["https://crm.example.com/saml", "crm", "post", true, true]);
        assert.ok(signing_kp !== undefined && (property_mappings as unknown[]).length === 6);
    });

    it("hands people and groups of a tool over by SCIM, beside the sign-in and no others", () => {
        assert.deepEqual(named("application-crm").backchannel_providers, [{ KeyOf: "scim-crm" }]);
        assert.deepEqual(named("application-grafana").backchannel_providers, []);
        const { url, token, group_filters, exclude_users_service_account } = named("scim-crm");
        assert.deepEqual([url, token, group_filters, exclude_users_service_account], ["https://crm.example.com/scim/v2", { Env: "CRM_SCIM_TOKEN" }, [{ KeyOf: "group-viewers" }], true]);
    });

    it("asks administrators and operators for a code or a key, and lets nobody by who has none", () => {
        const entries = entriesOf(secondFactorBlueprint(["admins", "operators"]));
        const validate = entries.find(({ id }) => id === "validate")!;
        assert.deepEqual([validate.attrs.device_classes, validate.attrs.not_configured_action], [["totp", "webauthn"], "configure"]);
        const asked = entries.filter(({ model }) => model === "authentik_flows.flowstagebinding").map(({ identifiers }) => JSON.stringify(identifiers.target));
        for (const flow of ["default-authentication-flow", "default-source-authentication"]) assert.ok(asked.some((target) => target.includes(flow)), `${flow}: whichever way they come`);
    });

    it("opens tools to addresses of the mesh alone", () => {
        const [policy, ...bindings] = entriesOf(networkBlueprint(tools, ["100.64.0.0/10"]));
        assert.match(String(policy!.attrs.expression), /100\.64\.0\.0\/10/);
        assert.deepEqual(bindings.map(({ attrs }) => attrs.failure_result), [false, false, false]);
    });
});

describe("sources of people", () => {
    const of = (one: IdentitySource) => entriesOf(sourcesBlueprint([one])).find(({ id }) => id === `source-${one.slug}`)!.attrs;

    it("ask a directory over TLS that is verified, keep none of its passwords, and write nothing to it", () => {
        const ldap = of(directory);
        assert.deepEqual([ldap.server_uri, ldap.peer_certificate, ldap.bind_password], ["ldaps://ldap.example.com", { KeyOf: "authority-company" }, { Env: "COMPANY_SOURCE_SECRET" }]);
        assert.deepEqual([ldap.sync_users_password, ldap.password_login_update_internal_password, ldap.user_matching_mode, ldap.delete_not_found_objects], [false, false, "username_deny", true]);
        assert.notDeepEqual(of({ ...directory, dialect: "openldap" }).object_uniqueness_field, ldap.object_uniqueness_field);
    });

    it("are shown at sign-in beside user name and password, but for those that push", () => {
        const shown = entriesOf(sourcesBlueprint(sources)).at(-1)!;
        assert.deepEqual(shown.attrs.sources, [["authentik_core.source", ["slug", "authentik-built-in"]], { KeyOf: "source-company" }, { KeyOf: "source-github" }]);
    });

    it("make nobody somebody whom we know, whatever a provider says of him, and hold no secret", () => {
        const some: fc.Arbitrary<IdentitySource> = fc.record({ kind: fc.constant("social" as const), name: fc.string(), slug: fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/), enabled: fc.boolean(), provider: fc.constantFrom(...socialProviders), clientId: fc.string(), enroll: fc.boolean() });
        fc.assert(fc.property(fc.uniqueArray(some, { selector: ({ slug }) => slug, maxLength: 4 }), (list) => {
            const entries = entriesOf(sourcesBlueprint(list));
            for (const one of list) {
                const attrs = entries.find(({ id }) => id === `source-${one.slug}`)!.attrs;
                assert.deepEqual([attrs.user_matching_mode, attrs.group_matching_mode, attrs.pkce, attrs.enabled], ["email_deny", "name_deny", "S256", one.enabled]);
                assert.equal(attrs.enrollment_flow === null, one.kind === "social" && !one.enroll);
                assert.deepEqual(attrs.consumer_secret, { Env: `${one.slug.toUpperCase()}_SOURCE_SECRET` });
            }
            assert.equal((entries.at(-1)!.attrs.sources as unknown[]).length, 1 + list.filter(({ enabled }) => enabled).length);
        }));
    });

    it("open a door to a directory and to nothing else", () => {
        assert.deepEqual(directoryPorts([]), []);
        assert.deepEqual(directoryPorts(sources), [636]);
        assert.deepEqual(directoryPorts([{ ...directory, server: "ldaps://ldap.example.com:3269" }, { ...directory, enabled: false }]), [3269]);
    });
});

describe("authentik", () => {
    const seen: pulumi.runtime.MockResourceArgs[] = [];
    const nothing = undefined as unknown as pulumi.Resource;
    const args: AuthentikArgs = { home: { apiServer: { cidrs: ["10.0.0.0/24"], ports: [6443] }, protect: true }, tools, groups: ["admins", "viewers"], insideRanges: ["100.64.0.0/10"], secrets: { store: "vault", path: "platform", ready: nothing }, database: { storageClass: "local", operator: nothing } };
    beforeEach(async () => {
        seen.length = 0;
        await pulumi.runtime.setMocks({ newResource: (one) => (seen.push(one), { id: `${one.name}-id`, state: one.inputs }), call: ({ inputs }) => inputs });
    });

    it("takes every secret that its blueprints speak of from Vault, and no other", async () => {
        new Authentik("a", { ...args, sources });
        await pulumi.runtime.disconnect();
        const keys = (seen.find(({ name }) => name === "a-secrets")!.inputs.spec as { data: { secretKey: string }[] }).data.map(({ secretKey }) => secretKey);
        assert.deepEqual(keys, ["secret-key", "grafana-client-secret", "crm-scim-token", "company-source-secret", "github-source-secret"]);
        assert.deepEqual(keys.slice(1), [...tools.flatMap(secretsOf), ...sources.flatMap((source) => secretOf(source) ?? [])]);
        const spoken = [toolsBlueprint(tools, args.groups), sourcesBlueprint(sources)].join("").matchAll(/!Env "([A-Z_]+)"/g);
        const { env } = (seen.find(({ name, type }) => name === "a" && type.endsWith(":Release"))!.inputs.values as { global: { env: { name: string }[] } }).global;
        for (const [, name] of spoken) assert.ok(env.some((one) => one.name === name), name);
    });

    it("goes out to port 636 only where there is a directory", async () => {
        const portsOf = () => (seen.find(({ name }) => name === "authentik-doors-policy")!.inputs.spec as { egress: { ports?: { port: number }[] }[] }).egress.flatMap(({ ports = [] }) => ports.map(({ port }) => port));
        new Authentik("b", args);
        await pulumi.runtime.disconnect();
        assert.ok(portsOf().includes(443) && !portsOf().includes(636));
    });

    it("refuses sources and tools without TLS, and two of one name", () => {
        assert.throws(() => new Authentik("c", { ...args, tools: [...tools, { ...tools[2]!, slug: "plain", signIn: { kind: "saml", acsUrl: "http://crm", audience: "crm" }, scim: { url: "http://crm" } }], sources: [{ ...directory, server: "ldap://ldap.example.com" }, { ...directory, slug: "crm" }] }), (error: pulumi.ResourceError) => {
            assert.deepEqual(error.message.split("\n").slice(1).map((line) => line.trim().split(" ").slice(0, 3).join(" ")), ['tools: "plain" is', 'tools: "plain" is', 'sources: "company" is', 'tools, sources: "crm"']);
            return true;
        });
    });
});
