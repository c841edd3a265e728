import assert from "node:assert/strict";
import { verifyAudit } from "../audit/verify.js";
import { embeddedDatabase, type TestDatabase } from "../testing/databases.js";
import { letGo, retentionSchema, retentionVariable } from "./retention.js";

describe("retention", function () {
    this.timeout(60_000);
    let opened: TestDatabase;
    before(async () => void (opened = await embeddedDatabase()));
    after(() => opened.close());

    it("lets go of what is past its time, by kind, and leaves the rest and a record", async () => {
        const { database, user } = opened;
        const { tenantId: tenant, userId } = user;
        const add = (sql: string, ...values: unknown[]) => database.asPrincipal(user, (tx) => tx.query<{ id: string }>(sql, [tenant, userId, ...values]));
        for (const days of [5, 50, 500]) {
            const old = `${days} days`;
            const [thread] = await add("insert into threads (tenant_id, user_id, title, updated_at) values ($1, $2, 'x', now() - $3::interval) returning id", old);
            const [question] = await add("insert into messages (tenant_id, thread_id, ordinal, version, role, text) select $1, $3, 1, 1, 'user', $2::text returning id", thread!.id);
            // One old conversation still waits for something.
            if (days === 500) await add("insert into turns (tenant_id, user_id, thread_id, message_id, answer_id, state, request_id) values ($1, $2, $3, $4, $4, 'waiting', 'x')", thread!.id, question!.id);
            await add("insert into documents (tenant_id, uploaded_by, filename, media_type, bytes, sha256, created_at) values ($1, $2, 'x', 'text/plain', 1, $3, now() - $3::text::interval)", old);
            await add("insert into sessions (id, tenant_id, user_id, created_at, expires_at) values (gen_random_uuid(), $1, $2, now() - $3::interval, now() - $3::interval)", old);
            await add("insert into evaluations (tenant_id, ranking, scores, misses, created_at) select $1, 'x', '{}', '[]', now() - $3::interval where $2::uuid is not null", old);
        }
        const count = async () => (await database.asPrincipal(user, (tx) => tx.query<Record<string, number>>("select (select count(*)::int from threads) as threads, (select count(*)::int from documents) as documents, (select count(*)::int from sessions) as sessions, (select count(*)::int from evaluations) as evaluations")))[0];
        assert.deepEqual(await letGo(database, retentionSchema.parse({})), { sessions: 2 });
        assert.deepEqual(await count(), { threads: 3, documents: 3, sessions: 1, evaluations: 3 }, "nothing else was asked for");
        assert.deepEqual(await letGo(database, retentionSchema.parse({ conversations: 30, documents: 100 })), { conversations: 1, documents: 1 });
        assert.deepEqual(await count(), { threads: 2, documents: 2, sessions: 1, evaluations: 3 });
        assert.deepEqual(await letGo(database, retentionSchema.parse({ evaluations: 1, audit: 400 })), { evaluations: 3 });
        const entries = await database.asPrincipal(user, (tx) => tx.query<{ detail: object }>("select detail from audit_logs where action = 'retention.sweep' order by id"));
        assert.deepEqual(entries.map(({ detail }) => detail), [{ sessions: 2 }, { documents: 1, conversations: 1 }, { evaluations: 3 }]);
        assert((await verifyAudit((work) => database.asSystem(work), tenant)).ok);
    });

    it("says what is wrong with its configuration", () => {
        const wrong = (text: string) => retentionVariable.safeParse(text).error!.issues.map(({ message }) => message).join(" ");
        assert.match(wrong("x"), /no JSON/);
        assert.match(wrong('{"audit": 30}'), /for a year/);
        assert.match(wrong('{"letters": 3}'), /letters/);
    });
});
