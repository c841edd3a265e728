import { useTitle } from "../../state/hooks.ts";
import { useSession } from "../../state/session.tsx";
import { roleLabels } from "../../lib/roles.ts";
import { ApiKeys } from "./ApiKeys.tsx";
import { OwnData } from "./OwnData.tsx";
import { Password } from "./Password.tsx";
import { Sessions } from "./Sessions.tsx";

/** One's own account: sessions, keys, password, data. */
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
                            {user.name} · {user.email} · {roleLabels[user.role]}
                        </p>
                    )}
                </div>
            </header>
            <Sessions />
            <ApiKeys />
            <Password />
            <OwnData />
        </div>
    );
}
