/** Small hooks that belong to no page. */
import { useEffect, useState, useSyncExternalStore } from "react";
import { onReached } from "../api/client.ts";

/** The time, again every `milliseconds`; for countdowns. */
export function useNow(milliseconds = 1000): number {
    const [now, setNow] = useState(Date.now);
    useEffect(() => {
        const timer = setInterval(() => setNow(Date.now()), milliseconds);
        return () => clearInterval(timer);
    }, [milliseconds]);
    return now;
}

/** Whether a media query holds. */
export function useMedia(query: string): boolean {
    return useSyncExternalStore(
        (listener) => {
            const media = window.matchMedia(query);
            media.addEventListener("change", listener);
            return () => media.removeEventListener("change", listener);
        },
        () => window.matchMedia(query).matches,
    );
}

/** Calls `tick` every so often while the page can be seen, and at once when it can be seen again. */
export function usePoll(tick: () => void, milliseconds: number | null): void {
    useEffect(() => {
        if (milliseconds === null) {
            return;
        }
        const whenSeen = (): void => {
            if (!document.hidden) {
                tick();
            }
        };
        const timer = setInterval(whenSeen, milliseconds);
        document.addEventListener("visibilitychange", whenSeen);
        return () => {
            clearInterval(timer);
            document.removeEventListener("visibilitychange", whenSeen);
        };
    }, [tick, milliseconds]);
}

export type Connection = "ok" | "offline" | "unreachable";

/** Whether the network, and the server behind it, can be reached. */
export function useConnection(): Connection {
    const [online, setOnline] = useState(navigator.onLine);
    const [reached, setReached] = useState(true);
    useEffect(() => {
        const update = (): void => setOnline(navigator.onLine);
        window.addEventListener("online", update);
        window.addEventListener("offline", update);
        const stop = onReached(setReached);
        return () => {
            stop();
            window.removeEventListener("online", update);
            window.removeEventListener("offline", update);
        };
    }, []);
    useEffect(() => {
        if (reached) {
            return;
        }
        const timer = setInterval(() => {
            fetch("/health", { cache: "no-store" }).then(
                (response) => setReached(response.status < 502 || response.status > 504),
                () => undefined,
            );
        }, 3000);
        return () => clearInterval(timer);
    }, [reached]);
    return !online ? "offline" : reached ? "ok" : "unreachable";
}

/** The page's title in the tab. */
export function useTitle(title: string): void {
    useEffect(() => {
        document.title = title === "" ? "Agent Platform" : `${title} · Agent Platform`;
    }, [title]);
}
