/** Documents, their bytes and their passages. Every function runs in a transaction of the one who asks. */
import { open } from "node:fs/promises";
import { audit } from "../audit/audit.js";
import type { Principal, Queryable } from "../db/database.js";

export interface DocumentView {
    id: string;
    filename: string;
    mediaType: string;
    bytes: number;
    pages: number | null;
    chunks: number;
    state: "queued" | "processing" | "ready" | "failed" | "cancelled";
    note: string | null;
    tags: string[];
    jobId: string | null;
    createdAt: string;
}

export interface PassageView {
    id: string;
    page: number | null;
    heading: string;
    text: string;
    ordinal: number;
}

export interface NewDocument {
    filename: string;
    mediaType: string;
    note: string | null;
    bytes: number;
    sha256: string;
    /** Whether the name is one that a person gave, so that the same name means the same document. */
    versioned: boolean;
    tags?: readonly string[];
    /** Where its bytes are now. */
    path: string;
}

const BLOB_BYTES = 2 ** 20;

/**
 * Stores the document unless the tenant has these bytes already. A file of a name that its owner has uploaded before is a new
 * version: it stays unseen until it is read, and then takes the old one's place.
 */
export async function storeDocument(tx: Queryable, principal: Principal, document: NewDocument): Promise<{ id: string; duplicate: boolean; replaces: string | null }> {
    const older = document.versioned
        ? await tx.query<{ id: string }>("select id from documents where uploaded_by = $1 and filename = $2 and draft_of is null order by created_at desc limit 1", [principal.userId, document.filename])
        : [];
    const replaces = older[0]?.id ?? null;
    const created = await tx.query<{ id: string }>(
        `insert into documents (tenant_id, uploaded_by, filename, media_type, bytes, sha256, note, hidden, tags) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (tenant_id, sha256) do nothing returning id`,
        [principal.tenantId, principal.userId, document.filename, document.mediaType, document.bytes, document.sha256, document.note, replaces !== null, document.tags ?? []],
    );
    const id = created[0]?.id;
    if (id === undefined) {
        const known = await tx.query<{ id: string }>("select id from documents where sha256 = $1", [document.sha256]);
        return { id: known[0]!.id, duplicate: true, replaces: null };
    }
    const file = await open(document.path, "r");
    try {
        const chunk = Buffer.alloc(BLOB_BYTES);
        for (let ordinal = 0, position = 0; position < document.bytes; ordinal++) {
            const { bytesRead } = await file.read(chunk, 0, BLOB_BYTES, position);
            if (bytesRead === 0) throw new Error("The received file became shorter.");
            await tx.query("insert into document_blobs (document_id, ordinal, tenant_id, bytes) values ($1, $2, $3, $4)", [id, ordinal, principal.tenantId, Buffer.from(chunk.subarray(0, bytesRead))]);
            position += bytesRead;
        }
    } finally {
        await file.close();
    }
    await audit(tx, principal, "document.upload", id, { filename: document.filename, bytes: document.bytes });
    return { id, duplicate: false, replaces };
}

/** The document's bytes, a row at a time. */
export async function* readBlobs(run: <T>(work: (tx: Queryable) => Promise<T>) => Promise<T>, documentId: string): AsyncGenerator<Uint8Array> {
    for (let ordinal = 0; ; ordinal++) {
        const rows = await run((tx) => tx.query<{ bytes: Uint8Array }>("select bytes from document_blobs where document_id = $1 and ordinal = $2", [documentId, ordinal]));
        if (rows[0] === undefined) return;
        yield rows[0].bytes;
    }
}

/** Newest first. */
export async function listDocuments(tx: Queryable, limit = 500): Promise<DocumentView[]> {
    return (await tx.query<DocumentRow>(`${SELECT} where d.draft_of is null order by d.created_at desc limit $1`, [limit])).map(toDocument);
}

export async function readDocument(tx: Queryable, id: string): Promise<DocumentView | undefined> {
    const rows = await tx.query<DocumentRow>(`${SELECT} where d.id = $1`, [id]);
    return rows[0] && toDocument(rows[0]);
}

export async function readPassages(tx: Queryable, documentId: string): Promise<PassageView[]> {
    return tx.query<PassageView>("select id, page, heading, text, ordinal from passages where document_id = $1 order by ordinal", [documentId]);
}

/** Before documents are deleted. A worker changes a job first and then its document: in the same order, neither waits for the other for ever. */
export async function waitForReaders(tx: Queryable, which: string, values: readonly unknown[]): Promise<void> {
    await tx.query(`select 1 from jobs where document_id in (select id from documents where ${which}) order by id for update`, values);
}

/** Removes the document with everything made from it; what remains is the audit entry. False when there is none. */
export async function deleteDocument(tx: Queryable, principal: Principal, id: string, requestId?: string): Promise<boolean> {
    await waitForReaders(tx, "id = $1", [id]);
    const gone = await tx.query<{ filename: string; sha256: string; chunks: number }>("delete from documents where id = $1 returning filename, sha256, chunks", [id]);
    if (gone[0] === undefined) return false;
    await audit(tx, principal, "document.delete", id, { ...gone[0] }, requestId);
    return true;
}

/** Ends the reading of a document: it is there for everyone, and older versions of it are gone in the same moment. */
export async function publish(tx: Queryable, principal: Principal, id: string, read: { pages: number | null; notes: readonly string[] }): Promise<void> {
    const [shown] = await tx.query<{ filename: string; was_hidden: boolean }>(
        `update documents d set state = 'ready', pages = $2, hidden = false, updated_at = now(), note = nullif(concat_ws(' ', note, nullif($3, '')), '')
         from (select hidden from documents where id = $1) before where id = $1 returning filename, before.hidden as was_hidden`,
        [id, read.pages, read.notes.join(" ")],
    );
    if (shown?.was_hidden !== true) return;
    const replaced = await tx.query<{ id: string; sha256: string; chunks: number }>(
        `delete from documents old using documents new where new.id = $1 and old.id <> new.id and old.uploaded_by = new.uploaded_by
             and old.filename = new.filename and old.created_at < new.created_at returning old.id, old.sha256, old.chunks`,
        [id],
    );
    for (const old of replaced) await audit(tx, principal, "document.replace", old.id, { filename: shown.filename, by: id, sha256: old.sha256, chunks: old.chunks });
}

/** Removes what was made from the document. */
export async function removePassages(tx: Queryable, documentId: string): Promise<void> {
    await tx.query("delete from passages where document_id = $1", [documentId]);
    await tx.query("delete from passage_words where document_id = $1", [documentId]);
    await tx.query("update documents set chunks = 0, words = 0 where id = $1", [documentId]);
}

const SELECT = `select d.id, d.filename, d.media_type, d.bytes, d.pages, d.chunks, d.state, d.note, d.tags, d.created_at,
    (select j.id from jobs j where j.document_id = d.id order by j.created_at desc limit 1) as job_id
    from documents d`;

interface DocumentRow {
    id: string;
    filename: string;
    media_type: string;
    bytes: number;
    pages: number | null;
    chunks: number;
    state: DocumentView["state"];
    note: string | null;
    tags: string[];
    created_at: Date;
    job_id: string | null;
}

function toDocument(row: DocumentRow): DocumentView {
    return {
        id: row.id,
        filename: row.filename,
        mediaType: row.media_type,
        bytes: Number(row.bytes),
        pages: row.pages,
        chunks: row.chunks,
        state: row.state,
        note: row.note,
        tags: row.tags,
        jobId: row.job_id,
        createdAt: row.created_at.toISOString(),
    };
}
