import { useState } from "react";
import { documents as api } from "../../api/endpoints.ts";
import type { Doc } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { Dialog } from "../../components/Dialog.tsx";
import { ErrorNote } from "../../components/Feedback.tsx";
import { batch } from "../../lib/batch.ts";
import { count, plural } from "../../lib/format.ts";
import { useAction } from "../../state/action.ts";

interface DeleteDialogProps {
    documents: Doc[];
    onClose(): void;
    onDeleted(): void;
}

/** Asks before documents go for good. */
export function DeleteDialog({ documents, onClose, onDeleted }: DeleteDialogProps) {
    const [ended, setEnded] = useState(0);
    const [left, setLeft] = useState(documents);
    const { busy, error, run } = useAction();
    const one = documents.length === 1 ? documents[0] : undefined;
    const passages = documents.reduce((sum, document) => sum + document.chunks, 0);
    const remove = (): void => {
        void run(async () => {
            const result = await batch(left, (document) => api.remove(document.id), setEnded);
            // What is gone already is what was wanted.
            const failed = result.failed.filter(({ error: problem }) => problem.status !== 404);
            setLeft(failed.map(({ item }) => item));
            if (failed[0]) {
                throw failed[0].error;
            }
            onDeleted();
        });
    };
    return (
        <Dialog title={one ? "Delete this document?" : `Delete ${plural(documents.length, "document")}?`} onClose={onClose}>
            <p>
                {one ? <strong className="breakable">{one.filename}</strong> : <strong>{plural(documents.length, "document")}</strong>}
                {passages > 0 && ` and ${one ? "its" : "their"} ${plural(passages, "passage")}`} will be deleted. Answers that cited {one ? "it" : "them"} keep their text, but their sources can no
                longer be opened. This cannot be undone.
            </p>
            {!one && (
                <ul className="name-list">
                    {documents.slice(0, 8).map((document) => (
                        <li key={document.id} className="breakable">
                            {document.filename}
                        </li>
                    ))}
                    {documents.length > 8 && <li className="quiet">and {count(documents.length - 8)} more</li>}
                </ul>
            )}
            {busy && !one && <p role="status">{`${count(ended)} of ${count(documents.length)} deleted`}</p>}
            {error && <ErrorNote error={error} doing={left.length === 1 ? `Deleting ${left[0]?.filename}` : `Deleting ${plural(left.length, "document")}`} />}
            <div className="dialog-actions">
                <Button onClick={onClose}>{one ? "Keep it" : "Keep them"}</Button>
                <Button look="danger" icon="trash" busy={busy} onClick={remove}>
                    Delete
                </Button>
            </div>
        </Dialog>
    );
}
