/** Documents over HTTP: list, show, passages, original file, delete. */
import { createRoute, z } from "@hono/zod-openapi";
import { audit } from "../audit/audit.js";
import type { Database } from "../db/database.js";
import type { App } from "../http/app.js";
import { ApiError } from "../http/errors.js";
import { attachment } from "../ingest/filenames.js";
import { deleteDocument, listDocuments, readBlobs, readDocument, readPassages } from "./store.js";

export const documentSchema = z
    .object({
        id: z.uuid(),
        filename: z.string(),
        mediaType: z.string(),
        bytes: z.number(),
        pages: z.number().nullable(),
        chunks: z.number(),
        state: z.enum(["queued", "processing", "ready", "failed", "cancelled"]),
        note: z.string().nullable(),
        tags: z.array(z.string()),
        jobId: z.uuid().nullable(),
        createdAt: z.iso.datetime(),
    })
    .openapi("Document");
const passageSchema = z.object({ id: z.uuid(), page: z.number().nullable(), heading: z.string(), text: z.string(), ordinal: z.number() });
const params = z.object({ id: z.uuid() });
const json = <T extends z.ZodType>(schema: T, description: string) => ({ content: { "application/json": { schema } }, description });

const list = createRoute({ method: "get", path: "/api/v2/documents", summary: "All documents, newest first", responses: { 200: json(z.object({ documents: z.array(documentSchema) }), "The documents") } });
const show = createRoute({ method: "get", path: "/api/v2/documents/{id}", summary: "One document", request: { params }, responses: { 200: json(documentSchema, "The document") } });
const remove = createRoute({ method: "delete", path: "/api/v2/documents/{id}", summary: "Delete a document and all that was made from it", request: { params }, responses: { 204: { description: "Deleted" } } });
const change = createRoute({
    method: "patch",
    path: "/api/v2/documents/{id}",
    summary: "Change a document's tags",
    request: { params, body: { required: true, content: { "application/json": { schema: z.object({ tags: z.array(z.string().trim().min(1).max(64)).max(50) }) } } } },
    responses: { 200: json(documentSchema, "The document") },
});
const passages = createRoute({
    method: "get",
    path: "/api/v2/documents/{id}/passages",
    summary: "The passages of a document, in order",
    request: { params },
    responses: { 200: json(z.object({ document: documentSchema, passages: z.array(passageSchema) }), "The document and its passages") },
});
const file = createRoute({ method: "get", path: "/api/v2/documents/{id}/file", summary: "The original file", request: { params }, responses: { 200: { description: "The bytes as they were uploaded" } } });

/** Behind `authenticate`. */
export function registerDocuments(app: App, database: Database): void {
    app.openapi(list, async (c) => c.json({ documents: await database.asPrincipal(c.get("principal"), (tx) => listDocuments(tx)) }, 200));
    app.openapi(show, async (c) => {
        const document = await database.asPrincipal(c.get("principal"), (tx) => readDocument(tx, c.req.valid("param").id));
        if (document === undefined) throw notFound();
        return c.json(document, 200);
    });
    app.openapi(passages, async (c) => {
        const { id } = c.req.valid("param");
        const found = await database.asPrincipal(c.get("principal"), async (tx) => ({ document: await readDocument(tx, id), passages: await readPassages(tx, id) }));
        if (found.document === undefined) throw notFound();
        return c.json({ document: found.document, passages: found.passages }, 200);
    });
    app.openapi(change, async (c) => {
        const { id } = c.req.valid("param");
        const principal = c.get("principal");
        const { tags } = c.req.valid("json");
        const document = await database.asPrincipal(principal, async (tx) => {
            await tx.query("update documents set tags = $2, updated_at = now() where id = $1", [id, [...new Set(tags)]]);
            const changed = await readDocument(tx, id);
            if (changed !== undefined) await audit(tx, principal, "document.tag", id, { tags }, c.get("requestId"));
            return changed;
        });
        if (document === undefined) throw notFound();
        return c.json(document, 200);
    });
    app.openapi(remove, async (c) => {
        const principal = c.get("principal");
        const gone = await database.asPrincipal(principal, (tx) => deleteDocument(tx, principal, c.req.valid("param").id, c.get("requestId")));
        if (!gone) throw notFound();
        return c.body(null, 204);
    });
    app.openapi(file, async (c) => {
        const { id } = c.req.valid("param");
        const principal = c.get("principal");
        const document = await database.asPrincipal(principal, async (tx) => {
            const found = await readDocument(tx, id);
            if (found !== undefined) await audit(tx, principal, "document.download", id, { filename: found.filename }, c.get("requestId"));
            return found;
        });
        if (document === undefined) throw notFound();
        c.header("Content-Type", document.mediaType);
        c.header("Content-Length", String(document.bytes));
        c.header("Content-Disposition", attachment(document.filename));
        c.header("Content-Security-Policy", "sandbox; default-src 'none'");
        const blobs = readBlobs((run) => database.asPrincipal(principal, run), id);
        return c.body(ReadableStream.from(blobs) as ReadableStream<Uint8Array>);
    });
}

function notFound(): ApiError {
    return new ApiError(404, "DOCUMENT_NOT_FOUND", "There is no such document. It may have been deleted.");
}
