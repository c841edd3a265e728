/** Talks OpenID Connect: discovery, authorization code with PKCE, state and nonce. */
import * as oidc from "openid-client";
import { OutgoingRefused } from "../http/outgoing.js";
import { guardedFetch } from "../mcp/guardedFetch.js";
import type { OidcProvider } from "./config.js";

/** What one side of a sign-in keeps until the other side answers. */
export interface Pending {
    provider: string;
    state: string;
    nonce: string;
    verifier: string;
}

export interface Claims {
    subject: string;
    email?: string;
    emailVerified: boolean;
    name?: string;
    /** What the claim that was asked for says. */
    groups: string[];
}

export interface OidcClient {
    start(provider: OidcProvider, redirectUri: string): Promise<{ url: string; pending: Pending }>;
    /** @param callback the address that the browser came back to, with its query */
    finish(provider: OidcProvider, callback: URL, pending: Pending): Promise<Claims>;
}

/** How long what a provider says about itself is believed. */
const DISCOVERY_MS = 3600_000;

/** @param allowed hosts that may be private, as for everything that calls outside */
export function createOidcClient(allowed: readonly string[]): OidcClient {
    const guarded = guardedFetch(allowed);
    const fetch: oidc.CustomFetch = (url, init) => guarded(url, { ...(init as RequestInit), body: init.body === undefined || init.body === null ? undefined : String(init.body as string | URLSearchParams) });
    const known = new Map<string, { configuration: Promise<oidc.Configuration>; until: number }>();

    function discover(provider: OidcProvider): Promise<oidc.Configuration> {
        const found = known.get(provider.id);
        if (found !== undefined && found.until > Date.now()) return found.configuration;
        const issuer = new URL(provider.issuer);
        // Plain http reaches only hosts that the operator named (http/outgoing.ts).
        const execute = issuer.protocol === "http:" ? [oidc.allowInsecureRequests] : [];
        const configuration = oidc.discovery(issuer, provider.clientId, provider.clientSecret, undefined, { execute, [oidc.customFetch]: fetch, timeout: 10 }).then((made) => {
            made[oidc.customFetch] = fetch;
            return made;
        });
        configuration.catch(() => known.delete(provider.id));
        known.set(provider.id, { configuration, until: Date.now() + DISCOVERY_MS });
        return configuration;
    }

    return {
        async start(provider, redirectUri) {
            const configuration = await discover(provider);
            const pending: Pending = { provider: provider.id, state: oidc.randomState(), nonce: oidc.randomNonce(), verifier: oidc.randomPKCECodeVerifier() };
            const url = oidc.buildAuthorizationUrl(configuration, {
                redirect_uri: redirectUri,
                scope: provider.scope,
                state: pending.state,
                nonce: pending.nonce,
                code_challenge: await oidc.calculatePKCECodeChallenge(pending.verifier),
                code_challenge_method: "S256",
            });
            return { url: url.href, pending };
        },
        async finish(provider, callback, pending) {
            const configuration = await discover(provider);
            const tokens = await oidc.authorizationCodeGrant(configuration, callback, { pkceCodeVerifier: pending.verifier, expectedNonce: pending.nonce, expectedState: pending.state, idTokenExpected: true });
            const inToken = tokens.claims()!;
            const more = inToken.email === undefined && configuration.serverMetadata().userinfo_endpoint !== undefined ? await oidc.fetchUserInfo(configuration, tokens.access_token, inToken.sub) : {};
            const claims = { ...more, ...inToken } as Record<string, unknown>;
            const groups = provider.roleClaim === undefined ? [] : [claims[provider.roleClaim]].flat();
            return {
                subject: inToken.sub,
                email: typeof claims.email === "string" ? claims.email.trim().toLowerCase() : undefined,
                emailVerified: claims.email_verified === true,
                name: typeof claims.name === "string" ? claims.name : undefined,
                groups: groups.filter((group): group is string => typeof group === "string"),
            };
        },
    };
}

/** Whether the provider is not there, as opposed to having refused. */
export function isProviderAway(error: unknown): boolean {
    for (let cause = error; cause instanceof Error; cause = cause.cause) {
        if (cause instanceof OutgoingRefused || /^(ECONN|ENOTFOUND|EAI_|ETIMEDOUT|ERR_TLS|CERT_)/.test(String((cause as { code?: string }).code))) return true;
        if (cause.name === "TimeoutError") return true;
    }
    return false;
}
