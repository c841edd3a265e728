import { useState } from "react";
import { asApiError, type ApiError } from "../../api/client.ts";
import { documents as api } from "../../api/endpoints.ts";
import type { Doc } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorNote } from "../../components/Feedback.tsx";
import { plural } from "../../lib/format.ts";

interface DeleteDialogProps {
    document: Doc;
    onClose(): void;
    onDeleted(): void;
}

/** Asks before a document goes for good. */
export function DeleteDialog({ document, onClose, onDeleted }: DeleteDialogProps) {
    const [busy, setBusy] = useState(false);
    const [error, setError] = useState<ApiError | null>(null);
    const remove = (): void => {
        setBusy(true);
        setError(null);
        api.remove(document.id).then(onDeleted, (cause: unknown) => {
            const problem = asApiError(cause);
            if (problem.status === 404) {
                onDeleted();
                return;
            }
            setError(problem);
            setBusy(false);
        });
    };
    return (
        <Dialog title="Delete this document?" onClose={onClose}>
            <p>
                <strong className="breakable">{document.filename}</strong>
                {document.chunks ? ` and its ${plural(document.chunks, "passage")}` : ""} will be deleted. Answers that cited it keep their text, but their sources can no longer be opened.
                This cannot be undone.
            </p>
            {error && <ErrorNote error={error} doing="Deleting" />}
            <div className="dialog-actions">
                <Button onClick={onClose}>Keep it</Button>
                <Button look="danger" icon="trash" busy={busy} onClick={remove}>
                    Delete
                </Button>
            </div>
        </Dialog>
    );
}
