import { type FormEvent, useState } from "react";
import { type ApiError, asApiError } from "../../api/client.ts";
import { admin } from "../../api/endpoints.ts";
import type { Approval } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorNote } from "../../components/Feedback.tsx";
import { sentence } from "../../lib/approvals.ts";

interface DecisionDialogProps {
    approval: Approval;
    decision: "approve" | "reject";
    onClose(): void;
    onDecided(approval: Approval): void;
    /** The server has another account of the request (409): the page has to be read again. */
    onRefused(error: ApiError): void;
}

/** Says once more what will happen, takes a reason, and sends the decision with the hash of what was read. */
export function DecisionDialog({ approval, decision, onClose, onDecided, onRefused }: DecisionDialogProps) {
    const [reason, setReason] = useState("");
    const [busy, setBusy] = useState(false);
    const [error, setError] = useState<ApiError | null>(null);
    const approving = decision === "approve";

    const submit = (event: FormEvent): void => {
        event.preventDefault();
        setBusy(true);
        setError(null);
        admin.decide(approval, decision, reason.trim()).then(onDecided, (cause: unknown) => {
            const problem = asApiError(cause);
            if (problem.status === 409) {
                onRefused(problem);
                return;
            }
            setError(problem);
            setBusy(false);
        });
    };

    return (
        <Dialog title={approving ? "Approve this request?" : "Reject this request?"} onClose={onClose}>
            <form onSubmit={submit}>
                <p className="decision-what">{approval.summary || sentence(approval.tool, approval.arguments)}</p>
                <p className="quiet">
                    {effect(approval, approving)}
                </p>
                <label>
                    <span>{approving ? "Remark (optional)" : "Reason"}</span>
                    <textarea className="field-text" rows={2} value={reason} maxLength={500} required={!approving} onChange={(event) => setReason(event.target.value)} />
                </label>
                {error && <ErrorNote error={error} doing={approving ? "Approving" : "Rejecting"} />}
                <div className="dialog-actions">
                    <Button onClick={onClose}>Not now</Button>
                    <Button type="submit" look={approving ? "primary" : "danger"} icon={approving ? "check" : "close"} busy={busy}>
                        {approving ? "Approve" : "Reject"}
                    </Button>
                </div>
            </form>
        </Dialog>
    );
}

function effect(approval: Approval, approving: boolean): string {
    const missing = (approval.approversNeeded ?? 1) - (approval.approvals?.length ?? 0);
    if (approval.policy?.rule === "tool-changed") {
        return approving ? "The agent may use the tool with its new text from now on." : "The tool stays stopped.";
    }
    if (!approving) {
        return `Nothing will be done. ${approval.requestedBy.email} is told, with your reason.`;
    }
    return missing > 1
        ? "It is done only after somebody else has approved it too."
        : `It is done at once, exactly once, for ${approval.requestedBy.email}. This cannot be undone here.`;
}
