import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Principal } from "../db/database.js";
import { onEveryDatabase } from "../testing/databases.js";
import { eventsOfJob } from "./events.js";
import { readJob } from "./jobs.js";
import { createPostgresQueue } from "./postgres.js";
import { LeaseLost, type Claim } from "./queue.js";

onEveryDatabase("the queue", (get) => {
    const queue = (options: { leaseMs?: number } = {}) => createPostgresQueue(get().database, { backoffMs: 1, ...options });
    const add = (principal: Principal) =>
        get().database.asPrincipal(principal, async (tx) => {
            const [document] = await tx.query<{ id: string }>("insert into documents (tenant_id, uploaded_by, filename, media_type, bytes, sha256) values ($1, $2, 'a.txt', 'text/plain', 1, $3) returning id", [principal.tenantId, principal.userId, randomUUID()]);
            return queue().enqueue(tx, principal, document!.id);
        });
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
            Array.from({ length: 8 }, async () => {
                for (let claim: Claim | undefined; (claim = await queue().claim()) !== undefined; ) claims.push(claim);
            }),
        );
        // A claim that meets only rows which others hold finds nothing; nothing is lost by it.
        for (let claim: Claim | undefined; (claim = await queue().claim()) !== undefined; ) claims.push(claim);
        assert.deepEqual(claims.map(({ jobId }) => jobId).sort(), added.sort());
    });

    it("does not exist unless the transaction that added it commits", async () => {
        await assert.rejects(
            get().database.asPrincipal(get().user, async (tx) => {
                const [document] = await tx.query<{ id: string }>("insert into documents (tenant_id, uploaded_by, filename, media_type, bytes, sha256) values ($1, $2, 'a', 'b', 1, 'z') returning id", [get().user.tenantId, get().user.userId]);
                await queue().enqueue(tx, get().user, document!.id);
                throw new Error("undone");
            }),
        );
        assert.equal(await queue().claim(), undefined);
    });

    it("takes a job from a worker that went silent, and lets that one write no more", async () => {
        const id = await add(get().user);
        const silent = (await queue({ leaseMs: 50 }).claim())!;
        await pause(80);
        const successor = (await queue().claim())!;
        assert.equal(successor.jobId, id);
        assert.equal(successor.attempt, 2);
        assert.equal(await queue().heartbeat(silent), "lost");
        let stored = false;
        const store = async () => void (stored = true);
        await assert.rejects(queue().progress(silent, { embedded: 8 }, store), LeaseLost);
        await assert.rejects(queue().complete(silent, {}, store), LeaseLost);
        assert.equal(stored, false);
        await queue().complete(successor, { embedded: 3 });
        assert.equal((await job(id))!.state, "done");
    });

    it("keeps a job with a worker that keeps answering", async () => {
        await add(get().user);
        const claim = (await queue({ leaseMs: 400 }).claim())!;
        for (let i = 0; i < 6; i++) {
            await pause(100);
            assert.equal(await queue({ leaseMs: 400 }).heartbeat(claim), "go on");
        }
        assert.equal(await queue().claim(), undefined);
    });

    it("tries again after failures that may pass, then gives up with the reason", async () => {
        const id = await add(get().user);
        let givenUp = 0;
        for (let attempt = 1; attempt <= 5; attempt++) {
            let claim: Claim | undefined;
            while ((claim = await queue().claim()) === undefined) await pause(5);
            assert.equal(claim.attempt, attempt);
            const outcome = await queue().fail(claim, { code: "SOME_CODE", message: "Plain words.", transient: true }, async () => void givenUp++);
            assert.equal(outcome, attempt < 5 ? "retrying" : "failed");
        }
        assert.equal(givenUp, 1);
        assert.equal(await queue().claim(), undefined);
        const failed = (await job(id))!;
        assert.equal(failed.state, "failed");
        assert.deepEqual(failed.error, { code: "SOME_CODE", message: "Plain words." });
    });

    it("gives up at once what no retry can change", async () => {
        const id = await add(get().user);
        assert.equal(await queue().fail((await queue().claim())!, { code: "X", message: "x", transient: false }, nothing), "failed");
        assert.equal((await job(id))!.attempt, 1);
    });

    it("buries a job that kills its worker every time", async () => {
        const id = await add(get().user);
        for (let i = 0; i < 5; i++) {
            assert((await queue({ leaseMs: 1 }).claim()) !== undefined);
            await pause(10);
        }
        assert.equal(await queue().claim(), undefined);
        const lost = (await job(id))!;
        assert.equal(lost.state, "failed");
        assert.equal(lost.error!.code, "WORKER_LOST");
    });

    it("tells a running worker to cancel, and counts no attempt when a stopping one hands back", async () => {
        const id = await add(get().user);
        const first = (await queue().claim())!;
        await queue().release(first);
        const second = (await queue().claim())!;
        assert.equal(second.attempt, 1);
        await get().database.asPrincipal(get().user, (tx) => tx.query("update jobs set cancel_requested = true where id = $1", [id]));
        assert.equal(await queue().heartbeat(second), "cancel");
        await queue().cancelled(second, nothing);
        assert.equal((await job(id))!.state, "cancelled");
    });

    it("lets the tenant with less work running go first", async () => {
        for (let i = 0; i < 3; i++) await add(get().user);
        await add(get().stranger);
        const order = [];
        for (let i = 0; i < 4; i++) order.push((await queue().claim())!.principal.tenantId === get().user.tenantId ? "many" : "one");
        assert.deepEqual(order, ["many", "one", "many", "many"]);
    });

    it("numbers the events of a job without gaps, and wakes who waits", async () => {
        let woken = 0;
        const stop = await queue().onWork(() => woken++);
        const id = await add(get().user);
        const claim = (await queue().claim())!;
        for (let embedded = 1; embedded <= 5; embedded++) await queue().progress(claim, { embedded });
        await queue().complete(claim, {});
        const events = await get().database.asPrincipal(get().user, (tx) => eventsOfJob(tx, id, 0));
        assert.deepEqual(events.map(({ seq }) => seq), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert.deepEqual(events.map(({ job: { state } }) => state), ["queued", ...Array.from({ length: 6 }, () => "running"), "done"]);
        assert.deepEqual((await get().database.asPrincipal(get().stranger, (tx) => eventsOfJob(tx, id, 0))).length, 0);
        for (let i = 0; i < 100 && woken === 0; i++) await pause(20);
        assert(woken > 0);
        await stop();
    });
});
