/** Takes a file: received into a temporary file, recognised by its content, stored once, queued. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Database, Principal } from "../db/database.js";
import type { App } from "../http/app.js";
import { ApiError } from "../http/errors.js";
import { displayName } from "../ingest/filenames.js";
import { recognize } from "../ingest/formats.js";
import { describeBytes, receiveFile, type ReceivedFile } from "../ingest/multipart.js";
import type { Queue } from "../queue/queue.js";
import type { Scanner } from "./scan.js";
import { storeDocument } from "./store.js";

export const UPLOAD_PATH = "/api/v2/upload";

const resultSchema = z.object({ jobId: z.uuid(), documentId: z.uuid(), duplicate: z.boolean(), replaces: z.uuid().nullable(), note: z.string().nullable() });
const result = { content: { "application/json": { schema: resultSchema } } };
const route = createRoute({
    method: "post",
    path: UPLOAD_PATH,
    summary: "Upload a document",
    description: "multipart/form-data with the file in the field `file`. The type is judged by content. A file of a name that you have uploaded before is a new version and replaces the old one when it is read.",
    request: { query: z.object({ priority: z.enum(["low", "normal"]).default("normal").openapi({ description: "`low` for bulk uploads: they let others go first." }), tags: z.string().max(1000).optional().openapi({ description: "Separated by commas; searches can be narrowed to them." }) }) },
    responses: { 200: { ...result, description: "These bytes are here already" }, 202: { ...result, description: "Taken; watch the job" } },
});

const PRIORITIES = { low: -5, normal: 0 };

/** Room for the multipart framing around a file of exactly the limit. */
const FRAMING = 64 * 1024;

/** Behind `authenticate`. */
export function registerUpload(app: App, deps: { database: Database; queue: Queue; maxBytes: number; scanner?: Scanner }): void {
    app.openapi(route, async (c) => {
        if (Number(c.req.header("content-length") ?? 0) > deps.maxBytes + FRAMING) {
            throw new ApiError(413, "UPLOAD_TOO_LARGE", `The file is larger than ${describeBytes(deps.maxBytes)}, the most that is taken here. Split it, or ask an administrator to raise the limit.`);
        }
        const received = await receiveFile(c.req.header("content-type"), c.req.raw.body, deps.maxBytes);
        try {
            await deps.scanner?.scan({ path: received.path, filename: displayName(received.filename), bytes: received.bytes, sha256: received.sha256 });
            const stored = await keep(deps, c.get("principal"), received, c.get("requestId"), c.req.valid("query"));
            return c.json(stored, stored.duplicate ? 200 : 202);
        } finally {
            await received.discard();
        }
    });
}

async function keep(deps: { database: Database; queue: Queue }, principal: Principal, received: ReceivedFile, requestId: string, { priority, tags }: { priority: keyof typeof PRIORITIES; tags?: string }) {
    const filename = displayName(received.filename);
    const { mediaType, note } = recognize(received.path, filename);
    return deps.database.asPrincipal(principal, async (tx) => {
        const { id, duplicate, replaces } = await storeDocument(tx, principal, { filename, mediaType, note, bytes: received.bytes, sha256: received.sha256, versioned: received.filename !== undefined, tags: (tags ?? "").split(",").map((tag) => tag.trim()).filter((tag) => tag !== ""), path: received.path });
        if (!duplicate) return { jobId: await deps.queue.enqueue(tx, principal, id, { requestId, priority: PRIORITIES[priority] }), documentId: id, duplicate, replaces, note };
        const known = await tx.query<{ id: string }>("select id from jobs where document_id = $1 order by created_at desc limit 1", [id]);
        return { jobId: known[0]!.id, documentId: id, duplicate, replaces, note };
    });
}
