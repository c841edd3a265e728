/** Who may sign in to what, as authentik reads it: providers, applications, groups and the second factor, as code. */
import { after, find, flow, own, variable, variableOf, yaml, type Entry, type Tag } from "./authentik-yaml";

/** A tool that people sign in to. */
export interface Tool {
    readonly name: string;
    readonly slug: string;
    /** Where people open it. */
    readonly address: string;
    /** Groups that may. */
    readonly groups: readonly string[];
    readonly signIn:
        /** The tool speaks OpenID Connect; what it proves itself with is kept as `<slug>-client-secret`. */
        | { readonly kind: "oidc"; readonly redirect: string }
        /** It speaks SAML 2.0. `acsUrl` is where assertions go to, `audience` and `issuer` how the tool calls itself and authentik. */
        | { readonly kind: "saml"; readonly acsUrl: string; readonly audience: string; readonly issuer?: string | undefined }
        /** It speaks neither: authentik stands before it. */
        | { readonly kind: "proxy"; readonly internal: string };
    /** Where it takes the people and groups that may open it, before they do (SCIM 2.0); the token is kept as `<slug>-scim-token`. @default nowhere */
    readonly scim?: { readonly url: string } | undefined;
}

/** By which keys Vault keeps what a tool and authentik prove themselves with to each other. */
export function secretsOf({ slug, signIn, scim }: Tool): string[] {
    return [...(signIn.kind === "oidc" ? [`${slug}-client-secret`] : []), ...(scim === undefined ? [] : [`${slug}-scim-token`])];
}

/** The blueprint of all tools and groups. */
export function toolsBlueprint(tools: readonly Tool[], groups: readonly string[]): string {
    const proxies = tools.filter((tool) => tool.signIn.kind === "proxy");
    return yaml("agent-platform: tools", [
        ...["System - OAuth2 Provider - Scopes", "System - SAML Provider - Mappings", "System - SCIM Provider - Mappings"].map(after),
        ...groups.map((name): Entry => ({ model: "authentik_core.group", state: "present", id: `group-${name}`, identifiers: { name }, attrs: { is_superuser: false } })),
        ...tools.flatMap((tool) => [providerOf(tool), ...(tool.scim === undefined ? [] : [handOver(tool, tool.scim.url)]), applicationOf(tool), ...onlyFor(tool)]),
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
    return yaml("agent-platform: second factor", [
        ...["Default - Authentication flow", "Default - Source authentication flow"].map(after),
        { model: "authentik_stages_authenticator_totp.authenticatortotpstage", state: "present", id: "totp", identifiers: { name: "second-factor-code" }, attrs: { digits: "6", friendly_name: "Code of an app" } },
        { model: "authentik_stages_authenticator_webauthn.authenticatorwebauthnstage", state: "present", id: "webauthn", identifiers: { name: "second-factor-key" }, attrs: { user_verification: "required", resident_key_requirement: "preferred", friendly_name: "Security key" } },
        {
            model: "authentik_stages_authenticator_validate.authenticatorvalidatestage",
            state: "present",
            id: "validate",
            identifiers: { name: "second-factor" },
            // Who has none yet sets one up before they get in.
            attrs: { device_classes: ["totp", "webauthn"], not_configured_action: "configure", configuration_stages: [own("totp"), own("webauthn")], webauthn_user_verification: "required", last_auth_threshold: "seconds=0" },
        },
        // Who comes from another provider is not asked for a password, and would be in at once.
        ...signInFlows.map(({ slug, order }): Entry => ({ model: "authentik_flows.flowstagebinding", state: "present", id: `binding-${slug}`, identifiers: { target: flow(slug), stage: own("validate"), order }, attrs: { evaluate_on_plan: false, re_evaluate_policies: true } })),
        {
            model: "authentik_policies_expression.expressionpolicy",
            state: "present",
            id: "privileged",
            identifiers: { name: "is-administrator-or-operator" },
            attrs: { expression: `return request.user.is_superuser or any(ak_is_group_member(request.user, name=name) for name in ${JSON.stringify(groups)})` },
        },
        ...signInFlows.map(({ slug }): Entry => ({ model: "authentik_policies.policybinding", state: "present", identifiers: { target: own(`binding-${slug}`), policy: own("privileged"), order: 0 }, attrs: { enabled: true, failure_result: true } })),
    ]);
}

/** By password, and from a source; the second factor comes after the password and before the session begins. */
const signInFlows = [{ slug: "default-authentication-flow", order: 30 }, { slug: "default-source-authentication", order: -10 }] as const;

/** Tools are opened from inside the mesh only: identity, group and network together. */
export function networkBlueprint(tools: readonly Tool[], ranges: readonly string[]): string {
    return yaml("agent-platform: network", [
        {
            model: "authentik_policies_expression.expressionpolicy",
            state: "present",
            id: "inside",
            identifiers: { name: "is-inside-the-mesh" },
            // Without a request nobody opens anything: it is asked whom a tool should be told of.
            attrs: { expression: `from ipaddress import ip_address, ip_network\nif request.http_request is None:\n    return True\nreturn any(ip_address(str(ak_client_ip)) in ip_network(one) for one in ${JSON.stringify(ranges)})` },
        },
        ...tools.map((tool): Entry => ({ model: "authentik_policies.policybinding", state: "present", identifiers: { target: find("authentik_core.application", "slug", tool.slug), policy: own("inside"), order: 100 }, attrs: { enabled: true, failure_result: false } })),
    ]);
}

function providerOf(tool: Tool): Entry {
    const { slug, signIn } = tool;
    const flows = { authorization_flow: flow("default-provider-authorization-implicit-consent"), invalidation_flow: flow("default-provider-invalidation-flow") };
    const provider = (model: string, attrs: Entry): Entry => ({ model, state: "present", id: `provider-${slug}`, identifiers: { name: slug }, attrs: { ...flows, ...attrs } });
    if (signIn.kind === "proxy") return provider("authentik_providers_proxy.proxyprovider", { mode: "proxy", internal_host: signIn.internal, external_host: tool.address, access_token_validity: "hours=8" });
    if (signIn.kind === "saml") {
        return provider("authentik_providers_saml.samlprovider", {
            acs_url: signIn.acsUrl,
            audience: signIn.audience,
            issuer_override: signIn.issuer,
            sp_binding: "post",
            signing_kp: ownCertificate,
            sign_assertion: true,
            sign_response: true,
            property_mappings: ["upn", "name", "email", "username", "uid", "groups"].map((name) => find("authentik_providers_saml.samlpropertymapping", "managed", `goauthentik.io/providers/saml/${name}`)),
            assertion_valid_not_on_or_after: "minutes=5",
            session_valid_not_on_or_after: "hours=8",
        });
    }
    return provider("authentik_providers_oauth2.oauth2provider", {
        client_type: "confidential",
        client_id: slug,
        client_secret: variable(variableOf(`${slug}-client-secret`)),
        // Since 2026.5 a provider that names none is refused everything.
        grant_types: ["authorization_code", "refresh_token"],
        redirect_uris: [{ matching_mode: "strict", url: signIn.redirect }],
        signing_key: ownCertificate,
        property_mappings: ["openid", "profile", "email"].map((scope) => find("authentik_providers_oauth2.scopemapping", "scope_name", scope)),
        access_token_validity: "minutes=15",
        refresh_token_validity: "hours=8",
    });
}

/** People who may open the application, and the groups by which they may, are told to the tool as they change. */
function handOver({ slug, groups }: Tool, url: string): Entry {
    const mapping = (name: string): Tag => find("authentik_providers_scim.scimmapping", "managed", `goauthentik.io/providers/scim/${name}`);
    return {
        model: "authentik_providers_scim.scimprovider",
        state: "present",
        id: `scim-${slug}`,
        identifiers: { name: `${slug}-scim` },
        attrs: {
            url,
            token: variable(variableOf(`${slug}-scim-token`)),
            verify_certificates: true,
            property_mappings: [mapping("user")],
            property_mappings_group: [mapping("group")],
            exclude_users_service_account: true,
            group_filters: groups.map((group) => own(`group-${group}`)),
        },
    };
}

const ownCertificate = find("authentik_crypto.certificatekeypair", "name", "authentik Self-signed Certificate");

function applicationOf(tool: Tool): Entry {
    return { model: "authentik_core.application", state: "present", id: `application-${tool.slug}`, identifiers: { slug: tool.slug }, attrs: { name: tool.name, provider: own(`provider-${tool.slug}`), backchannel_providers: tool.scim === undefined ? [] : [own(`scim-${tool.slug}`)], meta_launch_url: tool.address, policy_engine_mode: "all" } };
}

/**
 * One policy for all groups: an application asks that all of its policies agree, and one for each group would let those
 * in alone who are in every group.
 */
function onlyFor({ slug, groups }: Tool): Entry[] {
    return [
        { model: "authentik_policies_expression.expressionpolicy", state: "present", id: `groups-${slug}`, identifiers: { name: `may-open-${slug}` }, attrs: { expression: inAnyOf(groups) } },
        { model: "authentik_policies.policybinding", state: "present", identifiers: { target: own(`application-${slug}`), policy: own(`groups-${slug}`), order: 0 }, attrs: { enabled: true, failure_result: false } },
        // Release 0.1.0 had one for each.
        ...groups.map((group, order): Entry => ({ model: "authentik_policies.policybinding", state: "absent", identifiers: { target: own(`application-${slug}`), group: own(`group-${group}`), order } })),
    ];
}

function inAnyOf(groups: readonly string[]): string {
    return `return any(ak_is_group_member(request.user, name=name) for name in ${JSON.stringify(groups)})`;
}
