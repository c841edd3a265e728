import { useState } from "react";
import type { ApiError } from "../../api/client.ts";
import { admin } from "../../api/endpoints.ts";
import type { Approval } from "../../api/types.ts";
import { FormDialog } from "../../components/FormDialog.tsx";
import { editableArguments, sentence } from "../../lib/approvals.ts";
import { humanise, money } from "../../lib/format.ts";
import { decided } from "./decided.ts";

interface EditDialogProps {
    approval: Approval;
    onClose(): void;
    onDecided(approval: Approval): void;
    onRefused(error: ApiError): void;
}

/** Approves less than was asked for, or with other words; the server checks what may be changed. */
export function EditDialog({ approval, onClose, onDecided, onRefused }: EditDialogProps) {
    const fields = editableArguments(approval);
    const [values, setValues] = useState(() => Object.fromEntries(fields.map(({ name, kind }) => [name, kind === "json" ? JSON.stringify(approval.arguments[name]) : String(approval.arguments[name] ?? "")])));
    const [remark, setRemark] = useState("");
    const currency = String(approval.arguments.currency ?? approval.policy.currency ?? "EUR");
    const changed = Object.fromEntries(
        fields
            .map(({ name, kind }) => [name, kind === "amount" ? Number(values[name]) : kind === "json" ? fromJson(values[name] ?? "") : (values[name] ?? "").trim()] as const)
            .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(approval.arguments[name])),
    );
    const unreadable = fields.find(({ name, kind }) => kind === "json" && fromJson(values[name] ?? "") === undefined);
    const different = Object.keys(changed).length > 0 && unreadable === undefined;
    return (
        <FormDialog title="Change and approve" action="Approve as changed" icon="check" dismiss="Not now" doing="Approving" disabled={!different} work={() => decided(admin.decide(approval, "approve", remark.trim(), changed), onDecided, onRefused)} onClose={onClose}>
            {fields.map(({ name, kind }) => (
                <label key={name}>
                    <span>
                        {humanise(name)}
                        {kind === "amount" && ` in ${currency}, at most ${money(Number(approval.arguments[name]), currency)}`}
                    </span>
                    {kind === "amount" ? (
                        <input
                            type="number"
                            inputMode="decimal"
                            min="0.01"
                            step="0.01"
                            max={Number(approval.arguments[name])}
                            required
                            value={values[name]}
                            onChange={(event) => setValues({ ...values, [name]: event.target.value })}
                        />
                    ) : (
                        <textarea className="field-text" rows={2} required maxLength={500} value={values[name]} onChange={(event) => setValues({ ...values, [name]: event.target.value })} />
                    )}
                </label>
            ))}
            <label>
                <span>Remark (optional)</span>
                <textarea className="field-text" rows={2} maxLength={500} value={remark} onChange={(event) => setRemark(event.target.value)} />
            </label>
            <p className="decision-what" role="status">
                {unreadable ? `${humanise(unreadable.name)} is not a number, true, false, or other JSON.` : different ? sentence(approval.tool, { ...approval.arguments, ...changed }) : "Nothing is changed yet."}
            </p>
            {approval.approvals.length > 0 && <p className="quiet">What others have approved so far was for the old arguments and no longer counts.</p>}
        </FormDialog>
    );
}

/** What the text says as JSON; undefined where it is none. */
function fromJson(text: string): unknown {
    try {
        return JSON.parse(text) as unknown;
    } catch {
        return undefined;
    }
}
