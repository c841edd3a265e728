import { type FormEvent, useState } from "react";
import { admin } from "../../api/endpoints.ts";
import type { Approval } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { sentence } from "../../lib/approvals.ts";
import { batch } from "../../lib/batch.ts";
import { plainWords } from "../../lib/errors.ts";
import { count, plural } from "../../lib/format.ts";

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
    const [ended, setEnded] = useState<number | null>(null);
    const approving = decision === "approve";

    const submit = (event: FormEvent): void => {
        event.preventDefault();
        setEnded(0);
        // One after another: decisions on the same conversation must not meet.
        void batch(requests, (request) => admin.decide(request, decision, reason.trim()), setEnded, 1).then(({ done, failed }) => {
            const good = done.length > 0 ? `${plural(done.length, "request")} ${approving ? "approved" : "rejected"}. ` : "";
            const bad = failed.map(({ item, error }) => `Not decided: ${title(item)} ${plainWords(error).title}`).join(" ");
            onDecided(good + bad);
        });
    };

    return (
        <Dialog title={`${approving ? "Approve" : "Reject"} ${plural(requests.length, "request")}?`} onClose={onClose}>
            <form onSubmit={submit}>
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
                {ended !== null && <p role="status">{`${count(ended)} of ${count(requests.length)} decided`}</p>}
                <div className="dialog-actions">
                    <Button onClick={onClose} disabled={ended !== null}>
                        Not now
                    </Button>
                    <Button type="submit" look={approving ? "primary" : "danger"} icon={approving ? "check" : "close"} busy={ended !== null}>
                        {approving ? "Approve" : "Reject"} {count(requests.length)}
                    </Button>
                </div>
            </form>
        </Dialog>
    );
}

function title(request: Approval): string {
    return request.summary || sentence(request.tool, request.arguments);
}
