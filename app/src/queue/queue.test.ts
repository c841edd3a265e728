import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { TestBroker } from "../../../tests/support/brokers.js";
import type { Principal } from "../db/database.js";
import { onEveryDatabase, realDatabase, type TestDatabase } from "../testing/databases.js";
import { createBrokerQueue } from "./broker.js";
import { eventsOfJob } from "./events.js";
import { readJob } from "./jobs.js";
import { createPostgresQueue, type PostgresQueueOptions } from "./postgres.js";
import { LeaseLost, type Claim, type EnqueueOptions, type Queue } from "./queue.js";

type Open = (database: TestDatabase["database"], options: PostgresQueueOptions) => Promise<Queue>;

/** What every driver has to do alike. */
function conforms(get: () => TestDatabase, open: Open): void {
    const opened: Queue[] = [];
    const known = new Map<string, Queue>();
    /** Another worker's view of the queue. */
    const another = async (options: PostgresQueueOptions = {}) => {
        const made = await open(get().database, { backoffMs: 1, ...options });
        opened.push(made);
        return made;
    };
    const queue = async (options: PostgresQueueOptions = {}) => {
        const key = JSON.stringify(options);
        if (!known.has(key)) known.set(key, await another(options));
        return known.get(key)!;
    };
    const add = (principal: Principal, { bytes = 1, ...options }: EnqueueOptions & { bytes?: number } = {}) =>
        get().database.asPrincipal(principal, async (tx) => {
            const [document] = await tx.query<{ id: string }>("insert into documents (tenant_id, uploaded_by, filename, media_type, bytes, sha256) values ($1, $2, 'a.txt', 'text/plain', $4, $3) returning id", [principal.tenantId, principal.userId, randomUUID(), bytes]);
            return (await queue()).enqueue(tx, principal, document!.id, options);
        });
    after(() => Promise.all(opened.map((each) => each.close())));
    const job = (id: string) => get().database.asPrincipal(get().user, (tx) => readJob(tx, id));
    const nothing = async () => undefined;
    const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    afterEach(async () => {
        await get().asOwner((owner) => owner.query("delete from documents"));
    });

    it("gives every job to exactly one of many workers", async () => {
        const added = await Promise.all(Array.from({ length: 20 }, () => add(get().user)));
        const claims: Claim[] = [];
        await Promise.all(
            Array.from({ length: 6 }, async () => {
                const worker = await another();
                for (let claim: Claim | undefined; (claim = await worker.claim()) !== undefined; ) claims.push(claim);
            }),
        );
        // A claim that meets only rows which others hold finds nothing; nothing is lost by it.
        for (let claim: Claim | undefined; (claim = await (await queue()).claim()) !== undefined; ) claims.push(claim);
        assert.deepEqual(claims.map(({ jobId }) => jobId).sort(), added.sort());
    });

    it("does not exist unless the transaction that added it commits", async () => {
        await assert.rejects(
            get().database.asPrincipal(get().user, async (tx) => {
                const [document] = await tx.query<{ id: string }>("insert into documents (tenant_id, uploaded_by, filename, media_type, bytes, sha256) values ($1, $2, 'a', 'b', 1, 'z') returning id", [get().user.tenantId, get().user.userId]);
                await (await queue()).enqueue(tx, get().user, document!.id);
                throw new Error("undone");
            }),
        );
        assert.equal(await (await queue()).claim(), undefined);
    });

    it("takes a job from a worker that went silent, and lets that one write no more", async () => {
        const id = await add(get().user);
        const silent = (await (await queue({ leaseMs: 50 })).claim())!;
        await pause(80);
        const successor = (await (await queue()).claim())!;
        assert.equal(successor.jobId, id);
        assert.equal(successor.attempt, 2);
        assert.equal(await (await queue()).heartbeat(silent), "lost");
        let stored = false;
        const store = async () => void (stored = true);
        await assert.rejects((await queue()).progress(silent, { embedded: 8 }, store), LeaseLost);
        await assert.rejects((await queue()).complete(silent, {}, store), LeaseLost);
        assert.equal(stored, false);
        await (await queue()).complete(successor, { embedded: 3 });
        assert.equal((await job(id))!.state, "done");
    });

    it("keeps a job with a worker that keeps answering", async () => {
        await add(get().user);
        const claim = (await (await queue({ leaseMs: 400 })).claim())!;
        const answers: string[] = [];
        const heart = setInterval(async () => answers.push(await (await queue({ leaseMs: 400 })).heartbeat(claim)), 100);
        await pause(600);
        assert.equal(await (await queue()).claim(), undefined);
        clearInterval(heart);
        assert(answers.length >= 4);
        assert.deepEqual([...new Set(answers)], ["go on"]);
    });

    it("tries again after failures that may pass, then gives up with the reason", async () => {
        const id = await add(get().user);
        let givenUp = 0;
        for (let attempt = 1; attempt <= 5; attempt++) {
            let claim: Claim | undefined;
            while ((claim = await (await queue()).claim()) === undefined) await pause(5);
            assert.equal(claim.attempt, attempt);
            const outcome = await (await queue()).fail(claim, { code: "SOME_CODE", message: "Plain words.", transient: true }, async () => void givenUp++);
            assert.equal(outcome, attempt < 5 ? "retrying" : "failed");
        }
        assert.equal(givenUp, 1);
        assert.equal(await (await queue()).claim(), undefined);
        const failed = (await job(id))!;
        assert.equal(failed.state, "failed");
        assert.deepEqual(failed.error, { code: "SOME_CODE", message: "Plain words." });
    });

    it("gives up at once what no retry can change", async () => {
        const id = await add(get().user);
        assert.equal(await (await queue()).fail((await (await queue()).claim())!, { code: "X", message: "x", transient: false }, nothing), "failed");
        assert.equal((await job(id))!.attempt, 1);
    });

    it("buries a job that kills its worker every time", async () => {
        const id = await add(get().user);
        for (let i = 0; i < 5; i++) {
            assert((await (await queue({ leaseMs: 1 })).claim()) !== undefined);
            await pause(10);
        }
        assert.equal(await (await queue()).claim(), undefined);
        const lost = (await job(id))!;
        assert.equal(lost.state, "failed");
        assert.equal(lost.error!.code, "WORKER_LOST");
    });

    it("tells a running worker to cancel, and counts no attempt when a stopping one hands back", async () => {
        const id = await add(get().user);
        const first = (await (await queue()).claim())!;
        await (await queue()).release(first);
        const second = (await (await queue()).claim())!;
        assert.equal(second.attempt, 1);
        await get().database.asPrincipal(get().user, (tx) => tx.query("update jobs set cancel_requested = true where id = $1", [id]));
        assert.equal(await (await queue()).heartbeat(second), "cancel");
        await (await queue()).cancelled(second, nothing);
        assert.equal((await job(id))!.state, "cancelled");
    });

    it("lets the tenant with less work running go first", async () => {
        for (let i = 0; i < 3; i++) await add(get().user);
        await add(get().stranger);
        const order = [];
        for (let i = 0; i < 4; i++) order.push((await (await queue()).claim())!.principal.tenantId === get().user.tenantId ? "many" : "one");
        assert.deepEqual(order, ["many", "one", "many", "many"]);
    });

    it("numbers the events of a job without gaps, and wakes who waits", async () => {
        let woken = 0;
        const stop = await (await queue()).onWork(() => woken++);
        const id = await add(get().user);
        const claim = (await (await queue()).claim())!;
        for (let embedded = 1; embedded <= 5; embedded++) await (await queue()).progress(claim, { embedded });
        await (await queue()).complete(claim, {});
        const events = await get().database.asPrincipal(get().user, (tx) => eventsOfJob(tx, id, 0));
        assert.deepEqual(events.map(({ seq }) => seq), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert.deepEqual(events.map(({ job: { state } }) => state), ["queued", ...Array.from({ length: 6 }, () => "running"), "done"]);
        assert.deepEqual((await get().database.asPrincipal(get().stranger, (tx) => eventsOfJob(tx, id, 0))).length, 0);
        for (let i = 0; i < 100 && woken === 0; i++) await pause(20);
        assert(woken > 0);
        await stop();
    });

    it("lets the urgent go before the rest", async () => {
        const low = await add(get().user, { priority: -5 });
        const normal = await add(get().user);
        const high = await add(get().user, { priority: 5 });
        const order = [];
        for (let i = 0; i < 3; i++) order.push((await (await queue()).claim())!.jobId);
        assert.deepEqual(order, [high, normal, low]);
    });

    it("keeps the documents that a tenant has in work within its bytes, and lets a larger one go alone", async () => {
        const rules = { tenantBytes: 1000 };
        await add(get().user, { bytes: 600 });
        await add(get().user, { bytes: 5000 });
        await add(get().user, { bytes: 300 });
        const sizes = new Map((await get().database.asSystem((tx) => tx.query<{ id: string; bytes: number }>("select j.id, d.bytes::int as bytes from jobs j join documents d on d.id = j.document_id"))).map((row) => [row.id, row.bytes]));
        const first = (await (await queue(rules)).claim())!;
        const second = (await (await queue(rules)).claim())!;
        assert.deepEqual([first, second].map(({ jobId }) => sizes.get(jobId)).sort(), [300, 600]);
        assert.equal(await (await queue(rules)).claim(), undefined);
        for (const claim of [first, second]) await (await queue(rules)).complete(claim, {});
        assert.equal(sizes.get((await (await queue(rules)).claim())!.jobId), 5000);
    });

    it("never begins what was cancelled before, and begins again what is tried again", async () => {
        const id = await add(get().user);
        await get().database.asPrincipal(get().user, (tx) => tx.query("update jobs set state = 'cancelled' where id = $1", [id]));
        assert.equal(await (await queue()).claim(), undefined);
        await get().database.asPrincipal(get().user, (tx) => tx.query("update jobs set state = 'queued', dispatched_at = null where id = $1", [id]));
        assert.equal((await (await queue()).claim())!.jobId, id);
    });
}

onEveryDatabase("the queue in PostgreSQL", (get) => conforms(get, async (database, options) => createPostgresQueue(database, options)));

for (const driver of ["redis", "nats"] as const) {
    describe(`the queue carried by ${driver}`, function () {
        this.timeout(120_000);
        let server: TestBroker | undefined;
        let opened: TestDatabase | undefined;
        const open: Open = async (database, options) => {
            if (driver === "redis") return createBrokerQueue(database, (await import("./redis.js")).connectRedis({ url: server!.url, leaseMs: options.leaseMs }), options);
            return createBrokerQueue(database, await (await import("./nats.js")).connectNats({ url: server!.url, leaseMs: options.leaseMs }), options);
        };
        before(async function () {
            const { startTestNats, startTestRedis } = await import("../../../tests/support/brokers.js");
            server = await (driver === "redis" ? startTestRedis() : startTestNats());
            opened = server === undefined ? undefined : await realDatabase();
            if (opened === undefined) this.skip();
        });
        conforms(() => opened!, open);

        it("gives a silent worker's message to another", async () => {
            // Nothing of what the tests before have left there.
            await server!.loseEverything();
            const connect = async (leaseMs: number) => (driver === "redis" ? (await import("./redis.js")).connectRedis({ url: server!.url, leaseMs }) : (await import("./nats.js")).connectNats({ url: server!.url, leaseMs }));
            const [silent, busy, successor] = [await connect(300), await connect(300), await connect(300)];
            const [one, two] = [randomUUID(), randomUUID()];
            for (const id of [one, two]) await silent.publish(id);
            assert.equal((await silent.receive())!.jobId, one);
            const kept = (await busy.receive())!;
            assert.equal(kept.jobId, two);
            for (let i = 0, found; ; i++) {
                await kept.extend();
                found = await successor.receive();
                if (found !== undefined) {
                    assert.equal(found.jobId, one);
                    await found.ack();
                    break;
                }
                assert(i < 50, "never given to another");
                await new Promise((resolve) => setTimeout(resolve, 100));
            }
            await kept.ack();
            for (const broker of [silent, busy, successor]) await broker.close();
        });

        it("waits for a broker that is slow for a moment", async () => {
            await server!.loseEverything();
            const broker = driver === "redis" ? (await import("./redis.js")).connectRedis({ url: server!.url }) : await (await import("./nats.js")).connectNats({ url: server!.url });
            const id = randomUUID();
            assert.equal(await broker.receive(), undefined);
            server!.stall(1_800);
            const received = broker.receive();
            await new Promise((resolve) => setTimeout(resolve, 1_900));
            assert.equal(await received, undefined);
            await broker.publish(id);
            assert.equal((await broker.receive())?.jobId, id);
            await broker.close();
        });

        it("is filled again after the broker lost everything", async () => {
            const { database, user } = opened!;
            const queue = await open(database, { backoffMs: 1, redeliverMs: 200 } as PostgresQueueOptions);
            const ids = await database.asPrincipal(user, async (tx) => {
                const rows = await tx.query<{ id: string }>("insert into documents (tenant_id, uploaded_by, filename, media_type, bytes, sha256) select $1, $2, 'a.txt', 'text/plain', 1, gen_random_uuid()::text from generate_series(1, 3) returning id", [user.tenantId, user.userId]);
                return Promise.all(rows.map(({ id }) => queue.enqueue(tx, user, id)));
            });
            const first = (await queue.claim())!;
            await server!.loseEverything();
            const claimed = [first.jobId];
            for (let i = 0; claimed.length < 3; i++) {
                const next = await queue.claim().catch(() => undefined);
                if (next !== undefined) claimed.push(next.jobId);
                assert(i < 200, `only ${claimed.length}`);
                await new Promise((resolve) => setTimeout(resolve, 50));
            }
            assert.deepEqual(claimed.sort(), ids.sort());
            await queue.complete(first, {});
            assert.equal((await database.asPrincipal(user, (tx) => readJob(tx, first.jobId)))!.state, "done");
            await queue.close();
        });

        after(async () => {
            await opened?.close();
            await server?.stop();
        });
    });
}
