import { useState } from "react";
import { ConfirmDialog } from "../../components/ConfirmDialog.tsx";

interface EraseDialogProps {
    title: string;
    work(withDocuments: boolean): Promise<unknown>;
    onClose(): void;
    onDone(): void;
}

/** Asks before everything of a person goes for good. */
export function EraseDialog({ title, work, onClose, onDone }: EraseDialogProps) {
    const [documents, setDocuments] = useState(false);
    return (
        <ConfirmDialog title={title} action="Erase for good" work={() => work(documents)} onClose={onClose} onDone={onDone}>
            <p>Their conversations, sign-ins and keys are deleted. Bookings, tickets and the audit log stay, without the name. This cannot be undone: export first if somebody may need it.</p>
            <label className="check">
                <input type="checkbox" checked={documents} onChange={(event) => setDocuments(event.target.checked)} />
                <span>Delete the documents they added, too</span>
            </label>
        </ConfirmDialog>
    );
}
