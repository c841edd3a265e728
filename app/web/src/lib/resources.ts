/** Data from the server by key, in memory only. The newest news stands, in whatever order answers and events arrive. */
import { type ApiError, asApiError } from "../api/client.ts";

export interface Entry {
    data: unknown;
    error: ApiError | null;
    loading: boolean;
}

type Change = (data: unknown) => unknown;

interface Load {
    /** Whether its answer was wanted to the end. */
    done: Promise<boolean>;
    /** What became known another way since the server was asked: its answer may be older, and must not undo it. */
    changes: Change[];
    /** One more load, for all who asked while this one was under way: what they know of may not be in its answer. */
    next?: Promise<void>;
}

/** Of a key never loaded, and of none. */
export const absent: Entry = { data: undefined, error: null, loading: true };

export class Resources {
    private readonly listeners = new Set<() => void>();
    private entries = new Map<string, Entry>();
    private loads = new Map<string, Load>();

    /** Calls `listener` after every change of any entry, until the returned function is called. */
    listen(listener: () => void): () => void {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
    }

    /** The same object until it changes; a key never loaded is being waited for. */
    read(key: string): Entry {
        return this.entries.get(key) ?? absent;
    }

    /** Loads a key, after the load of it that is under way. Never rejects: a failure is in the entry, beside the data from before. */
    async load(key: string, loader: () => Promise<unknown>): Promise<void> {
        const present = this.loads.get(key);
        if (present !== undefined) return (present.next ??= present.done.then((wanted) => (wanted ? this.load(key, loader) : undefined)));
        const load: Load = { done: Promise.resolve(true), changes: [] };
        this.loads.set(key, load);
        this.put(key, { ...this.read(key), loading: true });
        load.done = loader().then(
            (data) => this.end(key, load, () => ({ data: load.changes.reduce((known, change) => change(known) ?? known, data), error: null, loading: false })),
            (cause: unknown) => this.end(key, load, () => ({ ...this.read(key), error: asApiError(cause), loading: false })),
        );
        await load.done;
    }

    /** Changes what is known under a key, when the change came another way. `change` may be asked twice: it is also made to an answer that was on its way. */
    change(key: string, change: Change): void {
        const { data: known } = this.read(key);
        this.loads.get(key)?.changes.push(change);
        const data = change(known);
        if (data !== undefined && data !== known) this.put(key, { data, error: null, loading: this.loads.has(key) });
    }

    /** Forgets everything, also what is still on its way. */
    forget(): void {
        this.entries = new Map();
        this.loads = new Map();
        this.tell();
    }

    private end(key: string, load: Load, entry: () => Entry): boolean {
        if (this.loads.get(key) !== load) return false;
        this.loads.delete(key);
        this.put(key, entry());
        return true;
    }

    private put(key: string, entry: Entry): void {
        this.entries.set(key, entry);
        this.tell();
    }

    private tell(): void {
        this.listeners.forEach((listener) => listener());
    }
}
