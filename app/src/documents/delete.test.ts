import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createPostgresQueue } from "../queue/postgres.js";
import { realDatabase, type TestDatabase } from "../testing/databases.js";
import { deleteDocument, storeDocument } from "./store.js";

describe("deleting a document that is being read", function () {
    this.timeout(60_000);
    let opened: TestDatabase;
    const folder = mkdtempSync(join(tmpdir(), "agent-platform-delete-"));

    before(async function () {
        const real = await realDatabase();
        if (real === undefined) return this.skip();
        opened = real;
    });
    after(async () => {
        rmSync(folder, { recursive: true });
        await opened?.close();
    });

    it("waits for the step that the worker is at, and neither waits for the other for ever", async () => {
        const { database, user } = opened;
        const queue = createPostgresQueue(database);
        const path = join(folder, "a.txt");
        writeFileSync(path, "a text");
        const id = await database.asPrincipal(user, async (tx) => {
            const stored = await storeDocument(tx, user, { filename: "a.txt", mediaType: "text/plain", note: null, bytes: 6, sha256: "a".repeat(64), versioned: true, path });
            await queue.enqueue(tx, user, stored.id);
            return stored.id;
        });
        const claim = (await queue.claim())!;
        let deleting: Promise<boolean> | undefined;
        await queue.progress(claim, { stage: "parsing" }, async (tx) => {
            deleting = database.asPrincipal(user, (other) => deleteDocument(other, user, id));
            deleting.catch(() => undefined);
            // Until it waits for what this transaction has changed.
            const waits = () => database.query("select 1 from pg_locks where not granted");
            while ((await waits()).length === 0) await sleep(10);
            await tx.query("update documents set state = 'processing' where id = $1", [id]);
        });
        assert.equal(await deleting, true);
    });
});
