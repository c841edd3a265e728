/** Wakes the readers of a thread when it changes, whichever replica changed it. */
import { keepListening } from "../agent/listening.js";
import type { Database } from "../db/database.js";
import type { Logger } from "../http/log.js";
import { threadChannel } from "./store.js";

export interface ThreadHub {
    /** Resolves at the next change of the thread, at the latest after `ms`: a notification can be lost with a connection. */
    changed(threadId: string, ms: number, signal: AbortSignal): Promise<void>;
    close(): Promise<void>;
}

/** One subscription a process, however many readers there are. */
export function openThreadHub(database: Database, log: Logger): ThreadHub {
    const waiting = new Map<string, Set<() => void>>();
    const stop = keepListening(database, threadChannel, log, (threadId) => waiting.get(threadId)?.forEach((wake) => wake()));
    return {
        changed: (threadId, ms, signal) =>
            new Promise((resolve) => {
                const readers = waiting.get(threadId) ?? new Set();
                waiting.set(threadId, readers);
                const done = () => {
                    clearTimeout(timer);
                    signal.removeEventListener("abort", done);
                    readers.delete(done);
                    if (readers.size === 0 && waiting.get(threadId) === readers) waiting.delete(threadId);
                    resolve();
                };
                const timer = setTimeout(done, ms);
                readers.add(done);
                signal.addEventListener("abort", done);
                if (signal.aborted) done();
            }),
        close: stop,
    };
}
