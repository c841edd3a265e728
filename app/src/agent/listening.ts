import type { Database } from "../db/database.js";
import type { Logger } from "../http/log.js";

/**
 * Listens to a channel as soon as the database can be reached: a service that starts before its database
 * waits for it instead of dying. The returned function ends it.
 */
export function keepListening(database: Database, channel: string, log: Logger, onNotify: (payload: string) => void): () => Promise<void> {
    let stopped = false;
    let timer: NodeJS.Timeout | undefined;
    let stop: (() => Promise<void>) | undefined;
    const begin = async (): Promise<void> => {
        try {
            const end = await database.listen(channel, onNotify);
            if (stopped) await end();
            else stop = end;
        } catch (error) {
            log.warn({ error, channel }, "cannot listen to the database yet; it is tried again");
            if (!stopped) timer = setTimeout(() => void begin(), 1_000);
        }
    };
    void begin();
    return async () => {
        stopped = true;
        clearTimeout(timer);
        // A subscription that is still being made ends itself.
        await stop?.();
    };
}
