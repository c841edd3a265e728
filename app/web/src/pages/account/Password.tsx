import { type FormEvent, useState } from "react";
import { account as api } from "../../api/endpoints.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote } from "../../components/Feedback.tsx";
import { PasswordField } from "../../components/PasswordField.tsx";
import { passwordLength } from "../../lib/roles.ts";
import { useAction } from "../../state/action.ts";
import { refreshResource } from "../../state/resource.ts";

/** Changes one's own password. */
export function Password() {
    const [done, setDone] = useState(false);
    const { busy, error, run } = useAction();
    const submit = (event: FormEvent<HTMLFormElement>): void => {
        event.preventDefault();
        const form = event.currentTarget;
        const fields = new FormData(form);
        setDone(false);
        void run(async () => {
            await api.changePassword(String(fields.get("current")), String(fields.get("next")));
            form.reset();
            setDone(true);
            refreshResource("account/sessions");
        });
    };
    return (
        <section className="card" aria-labelledby="password-heading">
            <h2 id="password-heading">Password</h2>
            <form className="stacked" onSubmit={submit}>
                <PasswordField id="current-password" name="current" label="Password now" autoComplete="current-password" />
                <PasswordField id="next-password" name="next" label={`New password, at least ${passwordLength} characters`} autoComplete="new-password" minLength={passwordLength} />
                <p role="status">{done && "Your password is changed. Everywhere else you are signed out."}</p>
                {error && <ErrorNote error={error} doing="Changing the password" />}
                <div className="page-actions">
                    <Button type="submit" busy={busy}>
                        Change the password
                    </Button>
                </div>
            </form>
        </section>
    );
}
