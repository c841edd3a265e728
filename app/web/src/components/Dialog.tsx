import { type ReactNode, useEffect, useId, useRef } from "react";

interface DialogProps {
    title: string;
    className?: string;
    onClose(): void;
    children: ReactNode;
}

/** A modal dialog: the browser's own, which keeps the focus inside, closes on Escape and gives the focus back. */
export function Dialog({ title, className = "", onClose, children }: DialogProps) {
    const dialog = useRef<HTMLDialogElement>(null);
    const heading = useId();
    useEffect(() => {
        const element = dialog.current;
        element?.showModal();
        return () => element?.close();
    }, []);
    return (
        <dialog
            ref={dialog}
            className={`dialog ${className}`}
            aria-labelledby={heading}
            onCancel={(event) => {
                event.preventDefault();
                onClose();
            }}
            onClick={(event) => {
                if (event.target === dialog.current) {
                    onClose();
                }
            }}
        >
            <div className="dialog-body">
                <h2 id={heading}>{title}</h2>
                {children}
            </div>
        </dialog>
    );
}
