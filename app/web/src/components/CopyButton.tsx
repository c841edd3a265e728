import { useEffect, useState } from "react";
import { IconButton } from "./Button.tsx";

/** Copies a text and says that it did. */
export function CopyButton({ text, label }: { text: string; label: string }) {
    const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
    useEffect(() => {
        if (state === "idle") {
            return;
        }
        const timer = setTimeout(() => setState("idle"), 2000);
        return () => clearTimeout(timer);
    }, [state]);
    const copy = (): void => {
        copyText(text).then(
            () => setState("copied"),
            () => setState("failed"),
        );
    };
    return (
        <>
            <IconButton icon={state === "copied" ? "check" : "copy"} label={label} onClick={copy} />
            <span className="copy-state" role="status">
                {state === "copied" ? "Copied" : state === "failed" ? "Could not copy" : ""}
            </span>
        </>
    );
}

async function copyText(text: string): Promise<void> {
    if (navigator.clipboard) {
        await navigator.clipboard.writeText(text);
        return;
    }
    // Plain http on another machine's address has no clipboard API; a selected text field still can copy.
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "visually-hidden";
    document.body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    if (!copied) {
        throw new Error("copying is not allowed");
    }
}
