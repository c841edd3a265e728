import assert from "node:assert/strict";
import { SignJWT } from "jose";
import { createApp, type App } from "../http/app.js";
import { createLogger } from "../http/log.js";
import { Metrics } from "../http/metrics.js";
import { onEveryDatabase, people } from "../testing/databases.js";
import { authenticate, requireRole } from "./middleware.js";
import { registerAuth } from "./routes.js";
import { createSessions } from "./sessions.js";
import { createTokens } from "./tokens.js";

const secret = "h3Jx9qLmZ0vRtYw2KpBn7sDf5gHc8aUe";

onEveryDatabase("sign-in", (get) => {
    let app: App;
    before(() => (app = replica()));

    function replica(): App {
        const made = createApp({ log: createLogger({ level: "silent", service: "test" }), metrics: new Metrics(), ready: async () => undefined });
        const sessions = createSessions(get().database, createTokens(secret));
        registerAuth(made, sessions);
        made.use("/private/*", authenticate(sessions));
        made.all("/private/any", (c) => c.json(c.get("principal")));
        made.use("/private/admin", requireRole("admin"));
        made.get("/private/admin", (c) => c.text("ok"));
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
        const sign = (payload: Record<string, unknown>, key = secret) => new SignJWT(payload).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(key));
        const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${body}.`;
        const promoted = `${head}.${Buffer.from(JSON.stringify({ ...claims, role: "admin" })).toString("base64url")}.${signature}`;
        for (const forged of ["x", none, promoted, await sign(claims, "another-secret-of-the-same-length"), await sign({ ...claims, exp: 1 }), await sign({ ...claims, jti: "00000000-0000-4000-8000-00000000dead" }), await sign({ ...claims, role: "admin" }), await sign({ ...claims, aud: "else" })]) {
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

    it("leaves a record of every sign-in, sign-out and refusal", async () => {
        const actions = await get().database.asPrincipal(get().user, (tx) => tx.query<{ action: string }>("select distinct action from audit_logs order by 1"));
        assert.deepEqual(actions.map(({ action }) => action), ["session.create", "session.end", "session.refused"]);
    });
});
