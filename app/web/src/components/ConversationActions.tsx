import { useState } from "react";
import { threads as api } from "../api/endpoints.ts";
import type { ThreadSummary } from "../api/types.ts";
import { IconButton } from "./Button.tsx";
import { ConfirmDialog } from "./ConfirmDialog.tsx";
import { FormDialog } from "./FormDialog.tsx";

interface ConversationActionsProps {
    thread: ThreadSummary;
    onRenamed(): void;
    onDeleted(): void;
}

/** Another name for a conversation, or its end. */
export function ConversationActions({ thread, onRenamed, onDeleted }: ConversationActionsProps) {
    const [open, setOpen] = useState<"rename" | "delete" | null>(null);
    const close = (): void => setOpen(null);
    const title = thread.title || "Untitled";
    return (
        <>
            <span className="conversation-actions">
                <IconButton icon="pencil" label={`Rename ${title}`} onClick={() => setOpen("rename")} />
                <IconButton icon="trash" label={`Delete ${title}`} onClick={() => setOpen("delete")} />
            </span>
            {open === "rename" && (
                <RenameDialog
                    thread={thread}
                    onClose={close}
                    onDone={() => {
                        close();
                        onRenamed();
                    }}
                />
            )}
            {open === "delete" && (
                <ConfirmDialog title="Delete this conversation?" action="Delete" work={() => api.remove(thread.id)} onClose={close} onDone={onDeleted}>
                    <p className="breakable">“{title}” is deleted with all its messages. This cannot be undone.</p>
                    {thread.status === "waiting" && <p>A request in it is waiting for approval. It is withdrawn: nobody can approve it any more, and it will not be done.</p>}
                    <p className="quiet">What has been done already, such as a refund, stays done.</p>
                </ConfirmDialog>
            )}
        </>
    );
}

function RenameDialog({ thread, onClose, onDone }: { thread: ThreadSummary; onClose(): void; onDone(): void }) {
    const [title, setTitle] = useState(thread.title);
    return (
        <FormDialog title="Rename the conversation" action="Save" doing="Renaming" work={() => api.rename(thread.id, title.trim()).then(onDone)} onClose={onClose}>
            <label>
                <span>Name</span>
                <input value={title} maxLength={200} required pattern=".*\S.*" autoFocus onFocus={(event) => event.target.select()} onChange={(event) => setTitle(event.target.value)} />
            </label>
        </FormDialog>
    );
}
