import { type DragEvent, useEffect, useRef, useState } from "react";
import { Button } from "../../components/Button.tsx";
import { Icon } from "../../components/Icon.tsx";
import { accept, kindsInWords, maxUploadBytes } from "../../lib/files.ts";
import { bytes } from "../../lib/format.ts";
import { useMedia } from "../../state/hooks.ts";

/** Takes files by picker or by dropping them anywhere on the page. */
export function DropZone({ onFiles, large }: { onFiles(files: File[]): void; large: boolean }) {
    const picker = useRef<HTMLInputElement>(null);
    const [over, setOver] = useState(false);
    const touch = useMedia("(pointer: coarse)");

    // A file dropped beside the zone would make the browser leave the page; the whole page takes it instead.
    useEffect(() => {
        const hover = (event: globalThis.DragEvent): void => {
            if (event.dataTransfer?.types.includes("Files")) {
                event.preventDefault();
                setOver(true);
            }
        };
        const leave = (event: globalThis.DragEvent): void => {
            if (event.relatedTarget === null) {
                setOver(false);
            }
        };
        const drop = (event: globalThis.DragEvent): void => {
            event.preventDefault();
            setOver(false);
            onFiles([...(event.dataTransfer?.files ?? [])]);
        };
        window.addEventListener("dragover", hover);
        window.addEventListener("dragleave", leave);
        window.addEventListener("drop", drop);
        return () => {
            window.removeEventListener("dragover", hover);
            window.removeEventListener("dragleave", leave);
            window.removeEventListener("drop", drop);
        };
    }, [onFiles]);

    return (
        <div className={`drop-zone ${over ? "over" : ""} ${large ? "large" : ""}`} onDragOver={(event: DragEvent) => event.preventDefault()}>
            <span className="drop-icon">
                <Icon name="upload" size={large ? 26 : 20} />
            </span>
            <div className="drop-words">
                <p>
                    <strong>{over ? "Let go to add" : touch ? "Add documents" : "Drop files here"}</strong>
                    {!over && !touch && " or choose them"}
                </p>
                <p className="quiet">
                    {kindsInWords}; up to {bytes(maxUploadBytes)} each
                </p>
            </div>
            <input
                ref={picker}
                type="file"
                multiple
                accept={accept}
                className="visually-hidden"
                aria-label="Files to add"
                tabIndex={-1}
                onChange={(event) => {
                    onFiles([...(event.target.files ?? [])]);
                    event.target.value = "";
                }}
            />
            <Button look="primary" onClick={() => picker.current?.click()}>
                Choose files
            </Button>
        </div>
    );
}
