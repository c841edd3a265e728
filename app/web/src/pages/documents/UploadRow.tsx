import { Button, IconButton } from "../../components/Button.tsx";
import { ProgressBar } from "../../components/ProgressBar.tsx";
import { plainWords, reference } from "../../lib/errors.ts";
import { kindOf } from "../../lib/files.ts";
import { bytes } from "../../lib/format.ts";
import { Link } from "../../state/navigation.tsx";
import type { UploadItem } from "../../state/uploads.ts";

interface UploadRowProps {
    item: UploadItem;
    onRetry(): void;
    onDismiss(): void;
}

/** One file that is being sent, or that could not be. */
export function UploadRow({ item, onRetry, onDismiss }: UploadRowProps) {
    const { file, state, share } = item;
    const percent = Math.round(share * 100);
    const sending = state === "sending" || state === "waiting";
    return (
        <li className={`doc-row upload-row ${sending ? "" : state}`}>
            <span className="kind" aria-hidden="true">
                {kindOf(file.name)}
            </span>
            <div className="doc-main">
                <p className="doc-name">{file.name}</p>
                {sending && (
                    <>
                        <ProgressBar share={share} label={`Sending ${file.name}`} />
                        <p className="doc-facts">{state === "waiting" ? "Waiting to be sent" : share < 1 ? `Sending ${percent} % of ${bytes(file.size)}` : "Sent, being checked…"}</p>
                    </>
                )}
                <div role={sending ? undefined : "alert"}>
                    {state === "refused" && <p className="doc-problem">{item.reason}</p>}
                    {state === "duplicate" && (
                        <p className="doc-facts">
                            Already there: the same file was added before, so nothing was stored twice.{" "}
                            {item.documentId && <Link to={{ name: "document", documentId: item.documentId, passageId: null }}>Open it</Link>}
                        </p>
                    )}
                    {state === "failed" && item.error && (
                        <>
                            <p className="doc-problem">
                                {plainWords(item.error).title} {plainWords(item.error).hint}
                            </p>
                            <p className="reference">{reference(item.error)}</p>
                        </>
                    )}
                </div>
            </div>
            <div className="doc-actions">
                {state === "failed" && (
                    <Button icon="retry" onClick={onRetry}>
                        Retry
                    </Button>
                )}
                {sending ? (
                    <Button icon="stop" onClick={onDismiss} aria-label={`Stop sending ${file.name}`}>
                        Stop
                    </Button>
                ) : (
                    <IconButton icon="close" label={`Remove the notice about ${file.name}`} onClick={onDismiss} />
                )}
            </div>
        </li>
    );
}
