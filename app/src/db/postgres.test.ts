import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import type { Database } from "./database.js";
import { ownServer, type TestDatabase } from "../testing/databases.js";

/** Longer than any of it takes, shorter than the test may. */
const FOR_EVER_MS = 15_000;

describe("a database whose connections are cut", function () {
    this.timeout(120_000);
    let opened: TestDatabase;
    let database: Database;
    before(async function () {
        const real = await ownServer();
        if (real === undefined) this.skip();
        opened = real;
        ({ database } = opened);
        await opened.asOwner((owner) => owner.query("create table pairs (id int, half int)"));
        await opened.asOwner((owner) => owner.query("grant select, insert on pairs to agent_platform_app"));
    });
    after(() => opened?.close());

    const cut = () => opened.asOwner((owner) => owner.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'agent_platform_app'"));
    const insert = (id: number, half: number): [string, number[]] => ["insert into pairs (id, half) values ($1, $2)", [id, half]];
    const answered = <T>(asked: Promise<T>) => Promise.race([asked, pause(FOR_EVER_MS, undefined, { ref: false }).then(() => assert.fail("no answer"))]);

    it("answers or fails every statement, whenever it happens, and does transactions whole or not at all", async () => {
        let ended = false;
        let next = 0;
        const told = new Map<number, "done" | "failed">();
        const caller = async (): Promise<void> => {
            while (!ended) {
                const id = next++;
                const work = database.asPrincipal(opened.user, async (tx) => {
                    await tx.query(...insert(id, 1));
                    if (id % 3 === 0) await pause(id % 5);
                    await tx.query(...insert(id, 2));
                });
                told.set(id, await answered(work.then(() => "done" as const, () => "failed" as const)));
                await answered(database.query("select 1").catch(() => undefined));
            }
        };
        const callers = Array.from({ length: 4 }, caller);
        for (const end = Date.now() + 4_000; Date.now() < end; await pause(Math.random() * 40)) await cut();
        ended = true;
        await Promise.all(callers);

        const outcomes = [...told.values()];
        assert(outcomes.includes("done") && outcomes.includes("failed"), "nothing was cut, or everything");
        const halves = new Map((await opened.asOwner((owner) => owner.query<{ id: number; halves: number }>("select id, count(*) as halves from pairs group by id"))).map(({ id, halves }) => [id, halves]));
        for (const [id, outcome] of told) {
            if (outcome === "done") assert.equal(halves.get(id), 2, `${id} was done`);
            // The connection may be lost while the answer to the commit is on its way.
            else assert([undefined, 2].includes(halves.get(id)), `half of ${id}, which failed`);
        }
    });

    it("runs nothing more of a transaction that has lost its connection, on no other either", async () => {
        await assert.rejects(
            database.transaction(async (tx) => {
                await tx.query(...insert(-1, 1));
                await cut();
                // Others make the pool open new connections.
                await pause(50);
                await Promise.allSettled(Array.from({ length: 12 }, () => database.query("select 1")));
                await tx.query(...insert(-1, 2)).catch(() => undefined);
                await pause(50);
                await tx.query(...insert(-1, 3)).catch(() => undefined);
            }),
        );
        assert.deepEqual(await database.query("select half from pairs where id = -1"), []);
        assert.deepEqual(await database.query("select 1 as one"), [{ one: 1 }]);
    });

    it("takes a transaction back in which a statement failed, also when its failure was caught", async () => {
        await assert.rejects(
            database.transaction(async (tx) => {
                await tx.query(...insert(-2, 1));
                await tx.query("select 1 / 0").catch(() => undefined);
            }),
            /division by zero/,
        );
        assert.deepEqual(await database.query("select half from pairs where id = -2"), []);
    });

    it("refuses what a transaction asks for after its end", async () => {
        let late: () => Promise<unknown> = () => Promise.reject(new Error("never began"));
        await database.transaction(async (tx) => void (late = () => tx.query(...insert(-3, 1))));
        await assert.rejects(late(), /has ended/);
        assert.deepEqual(await database.query("select half from pairs where id = -3"), []);
    });

    it("goes on telling who listens", async () => {
        const heard: string[] = [];
        const stop = await database.listen("told", (payload) => heard.push(payload));
        const stopOther = await database.listen("others", () => undefined);
        const hears = async (word: string): Promise<void> => {
            for (const end = Date.now() + FOR_EVER_MS; !heard.includes(word); await pause(50)) {
                assert(Date.now() < end, `${word} was not heard`);
                await database.query("select pg_notify('told', $1)", [word]).catch(() => undefined);
            }
        };
        await hears("before");
        await cut();
        await hears("after");
        await stop();
        await stopOther();
        heard.length = 0;
        await database.query("select pg_notify('told', 'to nobody')");
        await pause(100);
        assert.deepEqual(heard, []);
    });

    it("gives and takes the values of every type that the tables use", async () => {
        const at = new Date("2026-11-21T18:00:00.123Z");
        const given = { big: 2 ** 40, bigs: [2 ** 40, null, 3], words: ['a "quoted", one', "b\\c", ""], json: { a: [1, null, "x"] }, at, bytes: Buffer.from([0, 255, 92]), real: 0.25, none: null, yes: true };
        const [row] = await database.query(
            "select $1::bigint as big, $2::bigint[] as bigs, $3::text[] as words, $4::jsonb as json, $5::timestamptz as at, $6::bytea as bytes, $7::real as real, $8::text as none, $9::boolean as yes",
            [given.big, given.bigs, given.words, JSON.stringify(given.json), given.at, given.bytes, given.real, given.none, given.yes],
        );
        assert.deepEqual(row, given);
    });
});
