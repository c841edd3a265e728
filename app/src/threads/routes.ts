/** Conversations: the list, one of them, and what changes in it. */
import { createRoute, z } from "@hono/zod-openapi";
import { requestStop } from "../agent/stopping.js";
import { authenticate } from "../auth/middleware.js";
import type { Sessions } from "../auth/sessions.js";
import { unknownThread } from "../chat/routes.js";
import type { Database, Principal } from "../db/database.js";
import type { App } from "../http/app.js";
import { ApiError } from "../http/errors.js";
import { eventStream } from "../http/sse.js";
import type { ThreadHub } from "./hub.js";
import { deleteThread, renameThread } from "./manage.js";
import { findThread, listThreads, readMessages } from "./store.js";

const summary = z.object({ id: z.uuid(), title: z.string(), updatedAt: z.iso.datetime(), status: z.enum(["idle", "running", "waiting"]) }).openapi("Thread");
const citation = z.object({ n: z.number(), documentId: z.uuid(), filename: z.string(), page: z.number().nullable(), passageId: z.uuid(), quote: z.string() }).openapi("Citation");
const tool = z.object({
    name: z.string(),
    arguments: z.record(z.string(), z.unknown()),
    status: z.enum(["waiting", "running", "done", "failed", "refused", "rejected"]),
    attempts: z.number(),
    result: z.unknown().optional(),
    error: z.object({ code: z.string(), message: z.string() }).optional(),
}).openapi("ToolCall");
const message = z.object({
    id: z.uuid(),
    role: z.enum(["user", "assistant"]),
    text: z.string(),
    status: z.enum(["pending", "waiting", "complete", "failed", "stopped"]),
    citations: z.array(citation),
    tools: z.array(tool),
    approval: z.object({
        approvalId: z.uuid(), tool: z.string(), arguments: z.record(z.string(), z.unknown()), reason: z.string(), status: z.string(), expiresAt: z.iso.datetime(),
    }).optional(),
    createdAt: z.iso.datetime(),
}).openapi("Message");

const security: Record<string, string[]>[] = [{ bearer: [] }, { session: [] }];
const params = z.object({ id: z.string() });

const list = createRoute({
    method: "get", path: "/api/threads", summary: "The conversations of the person", security,
    responses: { 200: { content: { "application/json": { schema: z.object({ threads: z.array(summary) }) } }, description: "Changed last comes first" } },
});
const one = createRoute({
    method: "get", path: "/api/threads/{id}", summary: "One conversation with its messages", security, request: { params },
    responses: { 200: { content: { "application/json": { schema: summary.extend({ messages: z.array(message) }) } }, description: "The conversation" } },
});
const rename = createRoute({
    method: "patch", path: "/api/threads/{id}", summary: "Give a conversation another name", security,
    request: { params, body: { required: true, content: { "application/json": { schema: z.object({ title: z.string().trim().min(1).max(200) }) } } } },
    responses: { 200: { content: { "application/json": { schema: summary } }, description: "The conversation" } },
});
const remove = createRoute({
    method: "delete", path: "/api/threads/{id}", summary: "Delete a conversation", security, request: { params },
    description: "Its messages and all that the agent noted in it go. A request in it that waits for an approval is withdrawn: nobody can decide on it any more. "
        + "What was done, such as a refund, stays done. `THREAD_BUSY` while an answer is being given: stop it first. The audit log keeps that it was deleted, and what was withdrawn.",
    responses: { 204: { description: "Deleted" } },
});
const events = createRoute({
    method: "get", path: "/api/threads/{id}/events", summary: "What changes in a conversation", security, request: { params },
    description: "Server-sent `message` events, each a whole Message as it stands now, with the thread's version as id. "
        + "Starts with all messages, or with those changed after `Last-Event-ID`.",
    responses: { 200: { content: { "text/event-stream": { schema: z.string() } }, description: "The events, until the reader goes away" } },
});

const stop = createRoute({
    method: "post", path: "/api/threads/{id}/stop", summary: "End the answer that is being given", security, request: { params },
    description: "What was said so far stays, with status `stopped`; the stream ends with `done {status: \"stopped\"}`. A turn that has begun an effect, such as a booking, goes on to say what was done; "
        + "one that waits for an approval goes on waiting. Leaving the stream stops nothing.",
    responses: { 202: { content: { "application/json": { schema: z.object({ stopping: z.number() }) } }, description: "How many turns were asked to end; 0 when none is running" } },
});

/** Looks again at this interval even if nothing was announced. */
const lookAgainMs = 10_000;

export function registerThreads(app: App, database: Database, sessions: Sessions, hub: ThreadHub): void {
    app.use("/api/threads", authenticate(sessions));
    app.use("/api/threads/*", authenticate(sessions));
    app.openapi(list, async (c) => {
        const principal = c.get("principal");
        return c.json({ threads: await database.asPrincipal(principal, (tx) => listThreads(tx, principal.userId)) }, 200);
    });
    app.openapi(one, async (c) => {
        const principal = c.get("principal");
        const id = threadId(c.req.valid("param").id);
        const thread = await database.asPrincipal(principal, async (tx) => {
            const found = await findThread(tx, principal.userId, id);
            return found === undefined ? undefined : { ...found, messages: (await readMessages(tx, id)).messages };
        });
        if (thread === undefined) throw unknownThread();
        return c.json(thread, 200);
    });
    app.openapi(rename, async (c) => {
        const principal = c.get("principal");
        const id = threadId(c.req.valid("param").id);
        const thread = await database.asPrincipal(principal, (tx) => renameThread(tx, principal, id, c.req.valid("json").title));
        if (thread === undefined) throw unknownThread();
        return c.json(thread, 200);
    });
    app.openapi(remove, async (c) => {
        const principal = c.get("principal");
        const id = threadId(c.req.valid("param").id);
        const outcome = await database.asPrincipal(principal, (tx) => deleteThread(tx, principal, id, c.get("requestId")));
        if (outcome === "unknown") throw unknownThread();
        if (outcome === "busy") throw new ApiError(409, "THREAD_BUSY", "An answer is still being given in this conversation. Stop it or wait for it, then delete the conversation.", { retryAfter: 2 });
        return c.body(null, 204);
    });
    app.openapi(stop, async (c) => {
        const stopping = await requestStop(database, c.get("principal"), threadId(c.req.valid("param").id));
        if (stopping === undefined) throw unknownThread();
        return c.json({ stopping }, 202);
    });
    app.openapi(events, async (c) => {
        const principal = c.get("principal");
        const id = threadId(c.req.valid("param").id);
        await requireThread(database, principal, id);
        return eventStream(c, async (stream) => {
            let version = Number(/^\d{1,15}$/.exec(stream.lastEventId ?? "")?.[0] ?? 0);
            while (!stream.signal.aborted) {
                // Registered before reading: a change in between wakes at once.
                const changed = hub.changed(id, lookAgainMs, stream.signal);
                const news = await database.asPrincipal(principal, (tx) => readMessages(tx, id, version));
                for (const entry of news.messages) {
                    await stream.send("message", entry, news.version);
                }
                version = news.version;
                // Nothing new: perhaps because it was deleted.
                if (news.messages.length === 0) await requireThread(database, principal, id);
                await changed;
            }
        });
    });
}

async function requireThread(database: Database, principal: Principal, id: string): Promise<void> {
    if ((await database.asPrincipal(principal, (tx) => findThread(tx, principal.userId, id))) === undefined) throw unknownThread();
}

function threadId(id: string): string {
    if (!z.uuid().safeParse(id).success) throw unknownThread();
    return id;
}
