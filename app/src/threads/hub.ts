/** Wakes the readers of a thread when it changes, whichever replica changed it. */
import type { Database } from "../db/database.js";
import { threadChannel } from "./store.js";

export interface ThreadHub {
    /** Resolves at the next change of the thread, at the latest after `ms`: a notification can be lost with a connection. */
    changed(threadId: string, ms: number, signal: AbortSignal): Promise<void>;
    close(): Promise<void>;
}

/** One subscription a process, however many readers there are. */
export async function openThreadHub(database: Database): Promise<ThreadHub> {
    const waiting = new Map<string, Set<() => void>>();
    const stop = await database.listen(threadChannel, (threadId) => waiting.get(threadId)?.forEach((wake) => wake()));
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
