/** Where people come from whom authentik does not know by itself: directories, identity providers of companies, social sign-in. */
import { after, find, flow, own, Tag, variable, variableOf, yaml, type Entry } from "./authentik-yaml";

interface SourceOf<Kind extends string> {
    readonly kind: Kind;
    readonly name: string;
    readonly slug: string;
    /** `false` shuts it; taken off the list it would stay in authentik as it was. */
    readonly enabled: boolean;
}

/** A directory: its people sign in with its passwords, which authentik asks it about and does not keep. */
export interface LdapSource extends SourceOf<"ldap"> {
    /** `ldaps://ldap.example.com`, of port 636 or another. */
    readonly server: string;
    readonly dialect: "active-directory" | "openldap";
    /** Who reads the directory; its password is kept as `<slug>-source-secret`. */
    readonly bindDn: string;
    readonly baseDn: string;
    /** Certificate of the authority that has signed the directory's, in PEM. Without one authentik would believe any server. */
    readonly authority: string;
}

/** A company's identity provider that pushes its people in, and takes those out who have left. */
export interface ScimSource extends SourceOf<"scim"> {}

export const socialProviders = ["entraid", "github", "gitlab", "google", "openidconnect"] as const;
/** Providers that differ from company to company, and say themselves where everything is. */
export const described: readonly string[] = ["entraid", "openidconnect"];

export interface SocialSource extends SourceOf<"social"> {
    readonly provider: (typeof socialProviders)[number];
    /** The secret that belongs to it is kept as `<slug>-source-secret`. */
    readonly clientId: string;
    /** `https://…/.well-known/openid-configuration`, for providers that differ from company to company. */
    readonly wellKnown?: string | undefined;
    /** Whether somebody whom nobody knows yet gets an account, one without groups. Else people connect it to theirs. */
    readonly enroll: boolean;
}

export type IdentitySource = LdapSource | ScimSource | SocialSource;

/** By which key Vault keeps its secret; SCIM's is authentik's own. */
export function secretOf({ kind, slug }: IdentitySource): string | undefined {
    return kind === "scim" ? undefined : `${slug}-source-secret`;
}

/** Ports at which directories are asked. */
export function directoryPorts(sources: readonly IdentitySource[]): number[] {
    const ports = sources.flatMap((source) => (source.kind === "ldap" && source.enabled ? [Number(/:(\d+)$/.exec(source.server)?.[1] ?? 636)] : []));
    return [...new Set(ports)].sort((a, b) => a - b);
}

export function sourcesBlueprint(sources: readonly IdentitySource[]): string {
    // Authentik's own is the one with user names and passwords: without it nobody signs in by them.
    const shown = [find("authentik_core.source", "slug", "authentik-built-in"), ...sources.filter(({ kind, enabled }) => enabled && kind !== "scim").map(({ slug }) => own(`source-${slug}`))];
    return yaml("agent-platform: sources", [
        ...["Default - Authentication flow", "Default - Source authentication flow", "Default - Source enrollment flow", "System - LDAP Source - Mappings"].map(after),
        ...sources.flatMap(entriesOf),
        {
            model: "authentik_stages_identification.identificationstage",
            state: "present",
            identifiers: { name: "default-authentication-identification" },
            attrs: { user_fields: ["email", "username"], sources: shown, show_source_labels: true },
        },
    ]);
}

function entriesOf(source: IdentitySource): Entry[] {
    if (source.kind === "ldap") return [authorityOf(source), entry("authentik_sources_ldap.ldapsource", source, ldap(source))];
    if (source.kind === "scim") return [entry("authentik_sources_scim.scimsource", source, {})];
    return [entry("authentik_sources_oauth.oauthsource", source, social(source))];
}

function entry(model: string, { name, slug, enabled }: IdentitySource, attrs: Entry): Entry {
    return { model, state: "present", id: `source-${slug}`, identifiers: { slug }, attrs: { name, enabled, ...attrs } };
}

function authorityOf({ slug, authority }: LdapSource): Entry {
    return { model: "authentik_crypto.certificatekeypair", state: "present", id: `authority-${slug}`, identifiers: { name: `authority of ${slug}` }, attrs: { certificate_data: authority } };
}

interface Dialect {
    /** Names of authentik's own mappings, of people and of groups. */
    readonly people: readonly string[];
    readonly groups: readonly string[];
    readonly attrs: Entry;
}

const dialects: Readonly<Record<LdapSource["dialect"], Dialect>> = {
    "active-directory": {
        people: ["default-name", "default-mail", "ms-samaccountname", "ms-userprincipalname", "ms-givenName", "ms-sn"],
        groups: ["default-name"],
        // People, not machines, and nobody whose account is switched off.
        attrs: { user_object_filter: "(&(objectCategory=person)(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))", group_object_filter: "(objectClass=group)", group_membership_field: "member", object_uniqueness_field: "objectSid" },
    },
    openldap: {
        people: ["default-mail", "openldap-uid", "openldap-cn"],
        groups: ["openldap-cn"],
        attrs: { user_object_filter: "(objectClass=inetOrgPerson)", group_object_filter: "(objectClass=groupOfNames)", group_membership_field: "member", object_uniqueness_field: "entryUUID" },
    },
};

function ldap(source: LdapSource): Entry {
    const { people, groups, attrs } = dialects[source.dialect];
    const mappings = (names: readonly string[]): Tag[] => names.map((name) => find("authentik_sources_ldap.ldapsourcepropertymapping", "managed", `goauthentik.io/sources/ldap/${name}`));
    return {
        server_uri: source.server,
        peer_certificate: own(`authority-${source.slug}`),
        bind_cn: source.bindDn,
        bind_password: variable(variableOf(secretOf(source)!)),
        // TLS from the first byte, not after a word in the clear.
        start_tls: false,
        base_dn: source.baseDn,
        ...attrs,
        user_property_mappings: mappings(people),
        group_property_mappings: mappings(groups),
        // A name of the directory is not the account of that name which is here already: `akadmin`, for one.
        user_matching_mode: "username_deny",
        sync_users: true,
        sync_groups: true,
        // Nothing is written to the directory, and no password of it is kept.
        sync_users_password: false,
        password_login_update_internal_password: false,
        // Who has left the directory has left.
        delete_not_found_objects: true,
    };
}

function social(source: SocialSource): Entry {
    return {
        provider_type: source.provider,
        consumer_key: source.clientId,
        consumer_secret: variable(variableOf(secretOf(source)!)),
        oidc_well_known_url: source.wellKnown,
        pkce: "S256",
        // Anybody can claim an address or the name of a group at some provider: neither makes him somebody whom we know.
        user_matching_mode: "email_deny",
        group_matching_mode: "name_deny",
        authentication_flow: flow("default-source-authentication"),
        // None, said as such: a flow that was there before would otherwise stay.
        enrollment_flow: source.enroll ? flow("default-source-enrollment") : null,
    };
}
