/** Data from the server by key: shown at once when it was loaded before, and refreshed behind. In memory only. */
import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import { type ApiError, asApiError } from "../api/client.ts";

interface Entry {
    data: unknown;
    error: ApiError | null;
    loading: boolean;
}

const absent: Entry = { data: undefined, error: null, loading: true };
const entries = new Map<string, Entry>();
const listeners = new Set<() => void>();
let generation = 0;

function put(key: string, entry: Entry): void {
    entries.set(key, entry);
    listeners.forEach((listener) => listener());
}

/** Forgets everything: on sign-in and sign-out, since the next person must not see it. */
export function forgetResources(): void {
    generation += 1;
    entries.clear();
    listeners.forEach((listener) => listener());
}

/** Changes what is known under a key, when the change came another way. */
export function changeResource<T>(key: string, change: (data: T | undefined) => T | undefined): void {
    const entry = entries.get(key);
    const data = change(entry?.data as T | undefined);
    if (data !== undefined && data !== entry?.data) {
        put(key, { data, error: null, loading: false });
    }
}

const reloaders = new Map<string, () => Promise<void>>();

/** Loads a key again if some component on the page shows it. */
export function refreshResource(key: string): void {
    reloaders.get(key)?.().catch(() => undefined);
}

export interface Resource<T> {
    data: T | undefined;
    error: ApiError | null;
    loading: boolean;
    reload(): Promise<void>;
}

/** Loads on first use of a key and on `reload`; a null key loads nothing. */
export function useResource<T>(key: string | null, load: () => Promise<T>): Resource<T> {
    const loader = useRef(load);
    loader.current = load;
    const entry = useSyncExternalStore(
        (listener) => {
            listeners.add(listener);
            return () => listeners.delete(listener);
        },
        () => (key === null ? absent : (entries.get(key) ?? absent)),
    );
    const reload = useCallback(async (): Promise<void> => {
        if (key === null) {
            return;
        }
        const started = generation;
        put(key, { ...(entries.get(key) ?? absent), loading: true });
        try {
            const data = await loader.current();
            if (started === generation) {
                put(key, { data, error: null, loading: false });
            }
        } catch (cause) {
            if (started === generation) {
                put(key, { ...(entries.get(key) ?? absent), error: asApiError(cause), loading: false });
            }
        }
    }, [key]);
    useEffect(() => {
        if (key === null) {
            return;
        }
        reloaders.set(key, reload);
        reload().catch(() => undefined);
    }, [key, reload]);
    return { data: entry.data as T | undefined, error: entry.error, loading: entry.loading, reload };
}
