import type { ReactNode } from "react";
import { useAction } from "../state/action.ts";
import { Button } from "./Button.tsx";
import { Dialog } from "./Dialog.tsx";
import { ErrorNote } from "./Feedback.tsx";
import type { IconName } from "./Icon.tsx";

interface FormDialogProps {
    title: string;
    className?: string;
    /** What the button says that sends it, such as "Save". */
    action: string;
    look?: "primary" | "danger";
    icon?: IconName;
    /** What the other button says. */
    dismiss?: string;
    /** Keeps it from being sent as it is. */
    disabled?: boolean;
    /** What did not work when `work` fails, such as "Saving the tags". */
    doing: string;
    /** Fields, and what is to be said of them. */
    children: ReactNode;
    /** Sends it; on success it also says so to whoever opened the dialog. */
    work(form: HTMLFormElement): Promise<unknown>;
    onClose(): void;
}

/** Asks for something, sends it, and stays with what was entered when that did not work. */
export function FormDialog({ title, className, action, look = "primary", icon, dismiss = "Cancel", disabled = false, doing, children, work, onClose }: FormDialogProps) {
    const { busy, error, run } = useAction();
    return (
        <Dialog title={title} className={className} onClose={onClose}>
            <form
                onSubmit={(event) => {
                    event.preventDefault();
                    const form = event.currentTarget;
                    void run(() => work(form));
                }}
            >
                {children}
                {error && <ErrorNote error={error} doing={doing} />}
                <div className="dialog-actions">
                    <Button onClick={onClose}>{dismiss}</Button>
                    <Button type="submit" look={look} icon={icon} busy={busy} disabled={disabled}>
                        {action}
                    </Button>
                </div>
            </form>
        </Dialog>
    );
}
