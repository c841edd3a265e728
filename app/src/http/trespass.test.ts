/** Tries every route as everyone who may not: the list of routes is the OpenAPI document, so that a new one is in here by itself. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { scopeTransaction } from "../db/database.js";
import { embeddedDatabase, people, stranger, type TestDatabase } from "../testing/databases.js";
import { wholeApp } from "../testing/whole.js";
import { describedApp } from "./apiDocs.js";
import type { App } from "./app.js";

interface Schema {
    $ref?: string;
    type?: string | string[];
    properties?: Record<string, Schema>;
    items?: Schema;
    enum?: unknown[];
    anyOf?: Schema[];
    default?: unknown;
    minimum?: number;
}
interface Operation {
    parameters?: { name: string; in: string }[];
    requestBody?: { content?: Record<string, { schema?: Schema }> };
}
interface Route {
    method: string;
    path: string;
    operation: Operation;
}

/** What anyone may ask, each with how it keeps people apart. */
const PUBLIC = new Map([
    ["POST /api/login", "e-mail address and password"],
    ["POST /api/auth/refresh", "a refresh token"],
    ["POST /api/register", "an invitation"],
    ["POST /api/account/reset", "a link's token"],
    ["GET /api/auth/options", "says nothing of anyone"],
    ["GET /api/auth/oidc/{id}/start", "leads to a provider"],
    ["GET /api/auth/oidc/{id}/callback", "what the provider says"],
]);
const SECRET = "known-to-the-first-tenant-only";
const HASH = "a".repeat(64);

describe("whoever may not", function () {
    this.timeout(120_000);
    let opened: TestDatabase;
    let app: App;
    let close: () => Promise<void>;
    let routes: Route[];
    let schemas: Record<string, Schema>;
    const ids: Record<string, string> = {};
    const tokens: Record<string, string> = {};

    before(async () => {
        opened = await embeddedDatabase();
        const whole = await wholeApp(opened, { RATE_LIMIT_USER: "0" });
        ({ app, close } = whole);
        const document = app.getOpenAPI31Document({ openapi: "3.1.0", info: { title: "", version: "" } }) as unknown as { paths: Record<string, Record<string, Operation>>; components: { schemas: Record<string, Schema> } };
        schemas = document.components.schemas;
        routes = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })));
        await fill();
        for (const [name, { email, password }] of Object.entries({ ...people, stranger })) tokens[name] = await signIn(email, password);
        await opened.asOwner((owner) => owner.query("insert into users (tenant_id, email, name, role, password_hash) select tenant_id, 'approver@agent-platform.local', 'Approver', 'approver', password_hash from users where id = $1", [opened.user.userId]));
        tokens.approver = await signIn("approver@agent-platform.local", people.user.password);
        const made = await app.request("/api/keys", { method: "POST", headers: json(tokens.user), body: JSON.stringify({ name: SECRET, scopes: ["documents:read"] }) });
        const key = (await made.json()) as { id: string; key: string };
        ids.key = key.id;
        tokens.key = key.key;
        ids.session = ((await (await app.request("/api/sessions", { headers: json(tokens.user) })).json()) as { sessions: { id: string }[] }).sessions[0]!.id;
        const directory = await app.request("/api/admin/scim", { method: "POST", headers: json(tokens.stranger) });
        tokens.directory = ((await directory.json()) as { token: string }).token;
    });
    after(async () => {
        await close?.();
        await opened?.close();
    });
    const json = (token?: string) => ({ "content-type": "application/json", ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) });
    const signIn = async (email: string, password: string) => ((await (await app.request("/api/login", { method: "POST", headers: json(), body: JSON.stringify({ email, password }) })).json()) as { token: string }).token;

    /** Something of the first tenant in every table that the application writes. */
    async function fill(): Promise<void> {
        const { tenantId: tenant, userId: user } = opened.user;
        const { database } = opened;
        ids.user = user;
        await opened.asOwner((owner) =>
            owner.transaction(async (tx) => {
                await scopeTransaction(tx, "system");
                const add = async (name: string | undefined, sql: string, values: unknown[] = []) => {
                    const [row] = await tx.query<{ id: string }>(sql, values);
                    if (name !== undefined) ids[name] = row!.id;
                };
                await add("document", "insert into documents (tenant_id, uploaded_by, filename, media_type, bytes, sha256, state, tags) values ($1, $2, $3, 'text/plain', 1, $3, 'ready', array[$3]) returning id", [tenant, user, SECRET]);
                await add(undefined, "insert into document_blobs (document_id, ordinal, tenant_id, bytes) values ($1, 0, $2, convert_to($3, 'UTF8'))", [ids.document, tenant, SECRET]);
                await add("passage", "insert into passages (tenant_id, document_id, ordinal, text, words, embedding) values ($1, $2, 0, $3, 1, array_fill(0.05::real, array[384])::vector) returning id", [tenant, ids.document, SECRET]);
                await add(undefined, "insert into passage_words values ($1, 'known', $2, 0, '{0}', '{1}', '{1}')", [tenant, ids.document]);
                await add("job", "insert into jobs (tenant_id, document_id, user_id, state, stage, error_message) values ($1, $2, $3, 'failed', 'parsing', $4) returning id", [tenant, ids.document, user, SECRET]);
                await add(undefined, "insert into job_events (job_id, seq, tenant_id, data) values ($1, 1, $2, to_jsonb($3::text))", [ids.job, tenant, SECRET]);
                await add("thread", "insert into threads (tenant_id, user_id, title) values ($1, $2, $3) returning id", [tenant, user, SECRET]);
                await add("message", "insert into messages (tenant_id, thread_id, ordinal, version, role, text) values ($1, $2, 1, 1, 'user', $3) returning id", [tenant, ids.thread, SECRET]);
                await add("answer", "insert into messages (tenant_id, thread_id, ordinal, version, role, text, status) values ($1, $2, 2, 2, 'assistant', $3, 'waiting') returning id", [tenant, ids.thread, SECRET]);
                await add(undefined, "insert into agent_state (thread_id, tenant_id, memory) values ($1, $2, jsonb_build_object('x', $3::text))", [ids.thread, tenant, SECRET]);
                await add("turn", "insert into turns (tenant_id, user_id, thread_id, message_id, answer_id, state, request_id) values ($1, $2, $3, $4, $5, 'waiting', $6) returning id", [tenant, user, ids.thread, ids.message, ids.answer, SECRET]);
                await add("call", "insert into tool_calls (id, tenant_id, thread_id, turn_id, answer_id, ordinal, tool, arguments, status) values (gen_random_uuid(), $1, $2, $3, $4, 0, 'process_refund', jsonb_build_object('reason', $5::text), 'waiting') returning id", [tenant, ids.thread, ids.turn, ids.answer, SECRET]);
                await add("approval", `insert into approvals (tenant_id, thread_id, turn_id, call_id, requested_by, tool, arguments, policy, reason, summary, hash, expires_at)
                    values ($1, $2, $3, $4, $5, 'process_refund', '{"orderId": "ORD-1001", "amount": 150}', '{"rule": "refund-above-threshold", "threshold": 100, "fourEyesAbove": 1000, "currency": "EUR"}', $6, $6, '${HASH}', now() + interval '1 day') returning id`, [tenant, ids.thread, ids.turn, ids.call, user, SECRET]);
                await add(undefined, "insert into approval_votes (approval_id, approver_id, tenant_id, hash) values ($1, $2, $3, $4)", [ids.approval, opened.admin.userId, tenant, HASH]);
                await add("ticket", "insert into tickets (tenant_id, created_by, summary, idempotency_key) values ($1, $2, $3, 'x') returning id", [tenant, user, SECRET]);
                await add("refund", "insert into refunds (tenant_id, order_id, amount_cents, currency, reason, idempotency_key, requested_by) select tenant_id, id, 1, 'EUR', $2, 'x', owner_id from orders where tenant_id = $1 and owner_id = $3 limit 1 returning id", [tenant, SECRET, user]);
                await add("question", "insert into golden_questions (tenant_id, question) values ($1, $2) returning id", [tenant, SECRET]);
                await add("evaluation", "insert into evaluations (tenant_id, ranking, scores, misses) values ($1, 'hybrid', '{}', jsonb_build_array($2::text)) returning id", [tenant, SECRET]);
                await add(undefined, "insert into notification_targets (tenant_id, url, secret) values ($1, $2, $3)", [tenant, `https://example.test/${SECRET}`, SECRET]);
                await add("notification", "insert into notifications (tenant_id, payload, next_at) values ($1, to_jsonb($2::text), now() + interval '1 day') returning id", [tenant, SECRET]);
                await add(undefined, "insert into webhook_sources (source, tenant_id, user_id, secret) values ('first-shop', $1, $2, $3)", [tenant, user, SECRET]);
                await add(undefined, "insert into webhook_events (source, event_id, tenant_id) values ('first-shop', $2, $1)", [tenant, SECRET]);
                await add(undefined, "insert into model_usage (tenant_id, model) values ($1, $2)", [tenant, SECRET]);
                await add("invitation", "insert into invitations (tenant_id, email, role, hash, expires_at) values ($1, $2, 'user', 'x', now() + interval '1 day') returning id", [tenant, `${SECRET}@example.test`]);
                await add(undefined, "insert into password_resets (hash, tenant_id, user_id, expires_at) values ('x', $1, $2, now() + interval '1 day')", [tenant, user]);
                await add(undefined, "insert into identities (provider, subject, tenant_id, user_id) values ('x', $2, $1, $3)", [tenant, SECRET, user]);
                await add(undefined, "insert into scim_tokens (tenant_id, hash) values ($1, 'x')", [tenant]);
                await add(undefined, "insert into mcp_tool_pins (tenant_id, server, tool, hash, definition) values ($1, 'x', $2, '${HASH}', '{}')".replace("${HASH}", HASH), [tenant, SECRET]);
            }),
        );
        await database.asSystem((tx) => tx.query("insert into audit_logs (tenant_id, actor, action, subject) values ($1, 'a', 'test.deed', $2)", [tenant, SECRET]));
    }

    /** A body that fits the schema; whatever is named an id gets one of the first tenant. */
    function sample(schema: Schema, name = ""): unknown {
        if (schema.$ref !== undefined) return sample(schemas[schema.$ref.split("/").at(-1)!]!, name);
        if (schema.enum !== undefined) return schema.enum[0];
        if (schema.anyOf !== undefined) return sample(schema.anyOf[0]!, name);
        if (schema.properties !== undefined) return Object.fromEntries(Object.entries(schema.properties).map(([each, member]) => [each, sample(member, each)]));
        const type = [schema.type].flat()[0];
        if (type === "array") return [sample(schema.items ?? {}, name.replace(/s$/, ""))];
        if (type === "boolean") return true;
        if (type === "integer" || type === "number") return schema.minimum ?? 1;
        if (type !== "string") return {};
        if (name === "hash") return HASH;
        if (/email|userName/i.test(name)) return `${randomUUID()}@elsewhere.test`;
        if (/url/i.test(name)) return "https://example.com/hook";
        if (/expires|at$/i.test(name)) return "2099-01-01T00:00:00Z";
        return (name.endsWith("Id") ? ids[name.slice(0, -2)] : undefined) ?? "a text that is long enough";
    }

    /** Every address that a route has for the first tenant's things. */
    const addresses = ({ path }: Route): string[] => (path.includes("{") ? [...Object.values(ids), "first-shop"].map((id) => path.replace(/\{\w+\}/g, id)) : [path]);

    async function ask(route: Route, address: string, token?: string): Promise<{ status: number; text: string; sent: string }> {
        const schema = Object.values(route.operation.requestBody?.content ?? {})[0]?.schema;
        const body = schema === undefined ? undefined : JSON.stringify(sample(schema));
        const aborted = new AbortController();
        const response = await app.request(address, { method: route.method, headers: json(token), body, signal: aborted.signal });
        if (response.headers.get("content-type")?.startsWith("text/event-stream") !== true) return { status: response.status, text: await response.text(), sent: address + (body ?? "") };
        // A stream may have no end: what it says at first is what was there.
        const reader = response.body!.getReader();
        let text = "";
        const deadline = sleep(150).then(() => undefined);
        for (let part; (part = await Promise.race([reader.read(), deadline])) !== undefined && !part.done; ) text += Buffer.from(part.value).toString();
        await reader.cancel().catch(() => undefined);
        aborted.abort();
        return { status: response.status, text, sent: address + (body ?? "") };
    }

    /** Of the first tenant, and not said by who asked. */
    function requireNothingTold(what: string, { text, sent }: { text: string; sent: string }): void {
        for (const known of [SECRET, people.user.email, people.admin.email, ...Object.values(ids)]) assert(sent.includes(known) || !text.includes(known), `${what} tells ${known}: ${text.slice(0, 400)}`);
    }

    /** Everything that the first tenant has, for a comparison. */
    async function everything(): Promise<string> {
        const { tenantId } = opened.user;
        const tables = await tenantTables();
        const parts = await opened.asOwner((owner) =>
            owner.transaction(async (tx) => {
                await scopeTransaction(tx, "system");
                const found: string[] = [];
                for (const table of tables) found.push(`${table} ${(await tx.query<{ all: string }>(`select coalesce(string_agg(t::text, ' ' order by t::text), '') as all from ${table} t where tenant_id = $1`, [tenantId]))[0]!.all}`);
                return found;
            }),
        );
        return parts.join("\n");
    }
    const tenantTables = async () =>
        (await opened.asOwner((owner) => owner.query<{ name: string }>("select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1"))).map(({ name }) => name);

    it("is tried on every route that is described, and every route is", () => {
        const described = Object.keys((describedApp().getOpenAPI31Document({ openapi: "3.1.0", info: { title: "", version: "" } }) as { paths?: object }).paths ?? {}).sort();
        assert.deepEqual([...new Set(routes.map(({ path }) => path))].sort(), described);
        assert(routes.length > 60);
        for (const known of PUBLIC.keys()) assert(routes.some(({ method, path }) => `${method} ${path}` === known), `${known} is gone`);
    });

    it("is not signed in: gets in nowhere", async () => {
        const before = await everything();
        for (const route of routes) {
            const name = `${route.method} ${route.path}`;
            const answer = await ask(route, addresses(route)[0]!);
            if (!PUBLIC.has(name)) assert.equal(answer.status, 401, name);
            assert(answer.status < 500, `${name} fails: ${answer.text}`);
            requireNothingTold(name, answer);
        }
        assert.equal(await everything(), before);
    });

    it("is another tenant's administrator: sees nothing and changes nothing, by whatever id", async () => {
        const before = await everything();
        for (const route of routes) {
            for (const address of addresses(route)) {
                const name = `${route.method} ${address}`;
                const answer = await ask(route, address, route.path.startsWith("/api/scim/") ? tokens.directory : tokens.stranger);
                requireNothingTold(name, answer);
                if (route.method === "GET" && route.path.includes("{") && !PUBLIC.has(`GET ${route.path}`)) assert(answer.status >= 400 && answer.status < 500, `${name} answers ${answer.status}`);
                assert(answer.status < 500, `${name} fails: ${answer.text}`);
            }
            // Some of these sign the stranger out, or erase them.
            if (/^\/api\/(logout|account|sessions)/.test(route.path)) tokens.stranger = await signIn(stranger.email, stranger.password);
        }
        assert.equal(await everything(), before);
    });

    it("has no role for it: administers nothing", async () => {
        for (const route of routes.filter(({ path }) => path.startsWith("/api/admin/"))) {
            const approvals = /\/(approvals|approve)\b/.test(route.path);
            for (const who of approvals ? ["user"] : ["user", "approver"]) {
                const { status, text } = await ask(route, addresses(route)[0]!, tokens[who]);
                assert.deepEqual([status, text.includes('"FORBIDDEN"')], [403, true], `${who} ${route.method} ${route.path}`);
            }
        }
    });

    it("has a key for reading documents: does nothing else with it", async () => {
        for (const route of routes.filter(({ method, path }) => !PUBLIC.has(`${method} ${path}`))) {
            const reading = route.path === "/search" || (route.path.startsWith("/api/v2/") && route.method === "GET") || route.path === "/api/me";
            const { status } = await ask(route, addresses(route)[0]!, tokens.key);
            if (!reading) assert(status === 403 || status === 401, `${route.method} ${route.path} answers ${status}`);
        }
    });

    it("is a colleague: sees no conversation, session or key of another", async () => {
        for (const route of routes.filter(({ path }) => /^\/api\/(threads|chat|sessions|keys|orders|account\/export)/.test(path))) {
            for (const address of addresses(route)) {
                const answer = await ask(route, address, tokens.approver);
                assert(answer.sent.includes(SECRET) || !answer.text.includes(SECRET), `${route.method} ${address}: ${answer.text.slice(0, 300)}`);
            }
        }
    });

    it("is another tenant in the database itself: finds, changes and removes no row of any table", async () => {
        const { database, user } = opened;
        const tables = await tenantTables();
        const empty: string[] = [];
        for (const table of tables) {
            const [own] = await opened.asOwner((owner) => owner.transaction(async (tx) => (await scopeTransaction(tx, "system"), tx.query<{ n: number }>(`select count(*)::int as n from ${table} where tenant_id = $1`, [user.tenantId]))));
            if (own!.n === 0) empty.push(table);
            for (const sql of [`select 1 from ${table} where tenant_id = $1`, `update ${table} set tenant_id = tenant_id where tenant_id = $1 returning 1`, `delete from ${table} where tenant_id = $1 returning 1`]) {
                const rows = await database.asPrincipal(opened.stranger, (tx) => tx.query(sql, [user.tenantId])).catch((error: unknown) => {
                    assert.match(String(error), /permission denied/, sql);
                    return [];
                });
                assert.deepEqual(rows, [], sql);
            }
        }
        assert.deepEqual(empty, [], "tables that were not tried with rows");
    });
});
