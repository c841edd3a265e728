import assert from "node:assert/strict";
import { onEveryDatabase, type TestDatabase } from "../testing/databases.js";
import type { Queryable } from "./database.js";

/** Tables that hold no tenant's data, each with the reason. */
const SHARED = new Map([
    ["schema_migrations", "the schema's version"],
    ["embedding_model", "which model made the vectors of all tenants"],
    ["login_attempts", "counts by account and address, before anyone is signed in"],
]);

async function fill(get: TestDatabase): Promise<void> {
    for (const principal of [get.user, get.stranger]) {
        await get.database.asPrincipal(principal, async (tx) => {
            const [document] = await tx.query<{ id: string }>("insert into documents (tenant_id, uploaded_by, filename, media_type, bytes, sha256) values ($1, $2, 'a', 'text/plain', 1, 'x') returning id", [principal.tenantId, principal.userId]);
            await tx.query("insert into document_blobs (document_id, ordinal, tenant_id, bytes) values ($1, 0, $2, 'x')", [document!.id, principal.tenantId]);
            await tx.query("insert into passages (tenant_id, document_id, ordinal, text, words, embedding) values ($1, $2, 0, 'x', 1, array_fill(0.1::real, array[384])::vector)", [principal.tenantId, document!.id]);
            await tx.query("insert into passage_words values ($1, 'x', $2, 0, '{0}', '{1}', '{1}')", [principal.tenantId, document!.id]);
            const [job] = await tx.query<{ id: string }>("insert into jobs (tenant_id, document_id, user_id) values ($1, $2, $3) returning id", [principal.tenantId, document!.id, principal.userId]);
            await tx.query("insert into job_events (job_id, seq, tenant_id, data) values ($1, 1, $2, '{}')", [job!.id, principal.tenantId]);
            await tx.query("insert into sessions (id, tenant_id, user_id, expires_at) values (gen_random_uuid(), $1, $2, now())", [principal.tenantId, principal.userId]);
            await tx.query("insert into audit_logs (tenant_id, actor, action, subject) values ($1, 'a', 'b', 'c')", [principal.tenantId]);
        });
    }
}

onEveryDatabase("row-level security", (get) => {
    let tables: { name: string; enabled: boolean; forced: boolean; tenant: boolean }[];
    before(async () => {
        await fill(get());
        tables = await get().asOwner((owner) =>
            owner.query(
                `select c.relname as name, relrowsecurity as enabled, relforcerowsecurity as forced,
                     exists (select 1 from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id') as tenant
                 from pg_class c where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by 1`,
            ),
        );
    });

    it("is on and forced on every table but the shared ones", () => {
        assert(tables.length > 10);
        for (const table of tables) {
            if (SHARED.has(table.name)) continue;
            assert(table.enabled && table.forced, `${table.name} is open to every tenant`);
            assert(table.tenant || table.name === "tenants", `${table.name} has no tenant_id`);
        }
    });

    const rowsOf = async (tx: Queryable, table: string) => (await tx.query<{ tenant: string }>(`select ${table === "tenants" ? "id" : "tenant_id"}::text as tenant from ${table}`)).map((row) => row.tenant);
    const readable = async (table: string) =>
        (await get().asOwner((owner) => owner.query<{ may: boolean }>("select has_table_privilege('agent_platform_app', $1, 'select') as may", [table])))[0]!.may;

    it("shows nobody anything outside a principal's transaction", async () => {
        for (const { name } of tables.filter((table) => !SHARED.has(table.name))) {
            if (await readable(name)) assert.deepEqual(await rowsOf(get().database, name), [], name);
        }
    });

    it("shows a principal the own tenant and no other, in every table", async () => {
        const filled = new Set<string>();
        for (const principal of [get().user, get().stranger]) {
            for (const { name } of tables.filter((table) => !SHARED.has(table.name))) {
                if (!(await readable(name))) continue;
                const tenants = await get().database.asPrincipal(principal, (tx) => rowsOf(tx, name));
                if (tenants.length > 0) filled.add(name);
                for (const tenant of tenants) assert.equal(tenant, principal.tenantId, name);
            }
        }
        for (const name of ["tenants", "users", "sessions", "audit_logs", "documents", "document_blobs", "passages", "passage_words", "jobs", "job_events"]) assert(filled.has(name), `${name} was not tried with rows`);
    });

    it("lets nobody write into, change or take from another tenant", async () => {
        const { database, user, stranger } = get();
        await assert.rejects(
            database.asPrincipal(user, (tx) => tx.query("insert into documents (tenant_id, uploaded_by, filename, media_type, bytes, sha256) values ($1, $2, 'a', 'b', 1, 'y')", [stranger.tenantId, stranger.userId])),
            /row-level security/,
        );
        await assert.rejects(database.asPrincipal(user, (tx) => tx.query("update documents set tenant_id = $1", [stranger.tenantId])), /row-level security/);
        const changed = await database.asPrincipal(user, (tx) => tx.query("update documents set filename = 'mine' where tenant_id = $1 returning id", [stranger.tenantId]));
        assert.deepEqual(changed, []);
        assert.deepEqual(await database.asPrincipal(user, (tx) => tx.query("delete from documents where tenant_id = $1 returning id", [stranger.tenantId])), []);
    });

    it("does not let the scope outlive its transaction", async () => {
        const { database, user } = get();
        await database.asPrincipal(user, (tx) => tx.query("select 1"));
        assert.deepEqual(await Promise.all(Array.from({ length: 20 }, () => database.query("select id from documents"))), Array.from({ length: 20 }, () => []));
        await assert.rejects(database.asPrincipal(user, () => Promise.reject(new Error("undone"))), /undone/);
        assert.deepEqual(await database.query("select id from documents"), []);
    });

    it("keeps the application from rewriting the audit log, the schema and the people", async () => {
        // The embedded database has one session, its owner's: becoming the owner again cannot be refused there.
        const { database, user, urls } = get();
        for (const statement of ["update audit_logs set actor = 'x'", "delete from audit_logs", "truncate audit_logs", "insert into users values (default)", "update users set role = 'admin'", "delete from schema_migrations", "create table mine (id int)", "alter table documents disable row level security", ...(urls === undefined ? [] : ["set role agents_user"])]) {
            await assert.rejects(database.asPrincipal(user, (tx) => tx.query(statement)), /permission denied|must be owner/, statement);
        }
    });
});
