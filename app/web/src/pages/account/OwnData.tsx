import { type FormEvent, useState } from "react";
import { account as api } from "../../api/endpoints.ts";
import { announceSignedOut } from "../../api/client.ts";
import { Button } from "../../components/Button.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorNote } from "../../components/Feedback.tsx";
import { Icon } from "../../components/Icon.tsx";
import { PasswordField } from "../../components/PasswordField.tsx";
import { useAction } from "../../state/action.ts";

/** Everything that is kept about oneself: to take along, or to have deleted. */
export function OwnData() {
    const [erasing, setErasing] = useState(false);
    return (
        <section className="card" aria-labelledby="data">
            <h2 id="data">Your data</h2>
            <p>You can have everything that is kept about you as a file, and have it deleted.</p>
            <div className="page-actions">
                <a className="button" href={api.exportUrl} download="my-data.json">
                    <Icon name="download" />
                    <span>Export</span>
                </a>
                <Button icon="trash" onClick={() => setErasing(true)}>
                    Delete my account…
                </Button>
            </div>
            {erasing && <EraseSelf onClose={() => setErasing(false)} />}
        </section>
    );
}

function EraseSelf({ onClose }: { onClose(): void }) {
    const [documents, setDocuments] = useState(false);
    const { busy, error, run } = useAction();
    const submit = (event: FormEvent<HTMLFormElement>): void => {
        event.preventDefault();
        const password = String(new FormData(event.currentTarget).get("password"));
        void run(() => api.erase(password, documents).then(announceSignedOut));
    };
    return (
        <Dialog title="Delete your account?" onClose={onClose}>
            <form onSubmit={submit}>
                <p>Your conversations, sign-ins and keys are deleted. Bookings, tickets and the audit log stay, without your name. This cannot be undone: export first what you want to keep.</p>
                <label className="check">
                    <input type="checkbox" checked={documents} onChange={(event) => setDocuments(event.target.checked)} />
                    <span>Delete the documents I added, too; otherwise colleagues keep them</span>
                </label>
                <PasswordField id="erase-password" name="password" label="Your password" autoComplete="current-password" />
                {error && <ErrorNote error={error} doing="Deleting" />}
                <div className="dialog-actions">
                    <Button onClick={onClose}>Keep my account</Button>
                    <Button type="submit" look="danger" busy={busy}>
                        Delete for good
                    </Button>
                </div>
            </form>
        </Dialog>
    );
}
