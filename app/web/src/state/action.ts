/** One thing a person set going: whether it runs, and what went wrong with it. */
import { useCallback, useEffect, useRef, useState } from "react";
import { type ApiError, asApiError } from "../api/client.ts";

export interface Action {
    busy: boolean;
    error: ApiError | null;
    /** Runs `work`; resolves to what it gave, or to undefined after a failure, which is kept in `error`. */
    run<T>(work: () => Promise<T>): Promise<T | undefined>;
    clear(): void;
}

export function useAction(): Action {
    const [busy, setBusy] = useState(false);
    const [error, setError] = useState<ApiError | null>(null);
    const here = useRef(true);
    useEffect(() => {
        here.current = true;
        return () => {
            here.current = false;
        };
    }, []);
    const run = useCallback(async <T>(work: () => Promise<T>): Promise<T | undefined> => {
        setBusy(true);
        setError(null);
        try {
            return await work();
        } catch (cause) {
            if (here.current) {
                setError(asApiError(cause));
            }
            return undefined;
        } finally {
            if (here.current) {
                setBusy(false);
            }
        }
    }, []);
    const clear = useCallback(() => setError(null), []);
    return { busy, error, run, clear };
}
