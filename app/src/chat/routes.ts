/** Saying something: the answer comes as a stream of events. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Engine } from "../agent/engine.js";
import { authenticate } from "../auth/middleware.js";
import type { Sessions } from "../auth/sessions.js";
import type { App, AppContext } from "../http/app.js";
import { ApiError } from "../http/errors.js";
import { eventStream } from "../http/sse.js";
import { cleanMessage } from "./message.js";

const body = z.object({
    threadId: z.string().optional().openapi({ description: "The conversation to go on with; without it a new one begins" }),
    message: z.string().openapi({ description: "At most 8,000 characters", example: "Where is my order ORD-1001?" }),
});

const security: Record<string, string[]>[] = [{ bearer: [] }, { session: [] }];

const chat = (path: "/api/chat" | "/chat") =>
    createRoute({
        method: "post",
        path,
        summary: "Say something to the agent",
        description: "Answers with server-sent events: `thread {threadId, messageId}`, `step {node, label}`, `token {text}`, "
            + "`citation {n, documentId, filename, page, passageId, quote}`, `tool {name, arguments, status, attempt, result?}`, "
            + "`approval {approvalId, tool, arguments, reason, expiresAt}`, and last `done {messageId, status}` or `error {code, message}`. "
            + "The turn goes on when the reader goes away; `GET /api/threads/{id}/events` tells the rest.",
        security,
        request: { body: { required: true, content: { "application/json": { schema: body } }, description: "The message" } },
        responses: { 200: { content: { "text/event-stream": { schema: z.string() } }, description: "The events of the turn" } },
    });

export function registerChat(app: App, sessions: Sessions, engine: Engine): void {
    for (const path of ["/api/chat", "/chat"] as const) {
        app.use(path, authenticate(sessions));
        app.openapi(chat(path), async (c) => answer(c, engine, c.req.valid("json")));
    }
}

async function answer(c: AppContext, engine: Engine, { threadId, message }: z.infer<typeof body>): Promise<Response> {
    const text = cleanMessage(message);
    if (threadId !== undefined && !z.uuid().safeParse(threadId).success) {
        throw unknownThread();
    }
    const started = await engine.start({ principal: c.get("principal"), threadId, text, requestId: c.get("requestId") });
    if (started === "unknown-thread") {
        throw unknownThread();
    }
    if (started === "busy") {
        throw new ApiError(409, "THREAD_BUSY", "The last message of this conversation is still being answered. Wait for the answer, or start another conversation.", { retryAfter: 2 });
    }
    return eventStream(c, async (stream) => {
        for await (const { event, data } of started.feed.read(stream.signal)) {
            await stream.send(event, data);
        }
    });
}

/** The same answer for a thread that never was and for one of somebody else. */
export function unknownThread(): ApiError {
    return new ApiError(404, "THREAD_NOT_FOUND", "There is no such conversation.");
}
