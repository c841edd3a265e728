import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Provider, { type Configuration } from "oidc-provider";
import { registerAuth } from "../auth/routes.js";
import { createSessions } from "../auth/sessions.js";
import { createTokens } from "../auth/tokens.js";
import { createApp, type App } from "../http/app.js";
import { createLogger } from "../http/log.js";
import { Metrics } from "../http/metrics.js";
import { registerPeople } from "../people/register.js";
import { embeddedDatabase, people, stranger, type TestDatabase } from "../testing/databases.js";
import { oidcVariable } from "./config.js";

/** A real provider; whoever it shall say that the next visitor is, is signed in there without a page. */
async function startProvider(redirectUris: string[]): Promise<{ issuer: string; accounts: Record<string, Record<string, unknown>>; visitor: { id: string }; server: Server }> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const accounts: Record<string, Record<string, unknown>> = {};
    const visitor = { id: "" };
    const configuration: Configuration = {
        clients: [{ client_id: "agent-platform", client_secret: "known-to-both-sides-only", redirect_uris: redirectUris, response_types: ["code"], grant_types: ["authorization_code"] }],
        pkce: { required: () => true },
        cookies: { keys: ["for-this-test"] },
        features: { devInteractions: { enabled: false } },
        claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name", "groups"] },
        interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
        findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...accounts[id] }) }),
        loadExistingGrant: async (context) => {
            const grant = new context.oidc.provider.Grant({ clientId: context.oidc.client!.clientId, accountId: context.oidc.session!.accountId! });
            grant.addOIDCScope("openid email profile");
            await grant.save();
            return grant;
        },
    };
    const provider = new Provider(issuer, configuration);
    const handle = provider.callback();
    server.on("request", (request, response) => {
        if (request.url?.startsWith("/interaction/") === true) void provider.interactionFinished(request, response, visitor.id === "" ? { error: "access_denied" } : { login: { accountId: visitor.id } });
        else void handle(request, response);
    });
    return { issuer, accounts, visitor, server };
}

describe("sign-in at a provider", function () {
    this.timeout(60_000);
    let opened: TestDatabase;
    let app: App;
    let provider: Awaited<ReturnType<typeof startProvider>>;
    const base = "http://app.test";

    before(async () => {
        opened = await embeddedDatabase();
        provider = await startProvider(["company", "closed"].map((id) => `${base}/api/auth/oidc/${id}/callback`));
        app = service([new URL(provider.issuer).host]);
    });
    after(async () => {
        provider.server.closeAllConnections();
        provider.server.close();
        await opened.close();
    });
    function service(allowed: string[]): App {
        const secret = "h3Jx9qLmZ0vRtYw2KpBn7sDf5gHc8aUe";
        const common = { issuer: provider.issuer, clientId: "agent-platform", clientSecret: "known-to-both-sides-only" };
        const providers = oidcVariable.parse(JSON.stringify([
            { id: "company", name: "Company", ...common, roleClaim: "groups", roles: { approvers: "approver", chiefs: "admin" } },
            { id: "closed", name: "Closed", ...common, create: false },
        ]));
        const made = createApp({ log: createLogger({ level: "silent", service: "test" }), metrics: new Metrics(), ready: async () => undefined });
        const sessions = createSessions(opened.database, createTokens(secret));
        registerAuth(made, sessions);
        registerPeople(made, { database: opened.database, sessions, env: { REGISTRATION: "closed", OIDC_PROVIDERS: providers, JWT_SECRET: secret, OUTGOING_ALLOWED_HOSTS: allowed } });
        return made;
    }
    const cookiesOf = (response: Response) => response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]!).join("; ");
    const begin = (id: string, on = app) => on.request(`${base}/api/auth/oidc/${id}/start`, { headers: { host: "app.test" } });
    /** Walks through the provider's pages as a browser does; the address that it sends back to. */
    async function visit(address: string, who: string): Promise<string> {
        provider.visitor.id = who;
        let cookies: Record<string, string> = {};
        for (let at = address; ; ) {
            const response = await fetch(at, { redirect: "manual", headers: { cookie: Object.entries(cookies).map(([name, value]) => `${name}=${value}`).join("; ") } });
            await response.arrayBuffer();
            cookies = { ...cookies, ...Object.fromEntries(response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]!.split(/=(.*)/s).slice(0, 2) as [string, string])) };
            const next = response.headers.get("location");
            assert(next !== null, `${at} answered ${response.status}`);
            at = new URL(next, at).href;
            if (at.startsWith(base)) return at;
        }
    }
    async function signIn(id: string, who: string): Promise<{ location: string; user?: Record<string, unknown> }> {
        const started = await begin(id);
        const back = await visit(started.headers.get("location")!, who);
        const done = await app.request(back, { headers: { host: "app.test", cookie: cookiesOf(started) } });
        assert.equal(done.status, 302);
        const me = await app.request("/api/me", { headers: { cookie: cookiesOf(done) } });
        return { location: done.headers.get("location")!, user: me.status === 200 ? ((await me.json()) as Record<string, unknown>) : undefined };
    }

    it("is offered, and makes an account of somebody new with the role that the provider gives", async () => {
        const options = (await (await app.request("/api/auth/options")).json()) as { providers: object[] };
        assert.deepEqual(options.providers, [{ id: "company", name: "Company" }, { id: "closed", name: "Closed" }]);
        provider.accounts.ada = { email: "Ada@Company.test", email_verified: true, name: "Ada", groups: ["all", "approvers"] };
        const first = await signIn("company", "ada");
        assert.deepEqual([first.location, first.user?.email, first.user?.name, first.user?.role], ["/", "ada@company.test", "Ada", "approver"]);
        // The subject decides, not the address; and the role follows.
        provider.accounts.ada = { email: "ada.new@company.test", email_verified: true, groups: ["chiefs", "approvers"] };
        const again = await signIn("company", "ada");
        assert.deepEqual([again.user?.id, again.user?.role], [first.user?.id, "admin"]);
        provider.accounts.ada = { email: "ada@company.test", email_verified: true };
        assert.equal((await signIn("company", "ada")).user?.role, "user", "who is in no group any more has no role any more");
    });

    it("finds a person by an address that the provider has verified, and by no other", async () => {
        provider.accounts.known = { email: people.user.email, email_verified: false };
        assert.deepEqual(await signIn("closed", "known"), { location: "/?signin=OIDC_EMAIL_UNVERIFIED", user: undefined });
        provider.accounts.known = { email: people.user.email, email_verified: true };
        assert.equal((await signIn("closed", "known")).user?.id, opened.user.userId);
        provider.accounts.new = { email: "new@company.test", email_verified: true };
        assert.equal((await signIn("closed", "new")).location, "/?signin=OIDC_NOT_ALLOWED", "accounts are not made here");
        provider.accounts.other = { email: stranger.email, email_verified: true };
        assert.equal((await signIn("company", "other")).location, "/?signin=OIDC_NOT_ALLOWED", "they belong to another tenant");
        await opened.asOwner((owner) => owner.query("update users set active = false where id = $1", [opened.user.userId]));
        assert.equal((await signIn("closed", "known")).location, "/?signin=OIDC_NOT_ALLOWED");
    });

    it("refuses what was not begun here, is old, was altered, or is a no", async () => {
        const started = await begin("company");
        const address = new URL(started.headers.get("location")!);
        assert.equal(address.searchParams.get("code_challenge_method"), "S256");
        for (const name of ["state", "nonce", "code_challenge"]) assert((address.searchParams.get(name)?.length ?? 0) >= 32, name);
        const cookie = started.headers.getSetCookie()[0]!;
        for (const part of ["HttpOnly", "SameSite=Lax", "Path=/api/auth/oidc", "Max-Age=600"]) assert(cookie.includes(part), part);
        const back = await visit(address.href, "ada");
        const come = async (to: string, cookies: string) => (await app.request(to, { headers: { host: "app.test", cookie: cookies } })).headers.get("location");
        assert.equal(await come(back, ""), "/?signin=OIDC_EXPIRED", "another browser");
        assert.equal(await come(back, cookiesOf(started).slice(0, -4) + "AAAA"), "/?signin=OIDC_EXPIRED");
        assert.equal(await come(back.replace("/company/", "/closed/"), cookiesOf(started)), "/?signin=OIDC_EXPIRED", "another provider");
        assert.equal(await come(back, cookiesOf(await begin("company"))), "/?signin=OIDC_FAILED", "the state of another sign-in");
        assert.equal(await come(back.replace(/code=[^&]+/, "code=made-up"), cookiesOf(started)), "/?signin=OIDC_FAILED");
        assert.equal(await come(await visit((await begin("company")).headers.get("location")!, ""), cookiesOf(started)), "/?signin=OIDC_FAILED");
        const own = await begin("company");
        const twice = await visit(own.headers.get("location")!, "ada");
        assert.equal(await come(twice, cookiesOf(own)), "/");
        assert.equal(await come(twice, cookiesOf(own)), "/?signin=OIDC_FAILED", "a code is good once");
        assert.equal((await app.request("/api/auth/oidc/nobody/start")).status, 404);
    });

    it("calls no address inside that the operator did not name", async () => {
        assert.equal((await begin("company", service([]))).headers.get("location"), "/?signin=OIDC_UNAVAILABLE");
    });

    it("says what is wrong with its configuration", () => {
        const wrong = (text: string) => oidcVariable.safeParse(text).error!.issues.map(({ message }) => message).join(" ");
        assert.match(wrong("x"), /no JSON/);
        assert.match(wrong('[{"id": "A"}]'), /lower-case/);
        const one = { id: "a", name: "A", issuer: "https://a.test", clientId: "x", clientSecret: "y" };
        assert.match(wrong(JSON.stringify([one, one])), /same id/);
        assert.match(wrong(JSON.stringify([{ ...one, roles: { x: "owner" } }])), /Invalid option/);
    });
});
