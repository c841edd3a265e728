/** The frame around every page: navigation, who is signed in, and whether the server can be reached. */
import { type ReactNode, useEffect, useRef, useState } from "react";
import type { User } from "../api/types.ts";
import type { Route } from "../lib/router.ts";
import { useConnection } from "../state/hooks.ts";
import { usePlace } from "../state/navigation.tsx";
import { PendingApprovals } from "../state/pending.tsx";
import { Brand } from "./Brand.tsx";
import { IconButton } from "./Button.tsx";
import { Icon } from "./Icon.tsx";
import { Sidebar } from "./Sidebar.tsx";

interface ShellProps {
    user: User;
    route: Route;
    children: ReactNode;
}

export function Shell({ user, route, children }: ShellProps) {
    const [open, setOpen] = useState(false);
    const main = useRef<HTMLElement>(null);
    const { path } = usePlace();
    const focusedFor = useRef(path);

    // A new page begins with its heading, also for a screen reader; the chat puts the focus into its own field.
    useEffect(() => {
        if (focusedFor.current !== path) {
            focusedFor.current = path;
            setOpen(false);
            if (route.name !== "chat") {
                main.current?.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
            }
        }
    }, [path, route.name]);

    return (
        <PendingApprovals enabled={user.role !== "user"}>
            <a className="skip" href="#main" onClick={(event) => skipTo(event, main.current)}>
                Skip to the content
            </a>
            <div className="shell">
                <header className="topbar">
                    <IconButton icon="menu" label="Open the menu" aria-expanded={open} onClick={() => setOpen(true)} />
                    <Brand />
                </header>
                <aside className="side">
                    <Sidebar user={user} route={route} name="side" />
                </aside>
                {open && (
                    <Drawer onClose={() => setOpen(false)}>
                        <Sidebar user={user} route={route} name="drawer" onChosen={() => setOpen(false)} />
                    </Drawer>
                )}
                <main id="main" ref={main} tabIndex={-1}>
                    <ConnectionBanner />
                    {children}
                </main>
            </div>
        </PendingApprovals>
    );
}

function skipTo(event: { preventDefault(): void }, main: HTMLElement | null): void {
    event.preventDefault();
    main?.focus();
}

/** The sidebar over the page, on narrow screens. */
function Drawer({ onClose, children }: { onClose(): void; children: ReactNode }) {
    const dialog = useRef<HTMLDialogElement>(null);
    useEffect(() => {
        const element = dialog.current;
        element?.showModal();
        return () => element?.close();
    }, []);
    return (
        <dialog ref={dialog} className="drawer" aria-label="Menu" onCancel={onClose} onClick={(event) => event.target === dialog.current && onClose()}>
            <IconButton icon="close" label="Close the menu" className="drawer-close" onClick={onClose} />
            {children}
        </dialog>
    );
}

function ConnectionBanner() {
    const connection = useConnection();
    return (
        <div role="status" className="connection">
            {connection !== "ok" && (
                <p>
                    <Icon name="alert" />
                    {connection === "offline"
                        ? "You are offline. What you see may be old; it goes on as soon as the connection is back."
                        : "The server cannot be reached right now. Trying again…"}
                </p>
            )}
        </div>
    );
}
