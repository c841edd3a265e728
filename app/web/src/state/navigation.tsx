/** The tiny router: the browser's history, one hook to read it, one link component. */
import { type AnchorHTMLAttributes, type MouseEvent, useSyncExternalStore } from "react";
import { href, parse, type Route } from "../lib/router.ts";

const listeners = new Set<() => void>();
let current = read();

interface Place {
    route: Route;
    /** Path and query, to come back to. */
    path: string;
    /** What the page before handed over, such as the quote to highlight. */
    state: Record<string, unknown>;
}

function read(): Place {
    const { pathname, search } = window.location;
    const state: unknown = window.history.state;
    return { route: parse(pathname, search), path: pathname + search, state: typeof state === "object" && state !== null ? (state as Record<string, unknown>) : {} };
}

function changed(): void {
    current = read();
    listeners.forEach((listener) => listener());
}

window.addEventListener("popstate", changed);

/** Where we are. */
export function usePlace(): Place {
    return useSyncExternalStore(
        (listener) => {
            listeners.add(listener);
            return () => listeners.delete(listener);
        },
        () => current,
    );
}

/** Goes to a route or an address of this front. */
export function navigate(to: Route | string, options: { replace?: boolean; state?: Record<string, unknown> } = {}): void {
    const address = typeof to === "string" ? to : href(to);
    if (options.replace) {
        window.history.replaceState(options.state ?? {}, "", address);
    } else {
        window.history.pushState(options.state ?? {}, "", address);
        window.scrollTo(0, 0);
    }
    changed();
}

interface LinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, "href"> {
    to: Route;
    state?: Record<string, unknown>;
}

/** A real link that does not reload the page; modified clicks keep their meaning. */
export function Link({ to, state, onClick, ...rest }: LinkProps) {
    const follow = (event: MouseEvent<HTMLAnchorElement>): void => {
        onClick?.(event);
        if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) {
            return;
        }
        event.preventDefault();
        navigate(to, { state });
    };
    return <a {...rest} href={href(to)} onClick={follow} />;
}
