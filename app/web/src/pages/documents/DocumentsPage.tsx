import { useMemo, useState } from "react";
import { jobs as jobsApi } from "../../api/endpoints.ts";
import type { Doc, Job } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { plural } from "../../lib/format.ts";
import { isActive } from "../../lib/progress.ts";
import { useTitle } from "../../state/hooks.ts";
import { DeleteDialog } from "./DeleteDialog.tsx";
import { DocumentRow } from "./DocumentRow.tsx";
import { DropZone } from "./DropZone.tsx";
import { UploadRow } from "./UploadRow.tsx";
import { useLibrary } from "./useLibrary.ts";
import { useUploads } from "./useUploads.ts";

/** What the answers are made from: add, watch, open and delete documents. */
export function DocumentsPage() {
    useTitle("Documents");
    const { items, error, loading, reload } = useLibrary();
    const uploads = useUploads();
    const [deleting, setDeleting] = useState<Doc | null>(null);
    const active = useMemo(() => (items ?? []).flatMap(({ job }) => (job && isActive(job) ? [job] : [])), [items]);
    const nothing = items?.length === 0 && uploads.items.length === 0;

    return (
        <div className="page">
            <header className="page-head">
                <h1 tabIndex={-1}>Documents</h1>
                {items && items.length > 0 && <p className="quiet">{plural(items.length, "document")}</p>}
            </header>
            <DropZone onFiles={uploads.add} large={nothing} />
            {nothing && (
                <div className="first-steps">
                    <h2>Add a document to begin</h2>
                    <p>
                        It is read page by page and cut into passages. As soon as it is ready, ask about it in the chat: every answer shows the passages it rests on, and a click opens the very
                        page.
                    </p>
                </div>
            )}
            {uploads.items.length > 0 && (
                <ul className="doc-list" aria-label="Being sent">
                    {uploads.items.map((item) => (
                        <UploadRow key={item.key} item={item} onRetry={() => uploads.retry(item.key)} onDismiss={() => uploads.dismiss(item.key)} />
                    ))}
                </ul>
            )}
            <Processing active={active} total={items?.length ?? 0} onChanged={reload} />
            {error && <ErrorNote error={error} doing="Loading your documents" onRetry={() => void reload()} />}
            {!items && loading && <Skeleton label="Loading your documents" />}
            {items && items.length > 0 && (
                <ul className="doc-list" aria-label="Documents">
                    {items.map((item) => (
                        <DocumentRow key={item.document.id} item={item} onDelete={() => setDeleting(item.document)} onChanged={reload} />
                    ))}
                </ul>
            )}
            {deleting && (
                <DeleteDialog
                    document={deleting}
                    onClose={() => setDeleting(null)}
                    onDeleted={() => {
                        setDeleting(null);
                        void reload();
                    }}
                />
            )}
        </div>
    );
}

/** One line over many: how many are still at work, and a way to stop them all. */
function Processing({ active, total, onChanged }: { active: Job[]; total: number; onChanged(): Promise<void> }) {
    const [busy, setBusy] = useState(false);
    const cancelAll = (): void => {
        setBusy(true);
        Promise.allSettled(active.map((job) => jobsApi.cancel(job.id)))
            .then(onChanged)
            .catch(() => undefined)
            .finally(() => setBusy(false));
    };
    return (
        <div className="processing">
            <p role="status">{active.length > 0 && `${total - active.length} of ${plural(total, "document")} done, ${active.length} in progress`}</p>
            {active.length > 1 && (
                <Button icon="stop" busy={busy} onClick={cancelAll}>
                    Cancel all
                </Button>
            )}
        </div>
    );
}
