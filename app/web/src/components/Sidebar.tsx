import { useState } from "react";
import { asApiError } from "../api/client.ts";
import { threads as api } from "../api/endpoints.ts";
import type { ThreadSummary, User } from "../api/types.ts";
import { plainWords } from "../lib/errors.ts";
import type { Route } from "../lib/router.ts";
import { Link } from "../state/navigation.tsx";
import { usePendingCount } from "../state/pending.tsx";
import { useResource } from "../state/resource.ts";
import { useSession } from "../state/session.tsx";
import { Brand } from "./Brand.tsx";
import { IconButton } from "./Button.tsx";
import { Icon, type IconName } from "./Icon.tsx";
import { ThemeToggle } from "./ThemeToggle.tsx";

interface SidebarProps {
    user: User;
    route: Route;
    /** Makes ids and radio groups unique, since a drawer may show the same content. */
    name: string;
    onChosen?: () => void;
}

/** Pages, conversations, and the person signed in. */
export function Sidebar({ user, route, name, onChosen }: SidebarProps) {
    const pending = usePendingCount();
    return (
        <div className="sidebar">
            <Brand />
            <Link to={{ name: "chat", threadId: null }} className="button new-chat" onClick={onChosen}>
                <Icon name="plus" />
                <span>New chat</span>
            </Link>
            <nav aria-label="Pages" className="nav">
                <NavLink to={{ name: "documents" }} icon="document" label="Documents" current={route.name === "documents" || route.name === "document"} onChosen={onChosen} />
                {user.role === "admin" && (
                    <>
                        <NavLink
                            to={{ name: "approvals", status: "pending" }}
                            icon="shield"
                            label="Approvals"
                            current={route.name === "approvals" || route.name === "approval"}
                            badge={pending}
                            onChosen={onChosen}
                        />
                        <NavLink to={{ name: "audit" }} icon="log" label="Audit log" current={route.name === "audit"} onChosen={onChosen} />
                    </>
                )}
            </nav>
            <Conversations name={name} openId={route.name === "chat" ? route.threadId : null} onChosen={onChosen} />
            <Account user={user} name={name} />
        </div>
    );
}

interface NavLinkProps {
    to: Route;
    icon: IconName;
    label: string;
    current: boolean;
    badge?: number;
    onChosen?: () => void;
}

function NavLink({ to, icon, label, current, badge = 0, onChosen }: NavLinkProps) {
    return (
        <Link to={to} className="nav-link" aria-current={current ? "page" : undefined} onClick={onChosen}>
            <Icon name={icon} />
            <span>{label}</span>
            {badge > 0 && (
                <span className="badge">
                    {badge}
                    <span className="visually-hidden"> waiting</span>
                </span>
            )}
        </Link>
    );
}

function Conversations({ name, openId, onChosen }: { name: string; openId: string | null; onChosen?: () => void }) {
    const { data, error, loading, reload } = useResource<ThreadSummary[]>("threads", api.list);
    const heading = `conversations-${name}`;
    return (
        <nav aria-labelledby={heading} className="conversations">
            <h2 id={heading}>Conversations</h2>
            {!data && loading && <p className="quiet">Loading…</p>}
            {!data && error && (
                <p className="quiet">
                    {plainWords(error).title}{" "}
                    <button type="button" className="link-button" onClick={() => void reload()}>
                        Try again
                    </button>
                </p>
            )}
            {data?.length === 0 && <p className="quiet">Your conversations will be listed here.</p>}
            <ul>
                {data?.map((thread) => (
                    <li key={thread.id}>
                        <Link to={{ name: "chat", threadId: thread.id }} aria-current={thread.id === openId ? "page" : undefined} title={thread.title} onClick={onChosen}>
                            <span>{thread.title || "Untitled"}</span>
                            {thread.status === "waiting" && <span className="dot" title="Waiting for approval" role="img" aria-label="waiting for approval" />}
                        </Link>
                    </li>
                ))}
            </ul>
        </nav>
    );
}

function Account({ user, name }: { user: User; name: string }) {
    const { signOut } = useSession();
    const [problem, setProblem] = useState("");
    const leave = (): void => {
        setProblem("");
        signOut().catch((cause: unknown) => setProblem(plainWords(asApiError(cause)).title));
    };
    return (
        <div className="account">
            <div className="account-row">
                <div className="who">
                    <strong>{user.name || user.email}</strong>
                    <span title={user.email}>{user.role === "admin" ? "Administrator" : user.email}</span>
                </div>
                <IconButton icon="signOut" label="Sign out" onClick={leave} />
            </div>
            <ThemeToggle name={`theme-${name}`} />
            {problem && (
                <p role="alert" className="problem">
                    {problem}
                </p>
            )}
        </div>
    );
}
