import { type FormEvent, useRef, useState } from "react";
import { type ApiError, asApiError } from "../api/client.ts";
import { Brand } from "../components/Brand.tsx";
import { Button } from "../components/Button.tsx";
import { Icon } from "../components/Icon.tsx";
import { ThemeToggle } from "../components/ThemeToggle.tsx";
import { plainWords, reference } from "../lib/errors.ts";
import { useTitle } from "../state/hooks.ts";
import { useSession } from "../state/session.tsx";

/** E-mail address and password; where to go afterwards stands in the address. */
export function SignInPage() {
    useTitle("Sign in");
    const { signIn, expired } = useSession();
    const [error, setError] = useState<ApiError | null>(null);
    const [busy, setBusy] = useState(false);
    const [shown, setShown] = useState(false);
    const password = useRef<HTMLInputElement>(null);

    const submit = (event: FormEvent<HTMLFormElement>): void => {
        event.preventDefault();
        const fields = new FormData(event.currentTarget);
        setBusy(true);
        setError(null);
        signIn(String(fields.get("email")).trim(), String(fields.get("password"))).catch((cause: unknown) => {
            setError(asApiError(cause));
            setBusy(false);
            password.current?.select();
        });
    };

    return (
        <div className="sign-in">
            <main>
                <form onSubmit={submit} className="sign-in-card">
                    <Brand />
                    <h1>Sign in</h1>
                    {expired && !error && (
                        <p className="note" role="status">
                            <Icon name="clock" />
                            <span>Your session has ended. Sign in again and you are back where you were.</span>
                        </p>
                    )}
                    {error && <SignInError error={error} />}
                    <label>
                        <span>E-mail address</span>
                        <input name="email" type="email" autoComplete="username" required autoFocus spellCheck={false} aria-invalid={error?.status === 401 || undefined} />
                    </label>
                    <div className="field">
                        <label htmlFor="password">Password</label>
                        <div className="with-button">
                            <input
                                id="password"
                                ref={password}
                                name="password"
                                type={shown ? "text" : "password"}
                                autoComplete="current-password"
                                required
                                aria-invalid={error?.status === 401 || undefined}
                            />
                            <button type="button" className="link-button" aria-pressed={shown} aria-label="Show password" onClick={() => setShown(!shown)}>
                                {shown ? "Hide" : "Show"}
                            </button>
                        </div>
                    </div>
                    <Button type="submit" look="primary" busy={busy}>
                        {busy ? "Signing in…" : "Sign in"}
                    </Button>
                </form>
            </main>
            <footer>
                <ThemeToggle name="theme-sign-in" />
            </footer>
        </div>
    );
}

function SignInError({ error }: { error: ApiError }) {
    const wrong = error.status === 401;
    const { title, hint } = wrong ? { title: "E-mail address or password is wrong.", hint: "Check both; capital letters count in the password." } : plainWords(error);
    return (
        <div className="note bad" role="alert">
            <Icon name="alert" />
            <div>
                <p>
                    <strong>{title}</strong> {hint}
                </p>
                {!wrong && <p className="reference">{reference(error)}</p>}
            </div>
        </div>
    );
}
