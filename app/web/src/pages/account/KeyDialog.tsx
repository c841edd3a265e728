import { useState } from "react";
import { account as api } from "../../api/endpoints.ts";
import type { Scope } from "../../api/types.ts";
import { FormDialog } from "../../components/FormDialog.tsx";
import { SelectField } from "../../components/SelectField.tsx";
import { useSession } from "../../state/session.tsx";

export const scopeLabels: Record<Scope, string> = {
    "documents:read": "Read documents",
    "documents:write": "Add and delete documents",
    chat: "Ask and act in the chat",
    approvals: "Decide approvals",
    admin: "Administer",
};
/** What each role may hand on to a key. */
const scopesOf: Record<string, Scope[]> = {
    user: ["documents:read", "documents:write", "chat"],
    approver: ["documents:read", "documents:write", "chat", "approvals"],
    admin: ["documents:read", "documents:write", "chat", "approvals", "admin"],
};

/** Name, scopes and end of a new key. */
export function KeyDialog({ onClose, onMade }: { onClose(): void; onMade(key: { name: string; key: string }): void }) {
    const { user } = useSession();
    const [name, setName] = useState("");
    const [scopes, setScopes] = useState<Scope[]>(["documents:read"]);
    const [days, setDays] = useState("90");
    const make = (): Promise<void> => {
        const expiresAt = days === "" ? null : new Date(Date.now() + Number(days) * 86_400_000).toISOString();
        return api.makeKey(name.trim(), scopes, expiresAt).then(onMade);
    };
    return (
        <FormDialog title="New API key" action="Make the key" doing="Making the key" disabled={scopes.length === 0} work={make} onClose={onClose}>
            <label>
                <span>Name, so that you know it again</span>
                <input value={name} required maxLength={100} autoFocus placeholder="Nightly import" onChange={(event) => setName(event.target.value)} />
            </label>
            <fieldset className="choices">
                <legend>It may</legend>
                {(scopesOf[user?.role ?? "user"] ?? []).map((scope) => (
                    <label key={scope} className="check">
                        <input type="checkbox" checked={scopes.includes(scope)} onChange={(event) => setScopes(event.target.checked ? [...scopes, scope] : scopes.filter((other) => other !== scope))} />
                        <span>{scopeLabels[scope]}</span>
                    </label>
                ))}
            </fieldset>
            <SelectField
                label="It ends"
                value={days}
                options={[
                    { value: "30", label: "in 30 days" },
                    { value: "90", label: "in 90 days" },
                    { value: "365", label: "in a year" },
                    { value: "", label: "never" },
                ]}
                onChange={setDays}
            />
        </FormDialog>
    );
}
