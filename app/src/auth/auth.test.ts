import assert from "node:assert/strict";
import { SignJWT } from "jose";
import { createApp, type App } from "../http/app.js";
import { createLogger } from "../http/log.js";
import { Metrics } from "../http/metrics.js";
import { onEveryDatabase, people } from "../testing/databases.js";
import { registerKeys } from "./keyRoutes.js";
import { authenticate, requireAdministration, requireRole } from "./middleware.js";
import { registerAuth } from "./routes.js";
import { createSessions } from "./sessions.js";
import { createTokens, signingKey } from "./tokens.js";

const secret = "h3Jx9qLmZ0vRtYw2KpBn7sDf5gHc8aUe";

onEveryDatabase("sign-in", (get) => {
    let app: App;
    before(() => (app = replica()));

    function replica(): App {
        const made = createApp({ log: createLogger({ level: "silent", service: "test" }), metrics: new Metrics(), ready: async () => undefined });
        const sessions = createSessions(get().database, createTokens(secret));
        registerAuth(made, sessions);
        registerKeys(made, get().database, sessions);
        made.use("/private/*", authenticate(sessions));
        made.all("/private/any", (c) => c.json(c.get("principal")));
        made.use("/private/admin", requireRole("admin"));
        made.get("/private/admin", (c) => c.text("ok"));
        made.use("/api/admin/*", authenticate(sessions), requireAdministration());
        for (const path of ["/api/admin/approvals", "/api/admin/approve/bulk", "/api/admin/users", "/api/admin/approve-all"]) made.get(path, (c) => c.text("ok"));
        for (const path of ["/api/v2/documents", "/search", "/api/orders"]) {
            made.use(path, authenticate(sessions));
            made.all(path, (c) => c.text("ok"));
        }
        return made;
    }
    const login = (credentials: object, headers: Record<string, string> = {}, on = app) =>
        on.request("/api/login", { method: "POST", headers: { "content-type": "application/json", host: "app.test", ...headers }, body: JSON.stringify(credentials) });
    const code = async (response: Response | Promise<Response>) => ((await (await response).json()) as { error?: { code: string } }).error?.code;

    it("gives a cookie and a token that both work, and ends both at sign-out, everywhere", async () => {
        const response = await login({ email: "  USER@agent-platform.local ", password: people.user.password }, { "x-forwarded-proto": "https" });
        assert.equal(response.status, 200);
        const { token, user } = (await response.json()) as { token: string; user: { id: string; role: string } };
        const cookie = response.headers.get("set-cookie")!;
        assert.match(cookie, /^session=[^;]+; .*HttpOnly/);
        for (const part of ["SameSite=Strict", "Secure", "Path=/"]) assert(cookie.includes(part), part);
        assert.equal(user.role, "user");

        const bearer = { headers: { authorization: `Bearer ${token}` } };
        const byCookie = { headers: { cookie: cookie.split(";")[0]! } };
        for (const by of [bearer, byCookie]) assert.deepEqual(await (await app.request("/private/any", by)).json(), get().user);
        assert.equal(await code(app.request("/private/admin", bearer)), "FORBIDDEN");

        assert.equal((await app.request("/api/logout", { method: "POST", ...bearer })).status, 200);
        for (const by of [bearer, byCookie]) {
            assert.equal(await code(app.request("/private/any", by)), "SESSION_ENDED");
            assert.equal(await code(replica().request("/private/any", by)), "SESSION_ENDED");
        }
    });

    it("lets an administrator where only those may go", async () => {
        const { token } = (await (await login(people.admin)).json()) as { token: string };
        assert.equal((await app.request("/private/admin", { headers: { authorization: `Bearer ${token}` } })).status, 200);
    });

    it("refuses tokens that are not ours, altered, expired or without a session", async () => {
        const { token } = (await (await login(people.user)).json()) as { token: string };
        const [head, body, signature] = token.split(".");
        const claims = JSON.parse(Buffer.from(body!, "base64url").toString()) as Record<string, unknown>;
        const { kid } = JSON.parse(Buffer.from(head!, "base64url").toString()) as { kid: string };
        const day = Number(kid.split(".")[1]);
        const sign = (payload: Record<string, unknown>, header: { kid?: string } = { kid }, key = signingKey(secret, day)) => new SignJWT(payload).setProtectedHeader({ alg: "HS256", ...header }).sign(key);
        const old = `${kid.split(".")[0]}.${day - 2}`;
        assert.equal((await app.request("/private/any", { headers: { authorization: `Bearer ${await sign(claims)}` } })).status, 200, "or the rest shows nothing");
        const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${body}.`;
        const promoted = `${head}.${Buffer.from(JSON.stringify({ ...claims, role: "admin" })).toString("base64url")}.${signature}`;
        for (const forged of ["x", none, promoted, await sign(claims, { kid }, signingKey("another-secret-of-the-same-length", day)), await sign(claims, { kid }, new TextEncoder().encode(secret)), await sign(claims, {}), await sign(claims, { kid: old }, signingKey(secret, day - 2)), await sign(claims, { kid: `other.${day}` }), await sign({ ...claims, exp: 1 }), await sign({ ...claims, jti: "00000000-0000-4000-8000-00000000dead" }), await sign({ ...claims, role: "admin" }), await sign({ ...claims, aud: "else" })]) {
            assert.equal(await code(app.request("/private/any", { headers: { authorization: `Bearer ${forged}` } })), "SESSION_ENDED", forged);
        }
        assert.equal(await code(app.request("/private/any")), "NOT_SIGNED_IN");
    });

    it("takes a change by cookie only from our own pages", async () => {
        const cookie = (await login(people.user)).headers.get("set-cookie")!.split(";")[0]!;
        const change = (headers: Record<string, string>) => app.request("/private/any", { method: "POST", headers: { cookie, host: "app.test", ...headers } });
        for (const foreign of <Record<string, string>[]>[{ "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "same-site" }, { origin: "https://evil.test" }, {}, { origin: "null" }]) assert.equal(await code(change(foreign)), "CROSS_SITE", JSON.stringify(foreign));
        for (const own of <Record<string, string>[]>[{ "sec-fetch-site": "same-origin" }, { origin: "https://app.test" }]) assert.equal((await change(own)).status, 200, JSON.stringify(own));
        assert.equal(await code(login(people.user, { origin: "https://evil.test" })), "CROSS_SITE");
    });

    it("does not say whether an account exists, and slows down guessing without locking others out", async () => {
        const guess = (email: string, address: string) => login({ email, password: "not the password" }, { "x-real-ip": address });
        assert.equal(await code(guess("nobody@example.test", "198.51.100.1")), "WRONG_CREDENTIALS");
        for (let i = 0; i < 10; i++) assert.equal(await code(guess(people.user.email, "198.51.100.2")), "WRONG_CREDENTIALS");
        const throttled = await login(people.user, { "x-real-ip": "198.51.100.2" });
        assert.equal(throttled.status, 429);
        assert(Number(throttled.headers.get("retry-after")) > 60);
        assert.equal(await code(login(people.user, { "x-real-ip": "198.51.100.2" }, replica())), "TOO_MANY_ATTEMPTS");
        assert.equal((await login(people.user, { "x-real-ip": "198.51.100.3" })).status, 200);
    });

    it("goes on with a session by a refresh token that is good once, and ends it when one comes again", async () => {
        const { refreshToken } = (await (await login(people.user)).json()) as { refreshToken: string };
        const refresh = (token: string) => app.request("/api/auth/refresh", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ refreshToken: token }) });
        const next = (await (await refresh(refreshToken)).json()) as { token: string; refreshToken: string; expiresAt: string };
        assert.notEqual(next.refreshToken, refreshToken);
        assert(Date.parse(next.expiresAt) - Date.now() <= 15 * 60_000, "tokens live a quarter of an hour");
        const alive = () => replica().request("/private/any", { headers: { authorization: `Bearer ${next.token}` } });
        assert.equal((await alive()).status, 200);
        // Two windows of a browser at the same moment are no theft.
        assert.equal((await refresh(refreshToken)).status, 200);
        await get().database.asSystem((tx) => tx.query("update refresh_tokens set used_at = used_at - interval '1 minute' where used_at is not null"));
        assert.equal(await code(refresh(refreshToken)), "SESSION_ENDED");
        assert.equal(await code(alive()), "SESSION_ENDED");
        assert.equal(await code(refresh(next.refreshToken)), "SESSION_ENDED", "the whole family is revoked");
        assert.equal(await code(refresh("nobody's")), "SESSION_ENDED");
    });

    it("keeps a browser signed in by a cookie of its own path, unseen by scripts and other sites", async () => {
        const response = await login(people.user, { origin: "https://app.test", "sec-fetch-site": "same-origin" });
        assert.equal(((await response.json()) as { refreshToken?: string }).refreshToken, undefined);
        const cookie = response.headers.getSetCookie().find((each) => each.startsWith("refresh="))!;
        for (const part of ["HttpOnly", "SameSite=Strict", "Path=/api/auth/refresh"]) assert(cookie.includes(part), part);
        const refresh = (headers: Record<string, string>) => app.request("/api/auth/refresh", { method: "POST", headers: { cookie: cookie.split(";")[0]!, host: "app.test", ...headers } });
        assert.equal(await code(refresh({ "sec-fetch-site": "cross-site" })), "CROSS_SITE");
        const next = await refresh({ "sec-fetch-site": "same-origin" });
        assert.equal(next.status, 200);
        assert.equal(next.headers.getSetCookie().length, 2);
        const session = next.headers.getSetCookie()[0]!.split(";")[0]!;
        assert.equal((await app.request("/private/any", { headers: { cookie: session } })).status, 200);
    });

    it("lists a person's own sessions and ends one of them", async () => {
        const first = (await (await login(people.user, { "user-agent": "first browser" })).json()) as { token: string };
        const second = (await (await login(people.user, { "user-agent": "second browser" })).json()) as { token: string };
        const by = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
        const { sessions } = (await (await app.request("/api/sessions", by(second.token))).json()) as { sessions: { id: string; client: string; current: boolean }[] };
        assert.deepEqual(sessions.filter(({ current }) => current).map(({ client }) => client), ["second browser"]);
        const other = sessions.find(({ client }) => client === "first browser")!;
        const admin = (await (await login(people.admin)).json()) as { token: string };
        assert.equal(await code(app.request(`/api/sessions/${other.id}`, { method: "DELETE", ...by(admin.token) })), "SESSION_NOT_FOUND");
        assert.equal((await app.request(`/api/sessions/${other.id}`, { method: "DELETE", ...by(second.token) })).status, 204);
        assert.equal(await code(app.request("/private/any", by(first.token))), "SESSION_ENDED");
        assert.equal((await app.request("/private/any", by(second.token))).status, 200);
    });

    it("takes tokens of the secret before, while they last", async () => {
        const { token } = (await (await login(people.user)).json()) as { token: string };
        const changed = (previous?: string) => createSessions(get().database, createTokens("Zq8vN4wXr1LkTj6yBc3mHs9dGf2aPe7u", previous));
        assert.deepEqual((await changed(secret).verify(token))?.principal, get().user);
        assert.equal(await changed().verify(token), undefined);
    });

    it("lets an approver decide approvals, and nothing else of the administration", async () => {
        const as = async (role: string) => {
            await get().asOwner((owner) => owner.query("update users set role = $2 where id = $1", [get().user.userId, role]));
            const { token } = (await (await login(people.user)).json()) as { token: string };
            return Promise.all(["/api/admin/approvals", "/api/admin/approve/bulk", "/api/admin/users", "/api/admin/approve-all"].map(async (path) => (await app.request(path, { headers: { authorization: `Bearer ${token}` } })).status));
        };
        assert.deepEqual(await as("approver"), [200, 200, 403, 403]);
        assert.deepEqual(await as("user"), [403, 403, 403, 403]);
    });

    it("takes API keys within their scopes, until they are revoked or expire", async () => {
        const { token } = (await (await login(people.user)).json()) as { token: string };
        const send = (path: string, bearer: string, method = "GET", body?: object) => app.request(path, { method, headers: { authorization: `Bearer ${bearer}`, "content-type": "application/json" }, body: body && JSON.stringify(body) });
        const made = (await (await send("/api/keys", token, "POST", { name: "reader", scopes: ["documents:read"] })).json()) as { key: string; id: string; prefix: string };
        assert(made.key.startsWith(made.prefix) && made.key.length > made.prefix.length + 30);
        assert.deepEqual(await Promise.all([["/api/v2/documents", "GET"], ["/search", "POST"], ["/api/v2/documents", "DELETE"], ["/api/orders", "GET"], ["/api/keys", "GET"], ["/api/sessions", "GET"], ["/private/any", "GET"]].map(async ([path, method]) => (await send(path!, made.key, method)).status)), [200, 200, 403, 403, 403, 403, 403]);
        assert.equal(await code(send("/api/v2/documents", made.key, "DELETE")), "SCOPE_MISSING");
        assert.equal(await code(send("/api/keys", token, "POST", { name: "more", scopes: ["admin"] })), "SCOPE_NOT_YOURS");
        assert.equal(await code(send("/api/v2/documents", `${made.key}x`)), "SESSION_ENDED");

        const listed = await (await send("/api/keys", token)).text();
        assert(listed.includes(made.prefix) && !listed.includes(made.key) && /"lastUsedAt":"/.test(listed));
        const kept = await get().database.asSystem((tx) => tx.query("select * from api_keys"));
        assert(!JSON.stringify(kept).includes(made.key.slice(made.prefix.length)));

        await get().database.asSystem((tx) => tx.query("update api_keys set expires_at = now() - interval '1 second' where id = $1", [made.id]));
        const fresh = replica();
        assert.equal((await fresh.request("/api/v2/documents", { headers: { authorization: `Bearer ${made.key}` } })).status, 401);
        assert.equal((await send(`/api/keys/${made.id}`, token, "DELETE")).status, 204);
        assert.equal(await code(send(`/api/keys/${made.id}`, token, "DELETE")), "KEY_NOT_FOUND");
    });

    it("leaves a record of every sign-in, sign-out and refusal", async () => {
        const actions = await get().database.asPrincipal(get().user, (tx) => tx.query<{ action: string }>("select distinct action from audit_logs order by 1"));
        assert.deepEqual(actions.map(({ action }) => action), ["key.create", "key.revoke", "session.create", "session.end", "session.refused", "session.reuse"]);
    });
});
