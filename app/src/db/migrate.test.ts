import assert from "node:assert/strict";
import { embeddedDatabase, onEveryDatabase, ownServer, people, realDatabase, type TestDatabase } from "../testing/databases.js";
import { prepareDatabase } from "../roles/migrate.js";
import { migrate, MigrationError, ownMigrations, requireSchema } from "./migrate.js";
import { openPostgres, withOwner } from "./postgres.js";

onEveryDatabase("migrations", (get) => {
    it("bring an empty database to this version, and change nothing the second time", async () => {
        await requireSchema(get().database);
        assert.deepEqual(await get().asOwner((owner) => prepareDatabase(owner, people)), []);
    });

    it("undo one that fails, and say which", async () => {
        const broken = { version: 9000, name: "9000_broken.sql", sql: "create table half_done (id int); select 1/0;", checksum: "x" };
        await assert.rejects(get().asOwner((owner) => migrate(owner, undefined, [...ownMigrations(), broken])), (error: unknown) => {
            assert(error instanceof MigrationError);
            assert.match(error.message, /9000_broken\.sql failed and was undone: division by zero/);
            return true;
        });
        const left = await get().asOwner((owner) => owner.query("select 1 from pg_tables where tablename = 'half_done'"));
        assert.deepEqual(left, []);
    });

    it("refuse a file that was changed after it had been applied", async () => {
        const changed = ownMigrations().map((migration, i) => (i === 0 ? { ...migration, checksum: "other" } : migration));
        await assert.rejects(get().asOwner((owner) => migrate(owner, undefined, changed)), /0001_core\.sql was changed/);
    });

    it("are asked for by a newer application", async () => {
        await assert.rejects(requireSchema(get().database, [{ version: 9999 }]), /needs 9999/);
    });
});

describe("migrations on a server", function () {
    this.timeout(180_000);
    let opened: TestDatabase | undefined;
    before(async function () {
        opened = await ownServer();
        if (opened === undefined) this.skip();
    });
    after(() => opened?.close());

    it("are applied once when several run at the same time", async () => {
        const next = { version: 5000, name: "5000_once.sql", sql: "create table applied_once (id int); select pg_sleep(0.3);", checksum: "y" };
        const runs = await Promise.all(Array.from({ length: 4 }, () => opened!.asOwner((owner) => migrate(owner, undefined, [...ownMigrations(), next]))));
        assert.deepEqual(runs.flat(), ["5000_once.sql"]);
    });

    it("follow a changed password of the application and of people, and sign those people out", async () => {
        const url = new URL(opened!.urls!.app);
        url.password = "another-password-of-the-app";
        await withOwner(opened!.urls!.owner, (owner) => prepareDatabase(owner, { ...people, user: { ...people.user, password: "a-new-password-1" } }, url.password));
        const database = openPostgres({ url: url.href, applicationName: "test" });
        assert.deepEqual(await database.query("select current_user::text as name, (select rolbypassrls or rolsuper from pg_roles where rolname = current_user) as mighty"), [{ name: "agent_platform_app", mighty: false }]);
        await database.close();
        const refused = openPostgres({ url: opened!.urls!.app, applicationName: "test" });
        await assert.rejects(refused.query("select 1"), { code: "28P01" });
        await refused.close();
    });
});

describe("both databases", function () {
    this.timeout(180_000);
    it("give and take values alike", async function () {
        const [embedded, real] = [await embeddedDatabase(), await realDatabase()];
        const ask = (opened: NonNullable<typeof real>) =>
            opened.database.query(
                "select 9007199254740991::bigint as big, $1::jsonb as json, $2::text[] as texts, $3::uuid as id, $4::timestamptz as at, $5::bytea as bytes, $6::int as nothing, $7::float8 as fraction, $8::boolean as yes",
                [JSON.stringify({ a: ["b", null] }), ["x", 'y"z', "a,b"], "00000000-0000-4000-8000-000000000001", new Date(86_400_000), Buffer.from([0, 1, 255]), null, 0.1, true],
            );
        const [row] = await ask(embedded);
        try {
            assert.deepEqual({ ...row, bytes: [...(row!.bytes as Uint8Array)] }, { big: 9007199254740991, json: { a: ["b", null] }, texts: ["x", 'y"z', "a,b"], id: "00000000-0000-4000-8000-000000000001", at: new Date(86_400_000), bytes: [0, 1, 255], nothing: null, fraction: 0.1, yes: true });
            if (real === undefined) this.skip();
            const [other] = await ask(real);
            assert.deepEqual({ ...other, bytes: [...(other!.bytes as Uint8Array)] }, { ...row, bytes: [0, 1, 255] });
        } finally {
            await embedded.close();
            await real?.close();
        }
    });
});
