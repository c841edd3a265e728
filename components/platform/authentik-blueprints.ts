/** Who may sign in to what, as authentik reads it: providers, applications, groups and the second factor, as code. */

/** A tool that people sign in to. */
export interface Tool {
    readonly name: string;
    readonly slug: string;
    /** Where people open it. */
    readonly address: string;
    /** Groups that may. */
    readonly groups: readonly string[];
    readonly signIn:
        /** The tool speaks OpenID Connect. */
        | { readonly kind: "oidc"; readonly redirect: string; readonly secretVariable: string }
        /** It does not: authentik stands before it. */
        | { readonly kind: "proxy"; readonly internal: string };
}

type Entry = Readonly<Record<string, unknown>>;

/** A value that authentik looks up or reads while it applies a blueprint; YAML tags, which JSON cannot say. */
class Tag {
    constructor(readonly tag: string, readonly value: string | readonly unknown[]) {}
}
const find = (model: string, field: string, value: string): Tag => new Tag("!Find", [model, [field, value]]);
const variable = (name: string): Tag => new Tag("!Env", name);
const own = (id: string): Tag => new Tag("!KeyOf", id);

/** The blueprint of all tools and groups. */
export function toolsBlueprint(tools: readonly Tool[], groups: readonly string[]): string {
    const proxies = tools.filter((tool) => tool.signIn.kind === "proxy");
    return yaml("agent-platform: tools", [
        ...groups.map((name): Entry => ({ model: "authentik_core.group", state: "present", id: `group-${name}`, identifiers: { name }, attrs: { is_superuser: false } })),
        ...tools.flatMap((tool) => [providerOf(tool), applicationOf(tool), ...tool.groups.map((group, order) => bindingOf(tool, group, order))]),
        ...(proxies.length === 0 ? [] : [{
            model: "authentik_outposts.outpost",
            state: "present",
            identifiers: { name: "private tools" },
            attrs: { type: "proxy", providers: proxies.map((tool) => own(`provider-${tool.slug}`)), config: { authentik_host: "http://authentik-server.authentik.svc", kubernetes_replicas: 2, kubernetes_namespace: "authentik" }, service_connection: find("authentik_outposts.kubernetesserviceconnection", "name", "Local Kubernetes Cluster") },
        }]),
    ]);
}

/** Administrators and operators sign in with a second factor: a code or a security key, and nothing weaker. */
export function secondFactorBlueprint(groups: readonly string[]): string {
    const flow = find("authentik_flows.flow", "slug", "default-authentication-flow");
    return yaml("agent-platform: second factor", [
        { model: "authentik_stages_authenticator_totp.authenticatortotpstage", state: "present", id: "totp", identifiers: { name: "second-factor-code" }, attrs: { digits: 6, friendly_name: "Code of an app" } },
        { model: "authentik_stages_authenticator_webauthn.authenticatorwebauthnstage", state: "present", id: "webauthn", identifiers: { name: "second-factor-key" }, attrs: { user_verification: "required", resident_key_requirement: "preferred", friendly_name: "Security key" } },
        {
            model: "authentik_stages_authenticator_validate.authenticatorvalidatestage",
            state: "present",
            id: "validate",
            identifiers: { name: "second-factor" },
            // Who has none yet sets one up before they get in.
            attrs: { device_classes: ["totp", "webauthn"], not_configured_action: "configure", configuration_stages: [own("totp"), own("webauthn")], webauthn_user_verification: "required", last_auth_threshold: "seconds=0" },
        },
        { model: "authentik_flows.flowstagebinding", state: "present", id: "binding", identifiers: { target: flow, stage: own("validate"), order: 30 }, attrs: { evaluate_on_plan: false, re_evaluate_policies: true } },
        {
            model: "authentik_policies_expression.expressionpolicy",
            state: "present",
            id: "privileged",
            identifiers: { name: "is-administrator-or-operator" },
            attrs: { expression: `return request.user.is_superuser or any(ak_is_group_member(request.user, name=name) for name in ${JSON.stringify(groups)})` },
        },
        { model: "authentik_policies.policybinding", state: "present", identifiers: { target: own("binding"), policy: own("privileged"), order: 0 }, attrs: { enabled: true, failure_result: true } },
    ]);
}

/** Tools are opened from inside the mesh only: identity, group and network together. */
export function networkBlueprint(tools: readonly Tool[], ranges: readonly string[]): string {
    return yaml("agent-platform: network", [
        {
            model: "authentik_policies_expression.expressionpolicy",
            state: "present",
            id: "inside",
            identifiers: { name: "is-inside-the-mesh" },
            attrs: { expression: `from ipaddress import ip_address, ip_network\nreturn any(ip_address(str(ak_client_ip)) in ip_network(one) for one in ${JSON.stringify(ranges)})` },
        },
        ...tools.map((tool): Entry => ({ model: "authentik_policies.policybinding", state: "present", identifiers: { target: find("authentik_core.application", "slug", tool.slug), policy: own("inside"), order: 100 }, attrs: { enabled: true, failure_result: false } })),
    ]);
}

function providerOf(tool: Tool): Entry {
    const flows = { authorization_flow: find("authentik_flows.flow", "slug", "default-provider-authorization-implicit-consent"), invalidation_flow: find("authentik_flows.flow", "slug", "default-provider-invalidation-flow") };
    if (tool.signIn.kind === "proxy") {
        return { model: "authentik_providers_proxy.proxyprovider", state: "present", id: `provider-${tool.slug}`, identifiers: { name: tool.slug }, attrs: { ...flows, mode: "proxy", internal_host: tool.signIn.internal, external_host: tool.address, access_token_validity: "hours=8" } };
    }
    const scopes = ["openid", "profile", "email"].map((scope) => find("authentik_providers_oauth2.scopemapping", "scope_name", scope));
    return {
        model: "authentik_providers_oauth2.oauth2provider",
        state: "present",
        id: `provider-${tool.slug}`,
        identifiers: { name: tool.slug },
        attrs: {
            ...flows,
            client_type: "confidential",
            client_id: tool.slug,
            client_secret: variable(tool.signIn.secretVariable),
            redirect_uris: [{ matching_mode: "strict", url: tool.signIn.redirect }],
            signing_key: find("authentik_crypto.certificatekeypair", "name", "authentik Self-signed Certificate"),
            property_mappings: scopes,
            access_token_validity: "minutes=15",
            refresh_token_validity: "hours=8",
        },
    };
}

function applicationOf(tool: Tool): Entry {
    return { model: "authentik_core.application", state: "present", id: `application-${tool.slug}`, identifiers: { slug: tool.slug }, attrs: { name: tool.name, provider: own(`provider-${tool.slug}`), meta_launch_url: tool.address, policy_engine_mode: "all" } };
}

function bindingOf(tool: Tool, group: string, order: number): Entry {
    return { model: "authentik_policies.policybinding", state: "present", identifiers: { target: own(`application-${tool.slug}`), group: own(`group-${group}`), order }, attrs: { enabled: true, failure_result: false } };
}

function yaml(name: string, entries: readonly Entry[]): string {
    return `${["version: 1", "metadata:", `  name: ${JSON.stringify(name)}`, "entries:", ...entries.map((entry) => `- ${inline(entry)}`)].join("\n")}\n`;
}

/** JSON is YAML, and tags go before values. */
function inline(value: unknown): string {
    if (value instanceof Tag) return `${value.tag} ${inline(value.value)}`;
    if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
    if (typeof value === "object" && value !== null) return `{${Object.entries(value).map(([key, one]) => `${JSON.stringify(key)}: ${inline(one)}`).join(", ")}}`;
    return JSON.stringify(value);
}
