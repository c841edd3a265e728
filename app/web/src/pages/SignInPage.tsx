import { type FormEvent, useRef, useState } from "react";
import { type ApiError, asApiError } from "../api/client.ts";
import { session as api } from "../api/endpoints.ts";
import type { AuthOptions } from "../api/types.ts";
import { Brand } from "../components/Brand.tsx";
import { Button } from "../components/Button.tsx";
import { Icon } from "../components/Icon.tsx";
import { PasswordField } from "../components/PasswordField.tsx";
import { ThemeToggle } from "../components/ThemeToggle.tsx";
import { plainWords, reference } from "../lib/errors.ts";
import { useTitle } from "../state/hooks.ts";
import { Link } from "../state/navigation.tsx";
import { useResource } from "../state/resource.ts";
import { useSession } from "../state/session.tsx";

/** E-mail address and password; where to go afterwards stands in the address. */
export function SignInPage() {
    useTitle("Sign in");
    const { signIn, expired } = useSession();
    const [error, setError] = useState<ApiError | null>(null);
    const [busy, setBusy] = useState(false);
    const { data: options } = useResource<AuthOptions>("auth/options", api.options);
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
                    <PasswordField id="password" name="password" label="Password" autoComplete="current-password" invalid={error?.status === 401} fieldRef={password} />
                    <Button type="submit" look="primary" busy={busy}>
                        {busy ? "Signing in…" : "Sign in"}
                    </Button>
                    {options?.providers.map(({ id, name }) => (
                        <a key={id} className="button" href={api.providerUrl(id)}>
                            Sign in with {name}
                        </a>
                    ))}
                    {options?.registration === "open" && (
                        <p className="quiet">
                            New here? <Link to={{ name: "register" }}>Create an account</Link>
                        </p>
                    )}
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
