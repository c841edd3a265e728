import { useState } from "react";
import { people as api } from "../../api/endpoints.ts";
import type { Role } from "../../api/types.ts";
import { FormDialog } from "../../components/FormDialog.tsx";
import { SelectField } from "../../components/SelectField.tsx";
import { roleOptions } from "../../lib/roles.ts";

/** Adds somebody, who then chooses a password by a link. */
export function PersonDialog({ onClose, onAdded }: { onClose(): void; onAdded(email: string, token: string): void }) {
    const [email, setEmail] = useState("");
    const [name, setName] = useState("");
    const [role, setRole] = useState<Role>("user");
    return (
        <FormDialog title="Add somebody" action="Add" doing="Adding them" work={() => api.add(email.trim(), name.trim(), role).then((made) => onAdded(made.email, made.reset.token))} onClose={onClose}>
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
        </FormDialog>
    );
}
