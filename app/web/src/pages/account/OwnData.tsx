import { useState } from "react";
import { account as api } from "../../api/endpoints.ts";
import { announceSignedOut } from "../../api/client.ts";
import { Button } from "../../components/Button.tsx";
import { FormDialog } from "../../components/FormDialog.tsx";
import { Icon } from "../../components/Icon.tsx";
import { PasswordField } from "../../components/PasswordField.tsx";

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
    return (
        <FormDialog title="Delete your account?" action="Delete for good" look="danger" dismiss="Keep my account" doing="Deleting" work={(form) => api.erase(String(new FormData(form).get("password")), documents).then(announceSignedOut)} onClose={onClose}>
            <p>Your conversations, sign-ins and keys are deleted. Bookings, tickets and the audit log stay, without your name. This cannot be undone: export first what you want to keep.</p>
            <label className="check">
                <input type="checkbox" checked={documents} onChange={(event) => setDocuments(event.target.checked)} />
                <span>Delete the documents I added, too; otherwise colleagues keep them</span>
            </label>
            <PasswordField id="erase-password" name="password" label="Your password" autoComplete="current-password" />
        </FormDialog>
    );
}
