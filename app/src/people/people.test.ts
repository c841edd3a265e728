import assert from "node:assert/strict";
import { registerAuth } from "../auth/routes.js";
import { createSessions } from "../auth/sessions.js";
import { createTokens } from "../auth/tokens.js";
import { verifyAudit } from "../audit/verify.js";
import { createApp, type App } from "../http/app.js";
import { createLogger } from "../http/log.js";
import { Metrics } from "../http/metrics.js";
import { onEveryDatabase, people, stranger } from "../testing/databases.js";
import { registerPeople } from "./register.js";

onEveryDatabase("people", (get) => {
    function service(registration: "open" | "invited" | "closed"): App {
        const app = createApp({ log: createLogger({ level: "silent", service: "test" }), metrics: new Metrics(), ready: async () => undefined });
        const sessions = createSessions(get().database, createTokens("h3Jx9qLmZ0vRtYw2KpBn7sDf5gHc8aUe"));
        registerAuth(app, sessions);
        registerPeople(app, { database: get().database, sessions, env: { REGISTRATION: registration } });
        return app;
    }
    let app: App;
    let admin: string;
    before(async () => {
        app = service("invited");
        admin = await signIn(people.admin);
    });
    interface Answer {
        status: number;
        body: Record<string, any>;
    }
    async function send(method: string, path: string, body?: object, token?: string, on = app): Promise<Answer> {
        const response = await on.request(path, { method, headers: { "content-type": "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) }, body: body && JSON.stringify(body) });
        const text = await response.text();
        return { status: response.status, body: text === "" ? {} : (JSON.parse(text) as Answer["body"]) };
    }
    const signIn = async (who: { email: string; password: string }) => (await send("POST", "/api/login", { email: who.email, password: who.password })).body.token as string;
    const codeOf = ({ status, body }: Answer) => `${status} ${body.error?.code}`;
    const someone = (n: number) => ({ email: `person${n}@example.test`, name: `Person ${n}`, password: `a-long-password-${n}` });

    it("registers whom the operator lets in: everybody, the invited, nobody", async () => {
        for (const mode of ["open", "invited", "closed"] as const) assert.equal((await send("GET", "/api/auth/options", undefined, undefined, service(mode))).body.registration, mode);
        assert.equal(codeOf(await send("POST", "/api/register", someone(1), undefined, service("closed"))), "403 REGISTRATION_CLOSED");
        assert.equal(codeOf(await send("POST", "/api/register", someone(1))), "403 REGISTRATION_CLOSED");
        const open = await send("POST", "/api/register", { ...someone(1), role: "admin" }, undefined, service("open"));
        assert.deepEqual([open.status, open.body.user.role], [201, "user"]);
        assert.equal(codeOf(await send("POST", "/api/register", someone(1), undefined, service("open"))), "409 EMAIL_TAKEN");
        assert.equal(codeOf(await send("POST", "/api/register", { ...someone(9), password: "short" }, undefined, service("open"))), "400 INVALID_REQUEST");

        assert.equal(codeOf(await send("POST", "/api/admin/invitations", { email: someone(2).email }, admin, service("closed"))), "403 REGISTRATION_CLOSED");
        const { invitation, id } = (await send("POST", "/api/admin/invitations", { email: someone(2).email, role: "approver" }, admin)).body as { invitation: string; id: string };
        assert.equal(codeOf(await send("POST", "/api/register", { ...someone(3), invitation })), "403 INVITATION_INVALID", "it is for one address");
        assert.equal((await send("POST", "/api/register", { ...someone(2), invitation })).body.user.role, "approver");
        assert.equal(codeOf(await send("POST", "/api/register", { ...someone(2), invitation })), "403 INVITATION_INVALID", "it is good once");
        const listed = (await send("GET", "/api/admin/invitations", undefined, admin)).body.invitations as { id: string; usedAt: string | null }[];
        assert(listed.find((each) => each.id === id)!.usedAt !== null && !JSON.stringify(listed).includes(invitation));

        const other = (await send("POST", "/api/admin/invitations", { email: someone(3).email }, admin)).body as { invitation: string; id: string };
        assert.equal((await send("DELETE", `/api/admin/invitations/${other.id}`, undefined, admin)).status, 204);
        assert.equal(codeOf(await send("POST", "/api/register", { ...someone(3), invitation: other.invitation })), "403 INVITATION_INVALID", "it was withdrawn");
    });

    it("lets an administrator add, change, deactivate and let in again", async () => {
        const added = (await send("POST", "/api/admin/users", { email: "New.Person@example.test", name: "New" }, admin)).body;
        assert.equal(added.email, "new.person@example.test");
        const password = "the-first-password";
        assert.equal(codeOf(await send("POST", "/api/login", { email: added.email, password })), "401 WRONG_CREDENTIALS", "nobody knows a password yet");
        assert.equal((await send("POST", "/api/account/reset", { token: added.reset.token, password })).status, 200);
        assert.equal(codeOf(await send("POST", "/api/account/reset", { token: added.reset.token, password })), "400 RESET_INVALID");
        const token = await signIn({ email: added.email, password });
        assert.equal((await send("GET", "/api/me", undefined, token)).body.role, "user");

        assert.equal((await send("PATCH", `/api/admin/users/${added.id}`, { role: "admin", name: "Renamed" }, admin)).body.role, "admin");
        assert.equal(codeOf(await send("GET", "/api/me", undefined, token)), "401 SESSION_ENDED", "a new role needs a new sign-in");
        const promoted = await signIn({ email: added.email, password });
        assert.equal((await send("GET", "/api/admin/users", undefined, promoted)).status, 200);
        const key = (await send("POST", "/api/keys", { name: "k", scopes: ["chat"] }, promoted)).body.key as string;
        assert.equal((await send("GET", "/api/me", undefined, key)).status, 200);

        assert.equal((await send("PATCH", `/api/admin/users/${added.id}`, { active: false }, admin)).body.active, false);
        assert.equal(codeOf(await send("GET", "/api/me", undefined, promoted)), "401 SESSION_ENDED");
        assert.equal(codeOf(await send("POST", "/api/login", { email: added.email, password })), "401 WRONG_CREDENTIALS");
        assert.equal(codeOf(await send("GET", "/api/me", undefined, key, service("closed"))), "401 SESSION_ENDED");
    });

    it("keeps one administrator who can sign in", async () => {
        const { body } = await send("GET", "/api/admin/users", undefined, admin);
        const own = (body.users as { id: string; email: string }[]).find(({ email }) => email === people.admin.email)!;
        assert.equal(codeOf(await send("PATCH", `/api/admin/users/${own.id}`, { role: "user" }, admin)), "409 LAST_ADMIN");
        assert.equal(codeOf(await send("PATCH", `/api/admin/users/${own.id}`, { active: false }, admin)), "409 LAST_ADMIN");
        assert.equal(codeOf(await send("DELETE", "/api/account", { password: people.admin.password }, admin)), "409 LAST_ADMIN");
        assert.equal((await send("GET", "/api/me", undefined, admin)).status, 200, "nothing was done");
    });

    it("changes nobody of another tenant, and nothing for who is no administrator", async () => {
        const user = await signIn(people.user);
        const foreign = await signIn(stranger);
        const { userId } = get().user;
        for (const [method, path, body] of [["PATCH", `/api/admin/users/${userId}`, { name: "x" }], ["POST", `/api/admin/users/${userId}/reset`], ["POST", `/api/admin/users/${userId}/erase`, {}], ["GET", `/api/admin/users/${userId}/export`]] as const) {
            assert.equal(codeOf(await send(method, path, body, foreign)), "404 PERSON_NOT_FOUND", path);
            assert.equal(codeOf(await send(method, path, body, user)), "403 FORBIDDEN", path);
        }
        // The functions themselves refuse, whatever the code above forgets.
        const as = get().database;
        await assert.rejects(as.asPrincipal(get().user, (tx) => tx.query("select person_create($1, 'x@x.test', 'x', 'admin', null, null)", [get().user.tenantId])), /not allowed/);
        assert.deepEqual(await as.asPrincipal(get().user, (tx) => tx.query("select person_change($1, null, null, 'admin', null, null) as done", [userId])), [{ done: false }]);
        assert.deepEqual(await as.asPrincipal(get().stranger, (tx) => tx.query("select person_set_password($1, 'x') as done, person_erase($1) as erased", [userId])), [{ done: false, erased: false }]);
    });

    it("changes a password with the old one, and ends the other sessions", async () => {
        const who = someone(1);
        const [here, there] = [await signIn(who), await signIn(who)];
        assert.equal(codeOf(await send("POST", "/api/account/password", { current: "wrong", next: "another-long-one" }, here)), "403 WRONG_PASSWORD");
        assert.equal((await send("POST", "/api/account/password", { current: who.password, next: "another-long-one" }, here)).status, 200);
        assert.deepEqual([(await send("GET", "/api/me", undefined, here)).status, (await send("GET", "/api/me", undefined, there)).status], [200, 401]);
        assert(await signIn({ ...who, password: "another-long-one" }));
    });

    it("gives a person all that is kept about them, and takes it away", async () => {
        const { database, user } = get();
        const token = await signIn(people.user);
        const [thread] = await database.asPrincipal(user, (tx) => tx.query<{ id: string }>("insert into threads (tenant_id, user_id, title) values ($1, $2, 'My secret question') returning id", [user.tenantId, user.userId]));
        await database.asPrincipal(user, (tx) => tx.query("insert into messages (tenant_id, thread_id, ordinal, version, role, text) values ($1, $2, 1, 1, 'user', 'My secret question')", [user.tenantId, thread!.id]));
        const data = (await send("GET", "/api/account/export", undefined, token)).body;
        assert.equal(data.profile.email, people.user.email);
        assert.equal(data.conversations[0].messages[0].text, "My secret question");
        assert(data.orders.length > 0 && data.record.some(({ action }: { action: string }) => action === "session.create"));
        assert(!/scrypt|"hash"/.test(JSON.stringify(data)));
        assert.equal((await send("GET", `/api/admin/users/${user.userId}/export`, undefined, admin)).body.conversations.length, data.conversations.length);

        assert.equal(codeOf(await send("DELETE", "/api/account", { password: "wrong" }, token)), "403 WRONG_PASSWORD");
        assert.equal((await send("DELETE", "/api/account", { password: people.user.password, documents: true }, token)).status, 200);
        assert.equal(codeOf(await send("GET", "/api/me", undefined, token)), "401 SESSION_ENDED");
        const tables = await get().asOwner((owner) => owner.query<{ name: string }>("select c.relname as name from pg_class c where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1"));
        for (const { name } of tables) {
            const rows = await get().asOwner((owner) => owner.transaction(async (tx) => (await tx.query("select set_config('app.role', 'system', true)"), tx.query(`select 1 from ${name} t where t::text like '%' || $1 || '%' or t::text like '%My secret question%'`, [people.user.email]))));
            assert.deepEqual(rows, [], `${name} still names the person`);
        }
        assert.equal(codeOf(await send("POST", "/api/login", people.user)), "401 WRONG_CREDENTIALS");
        assert((await verifyAudit((work) => database.asSystem(work), user.tenantId)).ok, "the audit log still holds");

        const { users } = (await send("GET", "/api/admin/users", undefined, admin)).body as { users: { id: string; email: string }[] };
        const second = users.find(({ email }) => email === someone(2).email)!;
        assert.equal((await send("POST", `/api/admin/users/${second.id}/erase`, {}, admin)).status, 204);
        assert.equal(codeOf(await send("POST", `/api/admin/users/${second.id}/erase`, {}, admin)), "404 PERSON_NOT_FOUND");
        assert((await verifyAudit((work) => database.asSystem(work), user.tenantId)).ok);
    });
});
