import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { endRoles, runRole, startRole, type RoleProcess } from "../testing/processes.js";
import { people } from "../testing/databases.js";
import { Way } from "../testing/way.js";
import type { Job } from "../queue/jobs.js";

/** Every role as a process of its own over one real server, as in a cluster. */
describe("the roles", function () {
    this.timeout(300_000);
    let server: { url: string; stop(): Promise<void> };
    const roles = new Map<string, RoleProcess>();
    let way: Way;
    before(async function () {
        if (process.platform !== "linux" || process.getuid?.() !== 0) this.skip();
        const { startTestPostgres } = await import("../../../tests/support/postgres.js");
        server = await startTestPostgres();
    });
    after(async () => {
        endRoles();
        await way?.block();
        await server?.stop();
    });

    const password = randomBytes(16).toString("hex");
    const appUrl = () => Object.assign(new URL(server.url), { username: "agent_platform_app", password }).href;
    const migrateEnv = () => ({
        DATABASE_OWNER_URL: server.url,
        DATABASE_APP_PASSWORD: password,
        SEED_ADMIN_EMAIL: people.admin.email,
        SEED_ADMIN_PASSWORD: people.admin.password,
        SEED_USER_EMAIL: people.user.email,
        SEED_USER_PASSWORD: people.user.password,
    });

    it("refuse to start without what they need, and say all of it", async () => {
        const { code, log } = await runRole("agent", { JWT_SECRET: "secret" });
        assert.equal(code, 1);
        assert.match(log, /DATABASE_URL: is required for ROLE=agent/);
        assert.match(log, /JWT_SECRET: must have at least 32 characters/);
    });

    it("migrate: sets up the database, and changes nothing the second time", async () => {
        const first = await runRole("migrate", migrateEnv());
        assert.equal(first.code, 0, first.log);
        const second = await runRole("migrate", migrateEnv());
        assert.equal(second.code, 0, second.log);
        assert.match(second.log, /the schema was up to date/);
        assert(!`${first.log}${second.log}`.includes(password), "a password in the log");
    });

    it("the others: become ready and serve a question about a document together", async () => {
        const secret = randomBytes(48).toString("base64");
        way = await Way.to(appUrl());
        const shared = { DATABASE_URL: way.url, JWT_SECRET: secret };
        for (const role of ["upload", "rag", "mcp"]) roles.set(role, await startRole(role, shared));
        roles.set("worker", await startRole("worker", { DATABASE_URL: way.url }));
        roles.set("agent", await startRole("agent", { ...shared, RAG_SERVICE_URL: roles.get("rag")!.url, MCP_URL: `${roles.get("mcp")!.url}/mcp` }));
        const call = async <T>(role: string, path: string, init: RequestInit = {}): Promise<T> => {
            const response = await fetch(roles.get(role)!.url + path, init);
            assert(response.ok, `${path}: ${response.status} ${await response.clone().text()}`);
            return (await response.json()) as T;
        };
        const json = (body: object, headers: Record<string, string> = {}) => ({ method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } });
        const { token } = await call<{ token: string }>("agent", "/api/login", json(people.user));
        const authorization = { authorization: `Bearer ${token}` };
        const form = new FormData();
        form.set("file", new Blob(["# Harbour rules\n\nBoats leave the harbour before nine in the morning."]), "rules.md");
        const { jobId } = await call<{ jobId: string }>("upload", "/api/v2/upload", { method: "POST", body: form, headers: authorization });
        const events = await (await fetch(`${roles.get("upload")!.url}/api/v2/jobs/${jobId}/events`, { headers: authorization })).text();
        const last = JSON.parse(events.match(/data: .*/g)!.at(-1)!.slice(6)) as Job;
        assert.equal(last.state, "done");
        const requestId = `trace-${randomBytes(6).toString("hex")}`;
        const chat = await fetch(`${roles.get("agent")!.url}/api/chat`, json({ message: "When do boats leave the harbour?" }, { ...authorization, "x-request-id": requestId }));
        const text = await chat.text();
        assert.match(text, /event: citation\ndata: .*"quote":"Boats leave the harbour before nine in the morning\."/);
        // One id from the browser through the agent to the search.
        for (let i = 0; i < 50 && !roles.get("rag")!.log().includes(requestId); i++) await new Promise((resolve) => setTimeout(resolve, 50));
        assert(roles.get("rag")!.log().includes(requestId), "the request's id did not reach the retrieval service");
        for (const [name, { log }] of roles) assert(!log().includes(secret) && !log().includes(token), `${name} logs secrets`);
    });

    it("stop by themselves on SIGTERM, also when the database has gone before them", async () => {
        await way.block();
        const told = Date.now();
        const ended = await Promise.all([...roles].map(async ([name, role]) => [name, await role.end("SIGTERM"), role.log()] as const));
        assert.equal(ended.length, 5);
        for (const [name, code, log] of ended) assert.equal(code, 0, `${name}: ${log}`);
        assert(Date.now() - told < 25_000, "a pod would have been killed after its 30 seconds of grace");
    });

    it("all: runs everything in one process with no configuration", async () => {
        const all = await startRole("all", { DATA_DIR: "memory" });
        assert.match(all.log(), /user {3}user@agent-platform\.local {2}\S{16}/);
        assert.equal(await all.end("SIGTERM"), 0);
    });
});
