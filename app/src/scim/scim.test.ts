import assert from "node:assert/strict";
import { registerAuth } from "../auth/routes.js";
import { createSessions } from "../auth/sessions.js";
import { createTokens } from "../auth/tokens.js";
import { createApp, type App } from "../http/app.js";
import { createLogger } from "../http/log.js";
import { Metrics } from "../http/metrics.js";
import { registerPeople } from "../people/register.js";
import { onEveryDatabase, people, stranger } from "../testing/databases.js";

onEveryDatabase("SCIM", (get) => {
    let app: App;
    let directory: string;
    before(async () => {
        app = createApp({ log: createLogger({ level: "silent", service: "test" }), metrics: new Metrics(), ready: async () => undefined });
        const sessions = createSessions(get().database, createTokens("h3Jx9qLmZ0vRtYw2KpBn7sDf5gHc8aUe"));
        registerAuth(app, sessions);
        registerPeople(app, { database: get().database, sessions, env: { REGISTRATION: "closed" } });
        directory = await connect(people.admin);
    });
    interface Answer {
        status: number;
        body: Record<string, any>;
    }
    async function send(method: string, path: string, token: string, body?: object): Promise<Answer> {
        const response = await app.request(path, { method, headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json" }, body: body && JSON.stringify(body) });
        const text = await response.text();
        return { status: response.status, body: text === "" ? {} : (JSON.parse(text) as Answer["body"]) };
    }
    const users = (method: string, rest = "", body?: object, token = directory) => send(method, `/api/scim/v2/Users${rest}`, token, body);
    async function connect(who: { email: string; password: string }): Promise<string> {
        const { token } = (await (await app.request("/api/login", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ email: who.email, password: who.password }) })).json()) as { token: string };
        return (await send("POST", "/api/admin/scim", token)).body.token as string;
    }
    const schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];

    it("adds, finds, changes, deactivates and removes people", async () => {
        const made = await users("POST", "", { schemas, userName: "Bea@Company.test", externalId: "e-1", name: { givenName: "Bea", familyName: "Moll" }, active: true, roles: [{ value: "approver" }] });
        assert.equal(made.status, 201);
        assert.deepEqual([made.body.userName, made.body.displayName, made.body.active, made.body.roles[0].value, made.body.externalId], ["bea@company.test", "Bea Moll", true, "approver", "e-1"]);
        const { id } = made.body as { id: string };
        assert.deepEqual(await users("POST", "", { schemas, userName: "bea@company.test" }).then(({ status, body }) => [status, body.scimType, body.schemas]), [409, "uniqueness", ["urn:ietf:params:scim:api:messages:2.0:Error"]]);
        for (const filter of ['userName eq "BEA@company.test"', 'externalId eq "e-1"']) assert.deepEqual((await users("GET", `?filter=${encodeURIComponent(filter)}`)).body.Resources.map((each: { id: string }) => each.id), [id]);
        assert.equal((await users("GET", `?filter=${encodeURIComponent('userName eq "nobody@company.test"')}`)).body.totalResults, 0);
        assert.equal((await users("GET", `?filter=${encodeURIComponent('userName sw "b"')}`)).body.scimType, "invalidValue");

        const off = await users("PATCH", `/${id}`, { schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations: [{ op: "Replace", path: "active", value: "False" }, { op: "replace", value: { displayName: "B. Moll", "name.familyName": "Moll" } }] });
        assert.deepEqual([off.status, off.body.active, off.body.displayName], [200, false, "B. Moll"]);
        assert.equal((await users("PATCH", `/${id}`, { Operations: [{ op: "replace", path: "password", value: "x" }] })).status, 400);
        assert.equal((await users("PATCH", `/${id}`, { Operations: [{ op: "remove", path: "active" }] })).status, 400);
        const put = await users("PUT", `/${id}`, { schemas, userName: "bea.new@company.test", displayName: "Bea" });
        assert.deepEqual([put.body.userName, put.body.active, put.body.roles[0].value], ["bea.new@company.test", true, "approver"]);
        assert.equal((await users("DELETE", `/${id}`)).status, 204);
        assert.equal((await users("GET", `/${id}`)).status, 404);
        assert.equal((await users("GET", "/x")).status, 404);
        assert.equal((await send("GET", "/api/scim/v2/ServiceProviderConfig", directory)).body.patch.supported, true);
    });

    it("signs out whom the directory deactivates", async () => {
        const { token } = (await (await app.request("/api/login", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(people.user) })).json()) as { token: string };
        assert.equal((await send("GET", "/api/me", token)).status, 200);
        assert.equal((await users("PATCH", `/${get().user.userId}`, { Operations: [{ op: "replace", path: "active", value: false }] })).status, 200);
        assert.equal((await send("GET", "/api/me", token)).status, 401);
    });

    it("leaves the last administrator, and pages", async () => {
        assert.equal((await users("PATCH", `/${get().admin.userId}`, { Operations: [{ op: "replace", path: "active", value: false }] })).status, 409);
        const page = (await users("GET", "?startIndex=2&count=1")).body;
        assert.deepEqual([page.totalResults, page.startIndex, page.itemsPerPage], [2, 2, 1]);
    });

    it("lets in the tenant's own token only, for its own people only", async () => {
        for (const token of ["x", "scim_x"]) assert.equal((await users("GET", "", undefined, token)).status, 401);
        const foreign = await connect(stranger);
        assert.deepEqual((await users("GET", "", undefined, foreign)).body.Resources.map((each: { userName: string }) => each.userName), [stranger.email]);
        for (const method of ["GET", "DELETE"]) assert.equal((await users(method, `/${get().user.userId}`, undefined, foreign)).status, 404);
        assert.equal((await users("PATCH", `/${get().user.userId}`, { Operations: [{ op: "replace", path: "active", value: true }] }, foreign)).status, 404);
        assert.equal((await send("GET", "/api/admin/users", directory)).status, 401, "it opens nothing else");
        const fresh = await connect(people.admin);
        assert.equal((await users("GET")).status, 401, "a new token replaces the old one");
        assert.equal((await users("GET", "", undefined, fresh)).status, 200);
    });
});
