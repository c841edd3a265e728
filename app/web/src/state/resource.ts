/** Data from the server by key: shown at once when it was loaded before, and refreshed behind. */
import { useCallback, useEffect, useRef, useSyncExternalStore } from "react";
import type { ApiError } from "../api/client.ts";
import { absent, Resources } from "../lib/resources.ts";

const resources = new Resources();

/** Forgets everything: on sign-in and sign-out, since the next person must not see it. */
export function forgetResources(): void {
    resources.forget();
}

/** Changes what is known under a key, when the change came another way; see Resources.change. */
export function changeResource<T>(key: string, change: (data: T | undefined) => T | undefined): void {
    resources.change(key, change as (data: unknown) => unknown);
}

const reloaders = new Map<string, () => Promise<void>>();

/** Loads a key again that a component shows or has shown. */
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
        (listener) => resources.listen(listener),
        () => (key === null ? absent : resources.read(key)),
    );
    const reload = useCallback(async (): Promise<void> => {
        if (key !== null) await resources.load(key, () => loader.current());
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
