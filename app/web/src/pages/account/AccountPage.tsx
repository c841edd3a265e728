import { useTitle } from "../../state/hooks.ts";
import { useSession } from "../../state/session.tsx";
import { ApiKeys } from "./ApiKeys.tsx";
import { Sessions } from "./Sessions.tsx";

export const roles: Record<string, string> = { user: "User", approver: "Approver", admin: "Administrator" };

/** One's own account: where one is signed in, and keys for programs. */
export function AccountPage() {
    useTitle("Your account");
    const { user } = useSession();
    return (
        <div className="page narrow">
            <header className="page-head">
                <div>
                    <h1 tabIndex={-1}>Your account</h1>
                    {user && (
                        <p className="quiet breakable">
                            {user.name} · {user.email} · {roles[user.role]}
                        </p>
                    )}
                </div>
            </header>
            <Sessions />
            <ApiKeys />
        </div>
    );
}
