import { useState } from "react";
import { ApiError } from "../../api/client.ts";
import { admin } from "../../api/endpoints.ts";
import type { Approval } from "../../api/types.ts";
import { FormDialog } from "../../components/FormDialog.tsx";
import { sentence } from "../../lib/approvals.ts";
import { plainWords } from "../../lib/errors.ts";
import { count, plural } from "../../lib/format.ts";

/** The server takes so many in one request. */
const atOnce = 100;

interface BulkDialogProps {
    requests: Approval[];
    decision: "approve" | "reject";
    onClose(): void;
    /** What to say about the outcome. */
    onDecided(outcome: string): void;
}

/** Lists every request once more, then decides each with the hash of what was read; one that changed is left alone. */
export function BulkDialog({ requests, decision, onClose, onDecided }: BulkDialogProps) {
    const [reason, setReason] = useState("");
    const approving = decision === "approve";
    const decide = async (): Promise<void> => {
        const results: Awaited<ReturnType<typeof admin.decideMany>> = [];
        for (let at = 0; at < requests.length; at += atOnce) {
            results.push(...(await admin.decideMany(requests.slice(at, at + atOnce), decision, reason.trim())));
        }
        const failed = results.filter((result) => result.error !== undefined);
        const done = results.length - failed.length;
        const good = done > 0 ? `${plural(done, "request")} ${approving ? "approved" : "rejected"}. ` : "";
        const bad = failed.map(({ approvalId, error: refusal }) => {
            const request = requests.find(({ id }) => id === approvalId);
            return `Not decided: ${request ? title(request) : approvalId} ${plainWords(new ApiError(refusal?.code ?? "", refusal?.message ?? "")).title}`;
        });
        onDecided(good + bad.join(" "));
    };

    return (
        <FormDialog
            title={`${approving ? "Approve" : "Reject"} ${plural(requests.length, "request")}?`}
            action={`${approving ? "Approve" : "Reject"} ${count(requests.length)}`}
            look={approving ? "primary" : "danger"}
            icon={approving ? "check" : "close"}
            dismiss="Not now"
            doing={approving ? "Approving" : "Rejecting"}
            work={decide}
            onClose={onClose}
        >
            <ul className="name-list" tabIndex={0} aria-label="Requests to decide">
                {requests.map((request) => (
                    <li key={request.id}>
                        {title(request)} <span className="quiet">{request.requestedBy.email}</span>
                    </li>
                ))}
            </ul>
            <p className="quiet">
                {approving ? "Each is done at once, exactly once, unless it needs a second person. This cannot be undone here." : "Nothing will be done. Whoever asked is told, with your reason."}
            </p>
            <label>
                <span>{approving ? "Remark for all (optional)" : "Reason for all"}</span>
                <textarea className="field-text" rows={2} value={reason} maxLength={500} required={!approving} onChange={(event) => setReason(event.target.value)} />
            </label>
        </FormDialog>
    );
}

function title(request: Approval): string {
    return request.summary || sentence(request.tool, request.arguments);
}
