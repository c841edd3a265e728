import { Empty } from "../components/Feedback.tsx";
import { useTitle } from "../state/hooks.ts";
import { Link } from "../state/navigation.tsx";

/** For addresses that lead nowhere, or nowhere for this person. */
export function NotFoundPage({ forAdmins = false }: { forAdmins?: boolean }) {
    useTitle(forAdmins ? "For administrators" : "Not found");
    return (
        <div className="page narrow">
            <h1 tabIndex={-1} className="visually-hidden">
                {forAdmins ? "For administrators" : "Not found"}
            </h1>
            <Empty icon={forAdmins ? "shield" : "search"} title={forAdmins ? "This page is for administrators" : "There is nothing at this address"}>
                <p>{forAdmins ? "You are signed in as a user. Sign out and sign in as an administrator to decide requests." : "The link may be old, or was cut when it was copied."}</p>
                <Link to={{ name: "chat", threadId: null }} className="button primary">
                    Go to the chat
                </Link>
            </Empty>
        </div>
    );
}
