/** Server-sent events with ids, heartbeats and clean-up when the reader goes away. */
import { streamSSE } from "hono/streaming";
import type { AppContext } from "./app.js";
import { publicError } from "./errors.js";

export interface EventStream {
    /** Sends one event; a no-op after the reader has gone. */
    send(event: string, data: unknown, id?: string | number): Promise<void>;
    /** Aborted when the reader goes away or the service stops. */
    readonly signal: AbortSignal;
    /** What the reader saw last before it reconnected. */
    readonly lastEventId: string | undefined;
}

/** Comments at this interval keep proxies from closing a quiet stream. */
const HEARTBEAT_MS = 15_000;

const open = new Set<AbortController>();

/**
 * Answers with a stream of events that `work` sends; it ends when `work` returns. An error in `work` is told
 * as an `error` event with code and message, because the status line has been sent by then.
 */
export function eventStream(c: AppContext, work: (stream: EventStream) => Promise<void>): Response {
    c.header("X-Accel-Buffering", "no");
    c.header("Cache-Control", "no-store, no-transform");
    return streamSSE(c, async (stream) => {
        const gone = new AbortController();
        open.add(gone);
        stream.onAbort(() => gone.abort());
        const heartbeat = setInterval(() => void stream.write(": still here\n\n").catch(() => gone.abort()), HEARTBEAT_MS);
        const send = async (event: string, data: unknown, id?: string | number) => {
            if (gone.signal.aborted) return;
            await stream.writeSSE({ event, data: JSON.stringify(data), id: id === undefined ? undefined : String(id) });
        };
        try {
            await work({ send, signal: gone.signal, lastEventId: c.req.header("last-event-id") });
        } catch (error) {
            if (gone.signal.aborted) return;
            const known = publicError(error);
            if (known.status >= 500) c.get("log").error({ error }, "stream failed");
            await send("error", { code: known.code, message: known.message, requestId: c.get("requestId") });
        } finally {
            clearInterval(heartbeat);
            open.delete(gone);
            gone.abort();
        }
    });
}

/** Ends all open streams, so that a stopping service is not held up by readers; browsers reconnect elsewhere. */
export function closeEventStreams(): void {
    for (const stream of open) stream.abort();
}
