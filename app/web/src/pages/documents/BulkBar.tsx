import { useState } from "react";
import { jobs } from "../../api/endpoints.ts";
import { Button } from "../../components/Button.tsx";
import { batch } from "../../lib/batch.ts";
import { plainWords, reference } from "../../lib/errors.ts";
import { count, plural } from "../../lib/format.ts";
import { cancellable, type LibraryItem, retryable } from "../../lib/library.ts";

interface BulkBarProps {
    selected: LibraryItem[];
    onClear(): void;
    onTags(): void;
    onDelete(): void;
    onChanged(): Promise<void>;
}

/** What can be done with all chosen documents at once, and how it went. */
export function BulkBar({ selected, onClear, onTags, onDelete, onChanged }: BulkBarProps) {
    const [busy, setBusy] = useState<"retry" | "cancel" | null>(null);
    const [outcome, setOutcome] = useState("");
    const again = retryable(selected);
    const running = cancellable(selected);

    const act = (kind: "retry" | "cancel", items: LibraryItem[]): void => {
        setBusy(kind);
        setOutcome("");
        const action = kind === "retry" ? jobs.retry : jobs.cancel;
        batch(items, ({ job }) => action(job?.id ?? ""), (ended) => setOutcome(`${count(ended)} of ${count(items.length)}`))
            .then(async ({ done, failed }) => {
                await onChanged();
                const first = failed[0];
                const good = `${plural(done.length, "document")} ${kind === "retry" ? "queued again" : "cancelled"}.`;
                setOutcome(first ? `${good} ${plural(failed.length, "document")} could not be: ${first.item.document.filename}: ${plainWords(first.error).title} (${reference(first.error)})` : good);
            })
            .catch(() => undefined)
            .finally(() => setBusy(null));
    };

    return (
        <div className="bulk-bar" role="group" aria-label="Chosen documents">
            <strong>{count(selected.length)} chosen</strong>
            <div className="bulk-actions">
                {again.length > 0 && (
                    <Button icon="retry" busy={busy === "retry"} onClick={() => act("retry", again)}>
                        Retry {count(again.length)}
                    </Button>
                )}
                {running.length > 0 && (
                    <Button icon="stop" busy={busy === "cancel"} onClick={() => act("cancel", running)}>
                        Cancel {count(running.length)}
                    </Button>
                )}
                <Button icon="tag" disabled={selected.length === 0} onClick={onTags}>
                    Tags
                </Button>
                <Button icon="trash" disabled={selected.length === 0} onClick={onDelete}>
                    Delete {count(selected.length)}
                </Button>
                <Button look="quiet" onClick={onClear}>
                    Choose none
                </Button>
            </div>
            <p role="status" className="bulk-outcome">
                {outcome}
            </p>
        </div>
    );
}
