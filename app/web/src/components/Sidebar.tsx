import { useState } from "react";
import { asApiError } from "../api/client.ts";
import type { Role, User } from "../api/types.ts";
import { plainWords } from "../lib/errors.ts";
import type { Route } from "../lib/router.ts";
import { Link } from "../state/navigation.tsx";
import { usePendingCount } from "../state/pending.tsx";
import { useSession } from "../state/session.tsx";
import { Brand } from "./Brand.tsx";
import { IconButton } from "./Button.tsx";
import { Conversations } from "./Conversations.tsx";
import { Icon, type IconName } from "./Icon.tsx";
import { ThemeToggle } from "./ThemeToggle.tsx";

const roles: Partial<Record<Role, string>> = { approver: "Approver", admin: "Administrator" };

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
                {user.role !== "user" && (
                    <NavLink
                        to={{ name: "approvals", status: "pending" }}
                        icon="shield"
                        label="Approvals"
                        current={route.name === "approvals" || route.name === "approval"}
                        badge={pending}
                        onChosen={onChosen}
                    />
                )}
                {user.role === "admin" && <NavLink to={{ name: "admin", section: "people" }} icon="gear" label="Administration" current={route.name === "admin"} onChosen={onChosen} />}
            </nav>
            <Conversations name={name} openId={route.name === "chat" ? route.threadId : null} onChosen={onChosen} />
            <Account user={user} name={name} current={route.name === "account"} onChosen={onChosen} />
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

function Account({ user, name, current, onChosen }: { user: User; name: string; current: boolean; onChosen?: () => void }) {
    const { signOut } = useSession();
    const [problem, setProblem] = useState("");
    const leave = (): void => {
        setProblem("");
        signOut().catch((cause: unknown) => setProblem(plainWords(asApiError(cause)).title));
    };
    return (
        <div className="account">
            <div className="account-row">
                <Link to={{ name: "account" }} className="who" aria-current={current ? "page" : undefined} title={`Your account: ${user.email}`} onClick={onChosen}>
                    <strong>{user.name || user.email}</strong>
                    <span>{roles[user.role] === user.name ? user.email : (roles[user.role] ?? user.email)}</span>
                    <span className="visually-hidden">, your account</span>
                </Link>
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
