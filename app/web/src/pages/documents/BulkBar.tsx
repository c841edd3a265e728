import { useState } from "react";
import { documents, jobs } from "../../api/endpoints.ts";
import { Button } from "../../components/Button.tsx";
import { batch } from "../../lib/batch.ts";
import { plainWords, reference } from "../../lib/errors.ts";
import { count, plural } from "../../lib/format.ts";
import { cancellable, type LibraryItem, rereadable, retryable } from "../../lib/library.ts";

type Kind = "retry" | "cancel" | "reindex";

interface BulkBarProps {
    selected: LibraryItem[];
    onClear(): void;
    onTags(): void;
    onDelete(): void;
    onChanged(): Promise<void>;
}

/** What can be done with all chosen documents at once, and how it went. */
export function BulkBar({ selected, onClear, onTags, onDelete, onChanged }: BulkBarProps) {
    const [busy, setBusy] = useState<Kind | null>(null);
    const [outcome, setOutcome] = useState("");
    const again = retryable(selected);
    const ready = rereadable(selected);
    const running = cancellable(selected);

    const act = (kind: Kind, items: LibraryItem[]): void => {
        setBusy(kind);
        setOutcome("");
        const action = ({ document, job }: LibraryItem) => (kind === "reindex" ? documents.reindex(document.id) : jobs[kind](job?.id ?? ""));
        batch<LibraryItem>(items, action, (ended) => setOutcome(`${count(ended)} of ${count(items.length)}`))
            .then(async ({ done, failed }) => {
                await onChanged();
                const first = failed[0];
                const good = `${plural(done.length, "document")} ${kind === "cancel" ? "cancelled" : "queued again"}.`;
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
                {ready.length > 0 && (
                    <Button icon="retry" busy={busy === "reindex"} onClick={() => act("reindex", ready)}>
                        Read again {count(ready.length)}
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
