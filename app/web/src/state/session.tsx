/** Who is signed in. The cookie is the server's; nothing of it is kept here. */
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
import { type ApiError, asApiError, onSignedOut } from "../api/client.ts";
import { session as api } from "../api/endpoints.ts";
import type { User } from "../api/types.ts";
import { forgetUnsent } from "./drafts.ts";
import { forgetResources } from "./resource.ts";
import { stopUploads } from "./uploads.ts";

interface Session {
    /** `undefined` until the server has been asked. */
    user: User | null | undefined;
    /** Why the server could not be asked. */
    error: ApiError | null;
    /** True when a session ended by itself, so that the sign-in page can say so. */
    expired: boolean;
    signIn(email: string, password: string): Promise<void>;
    register(who: Parameters<typeof api.register>[0]): Promise<void>;
    signOut(): Promise<void>;
    retry(): void;
}

const Context = createContext<Session | null>(null);

/** The session of this page. */
export function useSession(): Session {
    const session = useContext(Context);
    if (!session) {
        throw new Error("useSession outside of SessionProvider");
    }
    return session;
}

export function SessionProvider({ children }: { children: ReactNode }) {
    const [user, setUser] = useState<User | null>();
    const [error, setError] = useState<ApiError | null>(null);
    const [expired, setExpired] = useState(false);

    const last = useRef<string | null>(null);
    useEffect(() => {
        last.current = user?.id ?? last.current;
    }, [user]);

    const load = useCallback((): void => {
        setError(null);
        api.me().then(setUser, (cause: unknown) => {
            const problem = asApiError(cause);
            if (problem.status === 401) {
                setUser(null);
            } else {
                setError(problem);
            }
        });
    }, []);
    useEffect(load, [load]);

    useEffect(
        () =>
            onSignedOut(() => {
                setUser((before) => {
                    if (before) {
                        setExpired(true);
                        forgetResources();
                    }
                    return null;
                });
            }),
        [],
    );

    const entered = useCallback((next: User): void => {
        forgetResources();
        if (last.current !== next.id) {
            forgetUnsent();
        }
        setExpired(false);
        setUser(next);
    }, []);
    const value = useMemo<Session>(
        () => ({
            user,
            error,
            expired,
            signIn: async (email, password) => entered((await api.login(email, password)).user),
            register: async (who) => entered((await api.register(who)).user),
            signOut: async () => {
                await api.logout();
                stopUploads();
                forgetResources();
                forgetUnsent();
                setExpired(false);
                setUser(null);
            },
            retry: load,
        }),
        [user, error, expired, entered, load],
    );
    return <Context value={value}>{children}</Context>;
}
