/** Which page an address shows, and who may see it. */
import { lazy, Suspense, useEffect } from "react";
import { ErrorNote, Skeleton } from "./components/Feedback.tsx";
import { Shell } from "./components/Shell.tsx";
import { ApprovalPage } from "./pages/approvals/ApprovalPage.tsx";
import { ApprovalsPage } from "./pages/approvals/ApprovalsPage.tsx";
import { ChatPage } from "./pages/chat/ChatPage.tsx";
import { DocumentPage } from "./pages/documents/DocumentPage.tsx";
import { DocumentsPage } from "./pages/documents/DocumentsPage.tsx";
import { NotFoundPage } from "./pages/NotFoundPage.tsx";
import { PasswordPage } from "./pages/PasswordPage.tsx";
import { RegisterPage } from "./pages/RegisterPage.tsx";
import { SignInPage } from "./pages/SignInPage.tsx";
import type { Role } from "./api/types.ts";
import { isForGuests, type Route } from "./lib/router.ts";
import { navigate, usePlace } from "./state/navigation.tsx";
import { useSession } from "./state/session.tsx";

// What few people open, and nobody first, is fetched when it is opened.
const AccountPage = lazy(() => import("./pages/account/AccountPage.tsx").then(({ AccountPage: page }) => ({ default: page })));
const AdminPage = lazy(() => import("./pages/admin/AdminPage.tsx").then(({ AdminPage: page }) => ({ default: page })));

export function App() {
    const { user, error, retry } = useSession();
    const { route, path } = usePlace();
    const away = user === null && !isForGuests(route);
    // Who chooses a password by a link may be signed in as somebody else.
    const back = user && route.name === "signIn" ? route.to : user && route.name === "register" ? "/" : null;

    useEffect(() => {
        if (away) {
            navigate({ name: "signIn", to: path }, { replace: true });
        } else if (back !== null) {
            navigate(back, { replace: true });
        }
    }, [away, back, path]);

    if (error) {
        return (
            <main className="centred">
                <ErrorNote error={error} doing="Starting" onRetry={retry} />
            </main>
        );
    }
    if (user === undefined || away || back !== null) {
        return <main className="centred" aria-busy="true" />;
    }
    if (route.name === "password") {
        return <PasswordPage />;
    }
    if (user === null) {
        return route.name === "register" ? <RegisterPage /> : <SignInPage />;
    }
    return (
        <Shell user={user} route={route}>
            <Suspense fallback={<Waiting />}>{page(route, user.role)}</Suspense>
        </Shell>
    );
}

function Waiting() {
    return (
        <div className="page">
            <Skeleton label="Loading the page" />
        </div>
    );
}

function page(route: Route, role: Role) {
    const admin = role === "admin";
    const approver = role !== "user";
    switch (route.name) {
        case "chat":
            return <ChatPage threadId={route.threadId} />;
        case "documents":
            return <DocumentsPage />;
        case "document":
            return <DocumentPage key={route.documentId} documentId={route.documentId} passageId={route.passageId} />;
        case "approvals":
            return approver ? <ApprovalsPage status={route.status} /> : <NotFoundPage forAdmins />;
        case "approval":
            return approver ? <ApprovalPage key={route.approvalId} approvalId={route.approvalId} /> : <NotFoundPage forAdmins />;
        case "admin":
            return admin ? <AdminPage section={route.section} /> : <NotFoundPage forAdmins />;
        case "account":
            return <AccountPage />;
        default:
            return <NotFoundPage />;
    }
}
