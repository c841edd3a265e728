import type { ReactNode } from "react";
import { useAction } from "../state/action.ts";
import { Button } from "./Button.tsx";
import { Dialog } from "./Dialog.tsx";
import { ErrorNote } from "./Feedback.tsx";

interface ConfirmDialogProps {
    title: string;
    /** What the button says, such as "Delete". */
    action: string;
    children: ReactNode;
    work(): Promise<unknown>;
    onClose(): void;
    onDone(): void;
}

/** Asks before something that cannot be taken back, does it, and says when it did not work. */
export function ConfirmDialog({ title, action, children, work, onClose, onDone }: ConfirmDialogProps) {
    const { busy, error, run } = useAction();
    return (
        <Dialog title={title} onClose={onClose}>
            {children}
            {error && <ErrorNote error={error} />}
            <div className="dialog-actions">
                <Button onClick={onClose}>Cancel</Button>
                <Button look="danger" busy={busy} onClick={() => void run(() => work().then(onDone))}>
                    {action}
                </Button>
            </div>
        </Dialog>
    );
}
