/** NOTIFY for any number of listeners, by one connection that is opened anew whenever it is lost. */
import pg from "pg";

/** Waits between attempts to connect again: the first, and the longest. */
const BACKOFF_MS = [250, 5_000] as const;

export class Listener {
    private readonly heard = new Map<string, Set<(payload: string) => void>>();
    /** A connection that listens to all that was asked for when it was opened. Absent until somebody listens. */
    private ready: Promise<pg.Client> | undefined;
    /** That connection, while it is there. */
    private client: pg.Client | undefined;
    private closed = false;

    constructor(private readonly create: () => pg.Client) {}

    /** What is told while there is no connection is not heard: who listens has to look by itself now and then. */
    async listen(channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>> {
        const listeners = this.heard.get(channel) ?? new Set();
        this.heard.set(channel, listeners.add(onNotify));
        const isFirst = this.ready === undefined;
        this.ready ??= this.open();
        try {
            const client = await this.ready;
            // One that is lost meanwhile has a successor, which listens to this channel too.
            if (!isFirst) await client.query(`listen ${pg.escapeIdentifier(channel)}`).catch(() => this.ready);
        } catch (error) {
            if (isFirst) this.ready = undefined;
            listeners.delete(onNotify);
            throw error;
        }
        return async () => {
            listeners.delete(onNotify);
            if (listeners.size > 0 || this.closed) return;
            this.heard.delete(channel);
            // One that is opened after this does not listen to it: who stops must not wait for a database that is away.
            await this.client?.query(`unlisten ${pg.escapeIdentifier(channel)}`).catch(() => undefined);
        };
    }

    async close(): Promise<void> {
        this.closed = true;
        this.heard.clear();
        await this.client?.end().catch(() => undefined);
    }

    private async open(): Promise<pg.Client> {
        const client = this.create();
        // What an error means is told by the end that follows it.
        client.on("error", () => undefined);
        client.on("notification", ({ channel, payload }) => this.heard.get(channel)?.forEach((onNotify) => onNotify(payload ?? "")));
        await client.connect();
        if (this.closed) {
            await client.end();
            throw new Error("The database was closed.");
        }
        this.client = client;
        try {
            for (const channel of this.heard.keys()) await client.query(`listen ${pg.escapeIdentifier(channel)}`);
        } catch (error) {
            this.client = undefined;
            void client.end().catch(() => undefined);
            throw error;
        }
        client.once("end", () => {
            this.client = undefined;
            if (this.closed) return;
            this.ready = this.reopen();
            this.ready.catch(() => undefined);
        });
        return client;
    }

    private async reopen(): Promise<pg.Client> {
        for (let wait: number = BACKOFF_MS[0]; ; wait = Math.min(2 * wait, BACKOFF_MS[1])) {
            await new Promise((resolve) => setTimeout(resolve, wait).unref());
            if (this.closed) throw new Error("The database was closed.");
            try {
                return await this.open();
            } catch {
                // Away still; the callers' own queries tell of it.
            }
        }
    }
}
