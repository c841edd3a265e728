import { useState } from "react";
import type { ApiError } from "../../api/client.ts";
import { admin } from "../../api/endpoints.ts";
import type { Approval } from "../../api/types.ts";
import { FormDialog } from "../../components/FormDialog.tsx";
import { sentence } from "../../lib/approvals.ts";
import { decided } from "./decided.ts";

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
    const approving = decision === "approve";
    return (
        <FormDialog
            title={approving ? "Approve this request?" : "Reject this request?"}
            action={approving ? "Approve" : "Reject"}
            look={approving ? "primary" : "danger"}
            icon={approving ? "check" : "close"}
            dismiss="Not now"
            doing={approving ? "Approving" : "Rejecting"}
            work={() => decided(admin.decide(approval, decision, reason.trim()), onDecided, onRefused)}
            onClose={onClose}
        >
            <p className="decision-what">{approval.summary || sentence(approval.tool, approval.arguments)}</p>
            <p className="quiet">
                {effect(approval, approving)}
            </p>
            <label>
                <span>{approving ? "Remark (optional)" : "Reason"}</span>
                <textarea className="field-text" rows={2} value={reason} maxLength={500} required={!approving} onChange={(event) => setReason(event.target.value)} />
            </label>
        </FormDialog>
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
