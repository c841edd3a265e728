import { type FormEvent, useState } from "react";
import { people as api } from "../../api/endpoints.ts";
import type { Role } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorNote } from "../../components/Feedback.tsx";
import { SelectField } from "../../components/SelectField.tsx";
import { roleOptions } from "../../lib/roles.ts";
import { useAction } from "../../state/action.ts";

/** Adds somebody, who then chooses a password by a link. */
export function PersonDialog({ onClose, onAdded }: { onClose(): void; onAdded(email: string, token: string): void }) {
    const [email, setEmail] = useState("");
    const [name, setName] = useState("");
    const [role, setRole] = useState<Role>("user");
    const { busy, error, run } = useAction();
    const submit = (event: FormEvent): void => {
        event.preventDefault();
        void run(() => api.add(email.trim(), name.trim(), role).then((made) => onAdded(made.email, made.reset.token)));
    };
    return (
        <Dialog title="Add somebody" onClose={onClose}>
            <form onSubmit={submit}>
                <label>
                    <span>Name</span>
                    <input value={name} required maxLength={100} autoFocus autoComplete="off" onChange={(event) => setName(event.target.value)} />
                </label>
                <label>
                    <span>E-mail address</span>
                    <input type="email" value={email} required maxLength={254} autoComplete="off" spellCheck={false} onChange={(event) => setEmail(event.target.value)} />
                </label>
                <SelectField label="Role" value={role} options={roleOptions} onChange={(next) => setRole(next)} />
                <p className="quiet">You get a link to send to them. With it they choose their password.</p>
                {error && <ErrorNote error={error} doing="Adding them" />}
                <div className="dialog-actions">
                    <Button onClick={onClose}>Cancel</Button>
                    <Button type="submit" look="primary" busy={busy}>
                        Add
                    </Button>
                </div>
            </form>
        </Dialog>
    );
}
