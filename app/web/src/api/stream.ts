/** Event streams over fetch: unlike EventSource it sees status codes, can POST, and can be told to pause. */
import { announceReached, ApiError, asApiError, send } from "./client.ts";
import { type SseEvent, SseParser } from "./sse.ts";

const firstDelay = 500;
const longestDelay = 15_000;
/** A hidden page gives its connection back: a browser has only six per server over HTTP/1.1. */
const hiddenGrace = 20_000;
/** A stream this silent is taken for dead; opening it again is cheap. */
const silence = 75_000;

/** Reads one event stream to its end. */
export async function readStream(response: Response, onEvent: (event: SseEvent) => void, parser = new SseParser(), onBytes?: () => void): Promise<void> {
    if (!response.body) {
        return;
    }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    try {
        for (;;) {
            const { done, value } = await reader.read();
            if (done) {
                return;
            }
            onBytes?.();
            parser.push(value).forEach(onEvent);
        }
    } finally {
        reader.cancel().catch(() => undefined);
    }
}

/** How to listen to a stream. */
export interface Subscription {
    onEvent(event: SseEvent): void;
    /** Called on every (re)connect: the moment to fetch what may have been missed. */
    onOpen?(): void;
    /** Called when the stream cannot be had at all (gone, forbidden). */
    onRefused?(error: ApiError): void;
}

/** Listens until the returned function is called: reconnects with growing delays, pauses while the page is hidden. */
export function subscribe(path: string, subscription: Subscription): () => void {
    const parser = { lastEventId: "", retry: undefined as number | undefined };
    let stopped = false;
    let controller: AbortController | undefined;
    let wake: (() => void) | undefined;
    let hiddenTimer: ReturnType<typeof setTimeout> | undefined;
    let paused = false;

    const visibility = (): void => {
        clearTimeout(hiddenTimer);
        if (document.hidden) {
            hiddenTimer = setTimeout(() => {
                paused = true;
                controller?.abort();
            }, hiddenGrace);
        } else {
            paused = false;
            wake?.();
        }
    };
    const retryNow = (): void => wake?.();
    document.addEventListener("visibilitychange", visibility);
    window.addEventListener("online", retryNow);

    const wait = (milliseconds: number | null): Promise<void> =>
        new Promise((resolve) => {
            const timer = milliseconds === null ? undefined : setTimeout(() => wake?.(), milliseconds);
            wake = () => {
                clearTimeout(timer);
                wake = undefined;
                resolve();
            };
        });

    const listen = async (): Promise<void> => {
        let delay = firstDelay;
        while (!stopped) {
            if (paused) {
                await wait(null);
                continue;
            }
            controller = new AbortController();
            const current = controller;
            let watchdog = setTimeout(() => current.abort(), silence);
            try {
                const headers: Record<string, string> = { Accept: "text/event-stream" };
                if (parser.lastEventId) {
                    headers["Last-Event-ID"] = parser.lastEventId;
                }
                const response = await send(path, { headers, signal: current.signal });
                delay = firstDelay;
                subscription.onOpen?.();
                const reading = new SseParser();
                reading.lastEventId = parser.lastEventId;
                await readStream(
                    response,
                    (event) => {
                        parser.lastEventId = event.id;
                        if (!stopped) {
                            subscription.onEvent(event);
                        }
                    },
                    reading,
                    () => {
                        clearTimeout(watchdog);
                        watchdog = setTimeout(() => current.abort(), silence);
                    },
                );
                parser.retry = reading.retry;
            } catch (cause) {
                const error = asApiError(cause);
                if (error.status === 401) {
                    break;
                }
                if (error.status === 403 || error.status === 404) {
                    subscription.onRefused?.(error);
                    break;
                }
                if (error.code === "BROWSER_ERROR" && !current.signal.aborted) {
                    announceReached(false);
                }
            } finally {
                clearTimeout(watchdog);
            }
            if (!stopped && !paused) {
                // Jitter, so that a restarted server is not met by every browser at once.
                await wait(Math.max(delay, parser.retry ?? 0) * (0.75 + Math.random() / 2));
                delay = Math.min(delay * 2, longestDelay);
            }
        }
    };
    listen().catch(() => undefined);

    return () => {
        stopped = true;
        clearTimeout(hiddenTimer);
        document.removeEventListener("visibilitychange", visibility);
        window.removeEventListener("online", retryNow);
        controller?.abort();
        wake?.();
    };
}
