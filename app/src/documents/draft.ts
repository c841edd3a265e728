/** Reading a document again while it goes on answering: the new passages grow on a draft and replace the old ones at once. */
import type { Queryable } from "../db/database.js";
import { removePassages } from "./store.js";

/** Begins a draft of a document that is ready. Does nothing for any other. */
export async function beginDraft(tx: Queryable, documentId: string): Promise<void> {
    await tx.query(
        `insert into documents (tenant_id, uploaded_by, filename, media_type, bytes, sha256, hidden, state, draft_of, created_at)
         select tenant_id, uploaded_by, filename, media_type, bytes, 'draft of ' || id, true, 'queued', id, created_at from documents where id = $1 and state = 'ready'
         on conflict do nothing`,
        [documentId],
    );
}

/** Gives a reading up: a document that was read again stays as it was, and of any other nothing partial is ever answered from. */
export async function giveUpReading(tx: Queryable, documentId: string, state: "failed" | "cancelled"): Promise<void> {
    if (await dropDraft(tx, documentId)) return;
    await removePassages(tx, documentId);
    await tx.query("update documents set state = $2, updated_at = now() where id = $1", [documentId, state]);
}

/** Puts what was read in the place of what the document has. A passage that says the same stays the same, so that what cites it still finds it. */
export async function settleDraft(tx: Queryable, documentId: string, draftId: string, read: { pages: number | null; notes: readonly string[] }): Promise<void> {
    const kept = await tx.query<{ ordinal: number; id: string }>(
        "select n.ordinal, o.id from passages n join passages o on o.document_id = $1 and o.ordinal = n.ordinal and o.text = n.text where n.document_id = $2", [documentId, draftId]);
    await tx.query("delete from passages where document_id = $1", [documentId]);
    await tx.query("delete from passage_words where document_id = $1", [documentId]);
    await tx.query(
        `insert into passages (id, tenant_id, document_id, ordinal, page, heading, text, words, embedding)
         select coalesce(k.id, gen_random_uuid()), p.tenant_id, $1, p.ordinal, p.page, p.heading, p.text, p.words, p.embedding
         from passages p left join unnest($3::int[], $4::uuid[]) as k(ordinal, id) using (ordinal) where p.document_id = $2`,
        [documentId, draftId, kept.map(({ ordinal }) => ordinal), kept.map(({ id }) => id)],
    );
    await tx.query(
        `insert into passage_words (tenant_id, word, document_id, first_ordinal, ordinals, counts, lengths)
         select tenant_id, word, $1, first_ordinal, ordinals, counts, lengths from passage_words where document_id = $2`,
        [documentId, draftId],
    );
    await tx.query(
        `update documents d set chunks = n.chunks, words = n.words, pipeline = n.pipeline, pages = $3, note = nullif($4, ''), updated_at = now()
         from documents n where d.id = $1 and n.id = $2`,
        [documentId, draftId, read.pages, read.notes.join(" ")],
    );
    await dropDraft(tx, documentId);
}

async function dropDraft(tx: Queryable, documentId: string): Promise<boolean> {
    return (await tx.query("delete from documents where draft_of = $1 returning 1", [documentId])).length > 0;
}
