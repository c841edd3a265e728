import { type FormEvent, useMemo, useState } from "react";
import { session as api } from "../api/endpoints.ts";
import { Brand } from "../components/Brand.tsx";
import { Button } from "../components/Button.tsx";
import { ErrorNote } from "../components/Feedback.tsx";
import { PasswordField } from "../components/PasswordField.tsx";
import { ThemeToggle } from "../components/ThemeToggle.tsx";
import { tokenOf } from "../lib/links.ts";
import { passwordLength } from "../lib/roles.ts";
import { useAction } from "../state/action.ts";
import { useTitle } from "../state/hooks.ts";
import { Link } from "../state/navigation.tsx";

/** Chooses a password with a link that an administrator gave. */
export function PasswordPage() {
    useTitle("Choose a password");
    const token = useMemo(() => tokenOf(window.location.hash), []);
    const [done, setDone] = useState(false);
    const { busy, error, run } = useAction();
    const submit = (event: FormEvent<HTMLFormElement>): void => {
        event.preventDefault();
        const password = String(new FormData(event.currentTarget).get("password"));
        void run(() => api.choosePassword(token, password).then(() => setDone(true)));
    };
    return (
        <div className="sign-in">
            <main>
                <form onSubmit={submit} className="sign-in-card">
                    <Brand />
                    <h1>Choose a password</h1>
                    {token === "" && (
                        <p className="note" role="alert">
                            This link is not whole. Copy it again from the message, or ask an administrator for another.
                        </p>
                    )}
                    {done ? (
                        <p role="status">Your password is set.</p>
                    ) : (
                        <>
                            {error && <ErrorNote error={error} doing="Setting the password" />}
                            <PasswordField id="password" name="password" label={`New password, at least ${passwordLength} characters`} autoComplete="new-password" minLength={passwordLength} />
                            <Button type="submit" look="primary" busy={busy} disabled={token === ""}>
                                Set the password
                            </Button>
                        </>
                    )}
                    <p>
                        <Link to={{ name: "signIn", to: "/" }}>{done ? "Sign in with it" : "Back to sign-in"}</Link>
                    </p>
                </form>
            </main>
            <footer>
                <ThemeToggle name="theme-password" />
            </footer>
        </div>
    );
}
