import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { DocumentView, PassageView } from "./store.js";
import type { Job } from "../queue/jobs.js";
import type { Passage } from "../rag/passage.js";
import { onEveryDatabase } from "../testing/databases.js";
import { docx, eml, pdf, pptx, xlsx, zip } from "../testing/files.js";
import { pictures } from "../testing/pictures.js";
import { startService, type Client, type TestService } from "../testing/service.js";

onEveryDatabase("documents over HTTP", (get) => {
    let service: TestService;
    let user: Client;
    let outsider: Client;
    before(async () => {
        service = await startService(get());
        await service.startWorker();
        [user, outsider] = [await service.as("user"), await service.as("stranger")];
    });
    after(() => service?.close());

    const error = (answer: { body: unknown }) => (answer.body as { error?: { code: string } }).error?.code;

    it("takes a PDF, tells its progress, finds its passages, shows it, and deletes it without a trace but the audit's", async () => {
        const content = pdf([["# Returns", "A parcel may be returned within thirty days of its arrival."], ["# Warranty", "Batteries are covered for eighteen months."]]);
        const taken = await user.upload(content, "shop rules.pdf");
        assert.equal(taken.status, 202);
        const { documentId, jobId } = taken.body;

        const events = await user.follow(jobId);
        assert.deepEqual(events.map(({ id }) => id), events.map((_, i) => i + 1));
        const last = events.at(-1)!.job;
        assert.equal(last.state, "done");
        assert.deepEqual({ ...last.progress, chunks: 0 }, { stage: "done", pagesDone: 2, pagesTotal: 2, chunksDone: 2, chunksTotal: 2, embedded: 2, chunks: 0 });
        assert.deepEqual(await user.follow(jobId, events.length - 1), events.slice(-1), "replay after Last-Event-ID");

        const again = await user.upload(content, "the same under another name.pdf");
        assert.equal(again.status, 200);
        assert.deepEqual(again.body, { jobId, documentId, duplicate: true, replaces: null, note: null });

        const found = await user.json<{ passages: Passage[] }>("/search", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ query: "how long are batteries covered?", k: 1 }) });
        assert.match(found.body.passages[0]!.text, /eighteen months/);
        assert.equal(found.body.passages[0]!.page, 2);
        assert.equal(found.body.passages[0]!.filename, "shop rules.pdf");

        const shown = await user.json<{ document: DocumentView; passages: PassageView[] }>(`/api/v2/documents/${documentId}/passages`);
        assert.equal(shown.body.document.state, "ready");
        assert.equal(shown.body.document.pages, 2);
        assert.deepEqual(shown.body.passages.map(({ page }) => page), [1, 2]);

        const tagged = await user.json<DocumentView>(`/api/v2/documents/${documentId}`, { method: "PATCH", headers: { "content-type": "application/json" }, body: JSON.stringify({ tags: ["shop", "shop", "2026"] }) });
        assert.deepEqual(tagged.body.tags, ["shop", "2026"]);

        const file = await user.fetch(`/api/v2/documents/${documentId}/file`);
        assert.deepEqual(Buffer.from(await file.arrayBuffer()), content);
        assert.match(file.headers.get("content-disposition")!, /^attachment; filename="shop rules\.pdf"/);
        assert.equal(file.headers.get("x-content-type-options"), "nosniff");

        for (const [path, method] of [["", "GET"], ["/passages", "GET"], ["/file", "GET"], ["", "DELETE"]] as const) {
            assert.equal(error(await outsider.json(`/api/v2/documents/${documentId}${path}`, { method })), "DOCUMENT_NOT_FOUND");
        }
        for (const [path, method] of [["", "GET"], ["/events", "GET"], ["/retry", "POST"], ["/cancel", "POST"]] as const) {
            assert.equal(error(await outsider.json(`/api/v2/jobs/${jobId}${path}`, { method })), "JOB_NOT_FOUND");
        }
        assert.deepEqual((await outsider.json<{ jobs: Job[] }>("/api/v2/jobs")).body, { jobs: [] });
        const theirs = await outsider.json<{ passages: Passage[] }>("/search", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ query: "batteries" }) });
        assert.deepEqual(theirs.body.passages, []);

        assert.equal((await user.fetch(`/api/v2/documents/${documentId}`, { method: "DELETE" })).status, 204);
        assert.equal(error(await user.json(`/api/v2/documents/${documentId}`)), "DOCUMENT_NOT_FOUND");
        const left = await get().database.asPrincipal(get().user, async (tx) => ({
            rows: await tx.query("select (select count(*) from document_blobs)::int + (select count(*) from passages)::int + (select count(*) from passage_words)::int + (select count(*) from jobs)::int as n"),
            audit: await tx.query("select action, actor, detail->>'filename' as filename from audit_logs where subject = $1 and action = 'document.delete'", [documentId]),
        }));
        assert.deepEqual(left, { rows: [{ n: 0 }], audit: [{ action: "document.delete", actor: "user@agent-platform.local", filename: "shop rules.pdf" }] });
    });

    it("reads every format to passages", async () => {
        for (const [name, content] of Object.entries({
            "a.docx": docx(["# Word", "Kept in a vault below the harbour."]),
            "a.html": "<!doctype html><h1>Page</h1><p>Kept in a vault below the harbour.</p>",
            "a.md": "# Mark\n\nKept in a vault below the harbour.\n",
            "a.txt": "Kept in a vault below the harbour. Plainly.",
            "a.pptx": pptx([{ title: "Slide", lines: ["Kept in a vault below the harbour."] }]),
            "a.eml": eml("Where", "Kept in a vault below the harbour."),
            "a.png": (await pictures([["Kept in a vault below the harbour."]]))[0]!,
            "a.xlsx": xlsx({ Keeping: [["Kept in a vault below the harbour."]] }),
            "a.zip": zip([{ name: "one.md", content: "Kept in a vault below the harbour." }]),
        })) {
            const { body } = await user.upload(content, name);
            assert.equal((await user.follow(body.jobId)).at(-1)!.job.state, "done", name);
            const { body: shown } = await user.json<{ passages: PassageView[] }>(`/api/v2/documents/${body.documentId}/passages`);
            assert.match(shown.passages[0]!.text, name === "a.eml" || name === "a.png" ? /Kept in a vault below the harbour\./ : /^Kept in a vault below the harbour\./, name);
        }
    });

    it("puts a new version in the old one's place, at once and only when it is whole", async () => {
        const texts = async () => {
            const { body } = await user.json<{ passages: Passage[] }>("/search", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ query: "lighthouse keeper", k: 50 }) });
            return body.passages.filter(({ filename }) => filename === "keepers.md").map(({ documentId }) => documentId);
        };
        const version = (year: number) => Array.from({ length: 60 }, (_, i) => `# Lighthouse ${i}\n\nThe lighthouse keeper of the year ${year} is number ${i}, ${"and ".repeat(40)}so on.`).join("\n\n");
        const first = (await user.upload(version(2025), "keepers.md")).body;
        await user.follow(first.jobId);
        const second = (await user.upload(version(2026), "keepers.md")).body;
        assert.equal((second as { replaces?: string }).replaces, first.documentId);
        for (let job: Job | undefined; job?.state !== "done"; ) {
            job = (await user.json<Job>(`/api/v2/jobs/${second.jobId}`)).body;
            const seen = new Set(await texts());
            assert.equal(seen.size, 1, "never none, never both");
        }
        assert.deepEqual([...new Set(await texts())], [second.documentId]);
        assert.equal(error(await user.json(`/api/v2/documents/${first.documentId}`)), "DOCUMENT_NOT_FOUND");
        const audit = await get().database.asPrincipal(get().user, (tx) => tx.query("select detail->>'by' as by from audit_logs where subject = $1 and action = 'document.replace'", [first.documentId]));
        assert.deepEqual(audit, [{ by: second.documentId }]);
        // Another person's file of the same name is another document; a version that cannot be read replaces nothing.
        const colleague = await service.as("admin");
        assert.equal((await colleague.upload("Something else entirely.", "keepers.md")).body.duplicate, false);
        const damaged = (await user.upload(pdf([["One."]]).subarray(0, 150), "keepers.md")).body;
        assert.equal((await user.follow(damaged.jobId)).at(-1)!.job.state, "failed");
        assert.deepEqual([...new Set(await texts())].includes(second.documentId), true);
    });

    it("reads a document again while it goes on answering with what it has", async () => {
        const text = Array.from({ length: 40 }, (_, i) => `# Beacon ${i}\n\nThe beacon of harbour ${i} is lit at dusk, ${"and ".repeat(40)}so on.`).join("\n\n");
        const { documentId, jobId } = (await user.upload(text, "beacons.md")).body;
        const first = (await user.follow(jobId)).at(-1)!.id;
        const shown = async () => (await user.json<{ document: DocumentView; passages: PassageView[] }>(`/api/v2/documents/${documentId}/passages`)).body;
        const read = (await shown()).passages;
        // As if an older version of the parser had read it: one passage says something else, the last one is missing.
        await get().asOwner((owner) => owner.transaction(async (tx) => {
            await tx.query("select set_config('app.role', 'system', true)");
            await tx.query("update passages set text = 'misread' where id = $1", [read[0]!.id]);
            await tx.query("delete from passages where id = $1", [read.at(-1)!.id]);
        }));
        const old = (await shown()).passages.map(({ text: each }) => each);
        const begun = await user.json<Job>(`/api/v2/documents/${documentId}/reindex`, { method: "POST" });
        assert.deepEqual([begun.status, begun.body.id, begun.body.documentId], [200, jobId, documentId]);
        assert.equal(error(await user.json(`/api/v2/documents/${documentId}/reindex`, { method: "POST" })), "JOB_NOT_RETRYABLE");
        let whileReading = 0;
        for (;;) {
            const { document, passages } = await shown();
            assert.equal(document.state, "ready");
            const now = passages.map(({ text: each }) => each);
            if (now.length === read.length) break;
            assert.deepEqual(now, old, "all of the old or all of the new");
            const { body } = await user.json<{ passages: Passage[] }>("/search", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ query: "beacon of a harbour", k: 50 }) });
            const beacons = body.passages.filter(({ filename }) => filename === "beacons.md");
            assert.deepEqual([...new Set(beacons.map((passage) => passage.documentId))], [documentId]);
            assert.equal(new Set(beacons.map((passage) => passage.text)).size, beacons.length, "never both");
            whileReading++;
        }
        assert.ok(whileReading > 0);
        assert.equal((await user.follow(jobId, first)).at(-1)!.job.state, "done");
        const again = await shown();
        assert.deepEqual(again.passages.map(({ text: each }) => each), read.map(({ text: each }) => each));
        assert.deepEqual(again.passages.slice(1, -1).map(({ id }) => id), read.slice(1, -1).map(({ id }) => id), "what says the same can still be cited");
        assert.equal(again.document.chunks, read.length);
        assert.equal((await user.json<{ documents: DocumentView[] }>("/api/v2/documents")).body.documents.filter(({ filename }) => filename === "beacons.md").length, 1);

        // A reading that is cancelled or fails leaves the document as it was.
        await user.json(`/api/v2/documents/${documentId}/reindex`, { method: "POST" });
        await user.json(`/api/v2/jobs/${jobId}/cancel`, { method: "POST" });
        while (["queued", "running"].includes((await user.json<Job>(`/api/v2/jobs/${jobId}`)).body.state)) await new Promise((resolve) => setTimeout(resolve, 20));
        assert.deepEqual(await shown(), { ...again, document: { ...again.document } });
        await get().asOwner((owner) => owner.transaction(async (tx) => {
            await tx.query("select set_config('app.role', 'system', true)");
            await tx.query("update document_blobs set bytes = convert_to(' ', 'UTF8') where document_id = $1", [documentId]);
        }));
        await user.json(`/api/v2/documents/${documentId}/reindex`, { method: "POST" });
        while (["queued", "running"].includes((await user.json<Job>(`/api/v2/jobs/${jobId}`)).body.state)) await new Promise((resolve) => setTimeout(resolve, 20));
        assert.equal((await user.json<Job>(`/api/v2/jobs/${jobId}`)).body.state, "failed");
        assert.deepEqual((await shown()).passages, again.passages);
        assert.equal((await shown()).document.state, "ready");
        const left = await get().database.asPrincipal(get().user, async (tx) => [await tx.query("select 1 from documents where draft_of is not null"), await tx.query("select 1 from audit_logs where action = 'document.reindex' and subject = $1", [documentId])]);
        assert.deepEqual(left.map((rows) => rows.length), [0, 3]);
        assert.equal(error(await outsider.json(`/api/v2/documents/${documentId}/reindex`, { method: "POST" })), "DOCUMENT_NOT_FOUND");
    });

    it("says at once what it does not take", async () => {
        const refused = async (content: Buffer | string, name: string, status: number, code: string) => {
            const answer = await user.upload(content, name);
            assert.deepEqual([answer.status, error(answer)], [status, code], JSON.stringify(answer.body));
        };
        await refused("", "empty.pdf", 400, "EMPTY_FILE");
        await refused(randomBytes(4000), "noise.pdf", 415, "UNSUPPORTED_TYPE");
        await refused(Buffer.alloc(2 ** 20 + 1, "x"), "large.txt", 413, "UPLOAD_TOO_LARGE");
        await refused(docx(["x"], [{ name: "word/bomb.xml", content: "x", claims: 4_000_000_000 }]), "bomb.docx", 422, "UNPACKS_TOO_LARGE");
        assert.equal(error(await user.json("/api/v2/upload", { method: "POST", body: "x" })), "INVALID_UPLOAD");
        // Exactly the limit is taken; deleting it stops the work on it, or the next tests would wait for that.
        const most = await user.upload(Buffer.alloc(2 ** 20, "word "), "just right.txt");
        assert.equal(most.status, 202);
        assert.equal((await user.fetch(`/api/v2/documents/${most.body.documentId}`, { method: "DELETE" })).status, 204);
        const large = await user.fetch("/api/v2/upload", { method: "POST", headers: { "content-type": "multipart/form-data; boundary=b", "content-length": String(2 ** 40) }, body: "x" }).catch(() => undefined);
        assert(large === undefined || large.status === 413);
    });

    it("says in the job why a document cannot be read, and tries again when asked", async () => {
        for (const [name, content, code] of [
            ["locked.pdf", pdf([["Secret."]], { password: "x" }), "DOCUMENT_ENCRYPTED"],
            ["cut.pdf", pdf([["One."]]).subarray(0, 150), "DOCUMENT_DAMAGED"],
            ["none.pdf", pdf([]), "NO_PAGES"],
            ["scan.pdf", pdf([[]]), "NO_TEXT"],
        ] as const) {
            const { body } = await user.upload(content, name);
            const last = (await user.follow(body.jobId)).at(-1)!.job;
            assert.deepEqual([last.state, last.error?.code, last.attempt], ["failed", code, 1], name);
            assert.equal((await user.json<DocumentView>(`/api/v2/documents/${body.documentId}`)).body.state, "failed");
            if (code !== "NO_TEXT") continue;
            const again = (await user.json<Job>(`/api/v2/jobs/${body.jobId}/retry`, { method: "POST" })).body;
            assert(again.state !== "failed" && again.error === null);
            assert.equal((await user.follow(body.jobId)).at(-1)!.job.error?.code, code);
        }
    });

    it("cleans hostile names and notes wrong endings", async () => {
        const { body } = await user.upload("Some words that say nothing.", "../../etc/\u202ecron<script>.pdf");
        assert.match(body.note!, /“\.pdf” but is plain text/);
        const document = (await user.json<DocumentView>(`/api/v2/documents/${body.documentId}`)).body;
        assert.equal(document.filename, "cron_script_.pdf");
        assert.equal(document.note, body.note);
    });

    it("stores the same bytes once, even when they come at the same time", async () => {
        const content = `The only copy of this text. ${randomBytes(8).toString("hex")}`;
        const answers = await Promise.all(Array.from({ length: 5 }, (_, i) => user.upload(content, `${i}.txt`)));
        assert.equal(new Set(answers.map(({ body }) => body.documentId)).size, 1);
        assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 200, 200, 202]);
    });

    it("cancels a running job, keeps nothing of it, and can be asked again", async () => {
        const { body } = await user.upload(Array.from({ length: 400 }, (_, i) => `# Part ${i}\n\nText of part ${i}, which is ${"rather ".repeat(30)}long.`).join("\n\n"), "long.md");
        for (;;) {
            const job = (await user.json<Job>(`/api/v2/jobs/${body.jobId}`)).body;
            if (job.progress.embedded >= 8) break;
            await new Promise((resolve) => setTimeout(resolve, 20));
        }
        // What is stored is found although the document is not finished.
        const found = await user.json<{ passages: Passage[] }>("/search", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ query: "text of part 0", k: 3 }) });
        assert(found.body.passages.some(({ documentId }) => documentId === body.documentId));
        await user.json(`/api/v2/jobs/${body.jobId}/cancel`, { method: "POST" });
        assert.equal((await user.follow(body.jobId)).at(-1)!.job.state, "cancelled");
        const { body: left } = await user.json<{ document: DocumentView; passages: PassageView[] }>(`/api/v2/documents/${body.documentId}/passages`);
        assert.deepEqual([left.document.state, left.passages.length], ["cancelled", 0]);
        assert.equal(error(await user.json(`/api/v2/jobs/${body.jobId}/cancel`, { method: "POST" })), "JOB_NOT_CANCELLABLE");
        await user.json(`/api/v2/jobs/${body.jobId}/retry`, { method: "POST" });
        await user.json(`/api/v2/jobs/${body.jobId}/cancel`, { method: "POST" });
        assert.equal((await user.follow(body.jobId)).at(-1)!.job.state, "cancelled");
    });

    it("tells everyone of a tenant about all its jobs, and nobody else", async () => {
        const read = async (client: Client, enough: (text: string) => boolean) => {
            const controller = new AbortController();
            const response = await client.fetch("/api/v2/jobs/events", { signal: controller.signal });
            let text = "";
            setTimeout(() => controller.abort(), 8_000).unref();
            try {
                for await (const chunk of response.body!) if (enough((text += Buffer.from(chunk).toString()))) break;
            } catch {
                // Cut off after the time.
            }
            controller.abort();
            return text;
        };
        const name = `heard-${randomBytes(4).toString("hex")}.txt`;
        const heard = read(await service.as("admin"), (text) => text.includes(name) && text.slice(text.indexOf(name)).includes('"done"'));
        const overheard = read(outsider, () => false);
        await user.upload(`News for everyone here. ${name}`, name);
        assert((await heard).includes(name));
        assert(!(await overheard).includes("progress"));
    });
});
