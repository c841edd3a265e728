import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeDocument } from "../documents/store.js";
import type { Principal } from "../db/database.js";
import { appFolder } from "../env.js";
import { buildModel } from "../models/minilm/build.js";
import { eventsOfJob } from "../queue/events.js";
import { readJob, type Job } from "../queue/jobs.js";
import { createPostgresQueue } from "../queue/postgres.js";
import { realDatabase, type TestDatabase } from "../testing/databases.js";
import { pdf } from "../testing/files.js";
import { endRoles, startRole, type RoleProcess } from "../testing/processes.js";
import { Way } from "../testing/way.js";

/** Real worker processes over a real server, killed and cut off in the middle of their work. */
describe("ingestion that is interrupted", function () {
    this.timeout(300_000);
    let opened: TestDatabase;
    let folder: string;
    before(async function () {
        const real = await realDatabase();
        if (real === undefined) this.skip();
        opened = real;
        folder = mkdtempSync(join(tmpdir(), "recovery-"));
        buildModel(appFolder("models/minilm"));
    });
    after(async () => {
        endRoles();
        if (folder !== undefined) rmSync(folder, { recursive: true });
        await opened?.close();
    });

    const content = pdf(Array.from({ length: 24 }, (_, page) => Array.from({ length: 12 }, (_, line) => `Page ${page + 1}, line ${line + 1}: ${createHash("md5").update(`${page}/${line}`).digest("hex").replace(/\d+/g, " ")}.`)));

    function add(principal: Principal): Promise<{ documentId: string; jobId: string }> {
        const path = join(folder, "document");
        writeFileSync(path, content);
        return opened.database.asPrincipal(principal, async (tx) => {
            const { id } = await storeDocument(tx, principal, { filename: "long.pdf", mediaType: "application/pdf", note: null, bytes: content.length, sha256: createHash("sha256").update(content).digest("hex"), versioned: false, path });
            return { documentId: id, jobId: await createPostgresQueue(opened.database).enqueue(tx, principal, id) };
        });
    }
    const worker = (more: Record<string, string> = {}) => startRole("worker", { DATABASE_URL: opened.urls!.app, WORKER_LEASE_MS: "1500", LOG_LEVEL: "info", ...more });
    async function until(principal: Principal, jobId: string, reached: (job: Job) => boolean, what: string): Promise<Job> {
        for (let last: Job | undefined, deadline = Date.now() + 120_000; ; await new Promise((resolve) => setTimeout(resolve, 20))) {
            last = await opened.database.asPrincipal(principal, (tx) => readJob(tx, jobId));
            if (reached(last!)) return last!;
            if (Date.now() > deadline || last!.state === "failed") assert.fail(`not ${what}: ${JSON.stringify(last)}`);
        }
    }
    const made = (principal: Principal, documentId: string) =>
        opened.database.asPrincipal(principal, async (tx) => ({
            passages: await tx.query<{ ordinal: number; page: number; text: string; embedding: string }>("select ordinal, page, heading, text, embedding::text from passages where document_id = $1 order by ordinal", [documentId]),
            words: await tx.query<{ word: string; ordinals: number[] }>("select word, o as ordinal, c as count from passage_words, unnest(ordinals, counts) as u (o, c) where document_id = $1 order by word, o", [documentId]),
            document: (await tx.query<{ state: string; pages: number; chunks: number; words: number }>("select state, pages, chunks, words::int from documents where id = $1", [documentId]))[0]!,
        }));

    let undisturbed: Awaited<ReturnType<typeof made>>;
    it("is what it is compared with, when nothing happens", async () => {
        const one = await worker();
        const { documentId, jobId } = await add(opened.stranger);
        await until(opened.stranger, jobId, (job) => job.state === "done", "done");
        assert.equal(await one.end("SIGTERM"), 0);
        undisturbed = await made(opened.stranger, documentId);
        assert.equal(undisturbed.document.pages, 24);
        assert(undisturbed.passages.length >= 24);
        assert.deepEqual(undisturbed.passages.map(({ ordinal }) => ordinal), undisturbed.passages.map((_, i) => i));
    });

    for (const [name, disturb] of Object.entries<(first: RoleProcess) => Promise<RoleProcess>>({
        "by kill -9 of the worker goes on in another": async (first) => {
            await first.end("SIGKILL");
            return worker();
        },
        "by stopping the worker goes on in another at once": async (first) => {
            assert.equal(await first.end("SIGTERM"), 0);
            return worker();
        },
        "by a database that drops all connections goes on": async (first) => {
            await opened.asOwner((owner) => owner.query("select pg_terminate_backend(pid) from pg_stat_activity where usename = 'agent_platform_app' and application_name like '%worker%'"));
            return first;
        },
    })) {
        it(name, async () => {
            const first = await worker();
            const { documentId, jobId } = await add(opened.user);
            const before = await until(opened.user, jobId, (job) => job.progress.embedded >= 16, "under way");
            assert.equal(before.state, "running");
            const second = await disturb(first);
            const done = await until(opened.user, jobId, (job) => job.state === "done", "done");
            assert.equal(done.error, null);
            await second.end("SIGTERM");

            assert.deepEqual(await made(opened.user, documentId), undisturbed);
            const events = await opened.database.asPrincipal(opened.user, (tx) => eventsOfJob(tx, jobId, 0));
            const told = events.map(({ job }) => job.progress.embedded);
            assert.deepEqual(told, told.toSorted((a, b) => a - b), "progress went backwards");
            told.forEach((embedded, i) => assert(embedded - (told[i - 1] ?? 0) <= 10, "more than ten passages without a word"));
            assert.equal(events.filter(({ job }) => job.state === "done").length, 1);
            await opened.asOwner((owner) => owner.query("delete from documents where id = $1", [documentId]));
        });
    }

    it("by a database that is away for some seconds goes on when it is back, and does not wait for the lease to run out", async () => {
        const way = await Way.to(opened.urls!.app);
        const one = await worker({ DATABASE_URL: way.url, WORKER_LEASE_MS: "600000" });
        try {
            const { documentId, jobId } = await add(opened.user);
            await until(opened.user, jobId, (job) => job.progress.embedded >= 8, "under way");
            await way.block();
            await new Promise((resolve) => setTimeout(resolve, 3_000));
            await way.open();
            await until(opened.user, jobId, (job) => job.state === "done", "done");
            assert.deepEqual(await made(opened.user, documentId), undisturbed);
            assert.equal(await one.end("SIGTERM"), 0);
            await opened.asOwner((owner) => owner.query("delete from documents where id = $1", [documentId]));
        } finally {
            await way.block();
        }
    });

    it("by a database that is away for longer than the lease is finished by another, and the first does not call that an error", async () => {
        const way = await Way.to(opened.urls!.app);
        const cutOff = await worker({ DATABASE_URL: way.url, WORKER_LEASE_MS: "600000" });
        try {
            const { documentId, jobId } = await add(opened.user);
            await until(opened.user, jobId, (job) => job.progress.embedded >= 8, "under way");
            await way.block();
            await opened.asOwner((owner) => owner.query("update jobs set lease_until = now() where id = $1", [jobId]));
            const second = await worker();
            await until(opened.user, jobId, (job) => job.state === "done", "done");
            await way.open();
            for (const deadline = Date.now() + 30_000; !cutOff.log().includes("the lease was lost"); await new Promise((resolve) => setTimeout(resolve, 50))) assert(Date.now() < deadline, cutOff.log());
            assert.deepEqual(cutOff.log().split("\n").filter((line) => line.includes('"level":"error"')), []);
            assert.deepEqual(await made(opened.user, documentId), undisturbed);
            for (const one of [cutOff, second]) assert.equal(await one.end("SIGTERM"), 0);
            await opened.asOwner((owner) => owner.query("delete from documents where id = $1", [documentId]));
        } finally {
            await way.block();
        }
    });
});
