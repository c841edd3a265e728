import assert from "node:assert/strict";
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { ensureImage } from "../../toolchain/images";
import { freePort } from "../../toolchain/core/port";
import { canRunContainers, eventually, runImage, unpackImage, type Running, type UnpackedImage } from "../support/container";

const uid = 999;

describe("the postgres image, run as the cluster runs it", function () {
    this.timeout(300_000);
    let image: UnpackedImage;
    let folder: string;
    let volume: string;
    let port: number;
    const started: Running[] = [];

    before(async function () {
        this.timeout(900_000);
        if (!(await canRunContainers())) return this.skip();
        image = await unpackImage(await ensureImage("postgres", () => undefined));
    });
    after(() => image?.remove());
    beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), "agent-platform-volume-"));
        // As a volume looks with fsGroup: root's, with the group of the pod, and the group bit set.
        volume = join(folder, "volume");
        mkdirSync(volume);
        chownSync(volume, 0, uid);
        chmodSync(volume, 0o2775);
        writeFileSync(join(folder, "password"), "correct horse\n");
        chmodSync(join(folder, "password"), 0o444);
        port = await freePort();
    });
    afterEach(async () => {
        for (const container of started.splice(0)) await container.remove();
        rmSync(folder, { recursive: true, force: true });
    });

    const start = (env: Record<string, string> = {}) => {
        const container = runImage(image, {
            env: { POSTGRES_USER: "agents_user", POSTGRES_DB: "agents_db", POSTGRES_PASSWORD_FILE: "/secret", ...env },
            args: ["-p", String(port)],
            mounts: [{ from: volume, to: "/var/lib/postgresql/data" }, { from: join(folder, "password"), to: "/secret" }],
        });
        started.push(container);
        return container;
    };
    /** Runs statements on a connection of their own; the rows of the last one. */
    const ask = async (statements: readonly string[], password = "correct horse"): Promise<Record<string, unknown>[]> => {
        const client = new Client({ host: "127.0.0.1", port, user: "agents_user", password, database: "agents_db" });
        await client.connect();
        try {
            let rows: Record<string, unknown>[] = [];
            for (const statement of statements) ({ rows } = await client.query(statement));
            return rows;
        } finally {
            await client.end();
        }
    };
    const answers = (container: Running) => eventually(async () => (await ask(["select 1"])).length, () => container.output());

    it("makes the database with vector, UTF-8, C collation and scram, and keeps rows over a fast restart", async () => {
        const first = start();
        await answers(first);
        const [settings] = await ask(["create extension vector", "create table kept as select '[1,2,3]'::vector(3) as v", `select pg_encoding_to_char(encoding) as encoding, datcollate as collation, current_setting('password_encryption') as scheme, current_setting('data_checksums') as checksums,
            (select rolpassword like 'SCRAM-SHA-256%' from pg_authid where rolname = 'agents_user') as hashed from pg_database where datname = 'agents_db'`]);
        assert.deepEqual(settings, { encoding: "UTF8", collation: "C", scheme: "scram-sha-256", checksums: "on", hashed: true });
        await first.signal("INT");
        assert.equal(await first.ended, 0);
        assert.match(first.output(), /database system is shut down/);

        // What a volume looks like after a remount that applied the group to everything.
        chmodSync(join(volume, "pgdata"), 0o2770);
        const second = start();
        await answers(second);
        assert.deepEqual(await ask(["select v::text as v from kept"]), [{ v: "[1,2,3]" }]);
        assert.doesNotMatch(second.output(), /automatic recovery/);
        assert.ok(!second.output().includes("correct horse"));
    });

    it("refuses a wrong password, also on the machine itself", async () => {
        await answers(start());
        await assert.rejects(ask(["select 1"], "wrong"), /password authentication failed/);
    });

    it("is not harmed by being killed at any moment of the first start", async () => {
        for (const delay of [150, 400, 800]) {
            const victim = start();
            await new Promise((resolve) => setTimeout(resolve, delay));
            await victim.remove();
            started.pop();
            const left = readdirSync(volume);
            // Either nothing stands under the final name or all of it does.
            if (left.includes("pgdata")) assert.ok(existsSync(join(volume, "pgdata", "postgresql.conf")));
        }
        await answers(start());
        assert.deepEqual(readdirSync(volume), ["pgdata"]);
        assert.equal(statSync(join(volume, "pgdata")).uid, uid);
    });

    it("refuses to start without a password, and touches nothing", async () => {
        writeFileSync(join(folder, "password"), "");
        const container = start();
        assert.equal(await container.ended, 64);
        assert.match(container.output(), /must give a password that is not empty/);
        assert.deepEqual(readdirSync(volume), []);
    });

    it("refuses a folder that holds something else", async () => {
        mkdirSync(join(volume, "pgdata"));
        writeFileSync(join(volume, "pgdata", "important"), "x");
        chownSync(join(volume, "pgdata"), uid, uid);
        const container = start();
        assert.equal(await container.ended, 64);
        assert.match(container.output(), /refusing to touch it/);
        assert.deepEqual(readdirSync(join(volume, "pgdata")), ["important"]);
    });

    it("refuses a name that could carry SQL", async () => {
        const container = start({ POSTGRES_DB: 'x"; drop database postgres; --' });
        assert.equal(await container.ended, 64);
        assert.match(container.output(), /not a plain lower-case name/);
    });
});
