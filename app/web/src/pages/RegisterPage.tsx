import { type FormEvent, useMemo } from "react";
import { Brand } from "../components/Brand.tsx";
import { Button } from "../components/Button.tsx";
import { ErrorNote } from "../components/Feedback.tsx";
import { PasswordField } from "../components/PasswordField.tsx";
import { ThemeToggle } from "../components/ThemeToggle.tsx";
import { invitationOf } from "../lib/links.ts";
import { passwordLength } from "../lib/roles.ts";
import { useAction } from "../state/action.ts";
import { useTitle } from "../state/hooks.ts";
import { Link } from "../state/navigation.tsx";
import { useSession } from "../state/session.tsx";

/** A new account, by an invitation's link or where registration is open. */
export function RegisterPage() {
    useTitle("Create an account");
    const { register } = useSession();
    const { busy, error, run } = useAction();
    const invited = useMemo(() => invitationOf(window.location.hash), []);
    const submit = (event: FormEvent<HTMLFormElement>): void => {
        event.preventDefault();
        const fields = new FormData(event.currentTarget);
        void run(() =>
            register({
                email: String(fields.get("email")).trim(),
                name: String(fields.get("name")).trim(),
                password: String(fields.get("password")),
                ...(invited.invitation ? { invitation: invited.invitation } : {}),
            }),
        );
    };
    return (
        <div className="sign-in">
            <main>
                <form onSubmit={submit} className="sign-in-card">
                    <Brand />
                    <h1>Create an account</h1>
                    {invited.invitation && <p>You were invited. Choose a name and a password.</p>}
                    {error && <ErrorNote error={error} doing="Creating the account" />}
                    <label>
                        <span>E-mail address</span>
                        <input name="email" type="email" autoComplete="username" required maxLength={254} spellCheck={false} defaultValue={invited.email} readOnly={invited.email !== ""} />
                    </label>
                    <label>
                        <span>Name</span>
                        <input name="name" autoComplete="name" required maxLength={100} autoFocus />
                    </label>
                    <PasswordField id="password" name="password" label={`Password, at least ${passwordLength} characters`} autoComplete="new-password" minLength={passwordLength} />
                    <Button type="submit" look="primary" busy={busy}>
                        Create the account
                    </Button>
                    <p className="quiet">
                        You have an account? <Link to={{ name: "signIn", to: "/" }}>Sign in</Link>
                    </p>
                </form>
            </main>
            <footer>
                <ThemeToggle name="theme-register" />
            </footer>
        </div>
    );
}
