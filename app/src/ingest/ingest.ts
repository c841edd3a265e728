/**
 * One document from bytes to passages. Parsing runs ahead of embedding, so that the total is known early; every
 * stored batch is a point from which another worker can go on.
 */
import type { Claim, Queue } from "../queue/queue.js";
import type { Database } from "../db/database.js";
import type { Embedder } from "../models/embedder.js";
import type { Tokenizer } from "../models/tokenizer.js";
import { claimEmptySpace } from "../models/vectorSpace.js";
import { settleDraft } from "../documents/draft.js";
import { publish, removePassages } from "../documents/store.js";
import { Channel } from "./channel.js";
import { Chunker, PIPELINE, type Chunk } from "./chunker.js";
import { ParseError } from "./parse/page.js";
import type { Parser, ParseJob } from "./parse/parser.js";
import { embeddedText, storePassages } from "./passages.js";

export interface IngestDeps {
    database: Database;
    queue: Queue;
    embedder: Embedder;
    tokenizer: Tokenizer;
    parser: Parser;
}

/** Passages stored and told about together: never more than ten, as the progress promises. */
const BATCH = 8;
/** How far parsing may run ahead. */
const AHEAD = 4_096;

export async function ingest(deps: IngestDeps, claim: Claim, path: string, signal: AbortSignal): Promise<void> {
    await claimEmptySpace(deps.database, deps.embedder);
    const { stored, target, ...document } = await begin(deps, claim);
    const chunks = new Channel<Chunk>(AHEAD);
    const seen: Seen = { pages: 0, pagesTotal: null, chunks: 0, complete: false, notes: [] };
    const abandon = new AbortController();
    const parsing = read(deps, { ...document, path, tenantId: claim.principal.tenantId }, chunks, seen, AbortSignal.any([signal, abandon.signal])).then(
        () => chunks.end(),
        (error: unknown) => chunks.fail(error),
    );
    try {
        await store(deps, { ...claim, target }, chunks, stored, seen, signal);
    } finally {
        abandon.abort();
        chunks.close();
        await parsing;
    }
    if (seen.chunks === 0) throw new ParseError("NO_TEXT", "The document holds no text.");
    await deps.queue.complete(claim, { ...progressOf(seen), chunksDone: seen.chunks, embedded: seen.chunks }, async (tx) => {
        const read = { pages: seen.pagesTotal, notes: seen.notes };
        await (target === claim.documentId ? publish(tx, claim.principal, claim.documentId, read) : settleDraft(tx, claim.documentId, target, read));
    });
}

interface Seen {
    pages: number;
    pagesTotal: number | null;
    chunks: number;
    complete: boolean;
    /** What the parsers want the person to know. */
    notes: string[];
}

/** What to read and into which document, itself or its draft, and how many passages an earlier attempt has stored; those of an older pipeline are thrown away. */
async function begin(deps: IngestDeps, claim: Claim): Promise<{ filename: string; mediaType: string; stored: number; target: string }> {
    let found = { filename: "", mediaType: "", stored: 0, target: claim.documentId };
    await deps.queue.progress(claim, { stage: "parsing" }, async (tx) => {
        const rows = await tx.query<{ id: string; filename: string; media_type: string; pipeline: string | null; stored: number }>(
            `select id, filename, media_type, pipeline, (select coalesce(max(ordinal) + 1, 0) from passages where document_id = d.id)::int as stored from documents d
             where id = $1 or draft_of = $1 order by draft_of nulls last limit 1`,
            [claim.documentId],
        );
        const row = rows[0]!;
        const goesOn = row.pipeline === PIPELINE && deps.parser.repeatable;
        if (row.stored > 0 && !goesOn) await removePassages(tx, row.id);
        await tx.query("update documents set state = 'processing', pipeline = $2, updated_at = now() where id = $1", [row.id, PIPELINE]);
        found = { filename: row.filename, mediaType: row.media_type, stored: goesOn ? row.stored : 0, target: row.id };
    });
    return found;
}

async function read(deps: IngestDeps, job: ParseJob, chunks: Channel<Chunk>, seen: Seen, signal: AbortSignal): Promise<void> {
    const chunker = new Chunker(deps.tokenizer.count);
    const give = async (cut: readonly Chunk[]) => {
        seen.chunks += cut.length;
        for (const chunk of cut) await chunks.push(chunk);
    };
    let last: number | null = null;
    for await (const { pages, total, note } of deps.parser.parse(job, signal)) {
        if (note !== undefined) seen.notes.push(note);
        seen.pagesTotal = total;
        for (const page of pages) {
            await give(chunker.cut(page));
            // Cutting is quick, but pages of a long text without any come all at once.
            await new Promise(setImmediate);
            last = page.page;
            seen.pages++;
        }
    }
    await give(chunker.end(last));
    seen.complete = true;
}

async function store(deps: IngestDeps, claim: Claim & { target: string }, chunks: Channel<Chunk>, stored: number, seen: Seen, signal: AbortSignal): Promise<void> {
    // While a batch is written, the next one is being embedded.
    let writing: Promise<void> = Promise.resolve();
    for await (const batch of batches(chunks, stored)) {
        signal.throwIfAborted();
        const vectors = await deps.embedder.embed(batch.map(embeddedText));
        await writing;
        signal.throwIfAborted();
        const done = batch.at(-1)!.ordinal + 1;
        writing = deps.queue.progress(claim, { ...progressOf(seen), chunksDone: done, embedded: done }, (tx) => storePassages(tx, claim.principal.tenantId, claim.target, batch, vectors, deps.embedder));
        // Awaited in the next round; until then its failure is not unhandled.
        writing.catch(() => undefined);
    }
    await writing;
}

function progressOf(seen: Seen) {
    return {
        stage: seen.complete ? ("embedding" as const) : ("parsing" as const),
        pagesDone: seen.pages,
        pagesTotal: seen.pagesTotal ?? undefined,
        chunksTotal: seen.complete ? seen.chunks : undefined,
    };
}

/** Batches begin at multiples of their size, so that another attempt cuts them the same. */
async function* batches(chunks: AsyncIterable<Chunk>, stored: number): AsyncGenerator<Chunk[]> {
    let batch: Chunk[] = [];
    for await (const chunk of chunks) {
        if (chunk.ordinal < stored) continue;
        batch.push(chunk);
        if ((chunk.ordinal + 1) % BATCH !== 0) continue;
        yield batch;
        batch = [];
    }
    if (batch.length > 0) yield batch;
}
