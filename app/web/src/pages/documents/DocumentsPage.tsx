import { useCallback, useEffect, useMemo, useState } from "react";
import { jobs as jobsApi } from "../../api/endpoints.ts";
import { Button } from "../../components/Button.tsx";
import { ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { ProgressBar } from "../../components/ProgressBar.tsx";
import { batch } from "../../lib/batch.ts";
import { count, plural } from "../../lib/format.ts";
import { cancellable, type LibraryItem, matching, noFilter, retryable, summary as summarise, tagsFrom, tagsIn } from "../../lib/library.ts";
import { useAction } from "../../state/action.ts";
import { useTitle } from "../../state/hooks.ts";
import { addUploads, dismissUpload, isSending, retryUpload, useUploads } from "../../state/uploads.ts";
import { BulkBar } from "./BulkBar.tsx";
import { DeleteDialog } from "./DeleteDialog.tsx";
import { DocumentRow } from "./DocumentRow.tsx";
import { DropZone } from "./DropZone.tsx";
import { TagsDialog } from "./TagsDialog.tsx";
import { Toolbar } from "./Toolbar.tsx";
import { UploadRow } from "./UploadRow.tsx";
import { useLibrary } from "./useLibrary.ts";

const pageSize = 100;
/** The server lists so many, the newest. */
const listed = 500;

/** What the answers are made from: add, watch, find, open, tag, retry and delete documents, one or many. */
export function DocumentsPage() {
    const { items, error, loading, reload } = useLibrary();
    const uploads = useUploads();
    const [newTags, setNewTags] = useState("");
    const [filter, setFilter] = useState(noFilter);
    const [most, setMost] = useState(pageSize);
    const [chosenIds, setChosenIds] = useState<ReadonlySet<string>>(new Set());
    const [dialog, setDialog] = useState<{ kind: "delete" | "tags"; items: LibraryItem[] } | null>(null);

    const all = useMemo(() => items ?? [], [items]);
    const summary = useMemo(() => summarise(all), [all]);
    const tags = useMemo(() => tagsIn(all), [all]);
    const shown = useMemo(() => matching(all, filter), [all, filter]);
    const chosen = useMemo(() => all.filter(({ document }) => chosenIds.has(document.id)), [all, chosenIds]);
    const shownChosen = shown.filter(({ document }) => chosenIds.has(document.id)).length;
    const nothing = items?.length === 0 && uploads.length === 0;
    useTitle(summary.states.working > 0 ? `Documents (${summary.states.working} in progress)` : "Documents");
    useLeaveWarning();

    const add = useCallback((files: File[]) => addUploads(files, tagsFrom(newTags)), [newTags]);
    const choose = useCallback((item: LibraryItem, on: boolean) => {
        setChosenIds((before) => {
            const next = new Set(before);
            return (on ? next.add(item.document.id) : next.delete(item.document.id), next);
        });
    }, []);
    const chooseAll = (on: boolean): void => setChosenIds(on ? new Set([...chosenIds, ...shown.map(({ document }) => document.id)]) : new Set());
    const onTag = useCallback((tag: string) => setFilter((before) => ({ ...before, tag })), []);
    const onTags = useCallback((item: LibraryItem) => setDialog({ kind: "tags", items: [item] }), []);
    const onDelete = useCallback((item: LibraryItem) => setDialog({ kind: "delete", items: [item] }), []);
    const close = (): void => setDialog(null);
    const changed = (): void => {
        close();
        void reload();
    };

    return (
        <div className="page">
            <header className="page-head">
                <h1 tabIndex={-1}>Documents</h1>
            </header>
            <DropZone onFiles={add} large={nothing} />
            {nothing ? (
                <div className="first-steps">
                    <h2>Add a document to begin</h2>
                    <p>
                        It is read page by page and cut into passages. You can ask about each page as soon as it has been read: every answer shows the passages it rests on, and a click opens the
                        very page.
                    </p>
                </div>
            ) : (
                <label className="new-tags">
                    <span>Tags for what you add (optional)</span>
                    <input value={newTags} maxLength={300} placeholder="contracts, 2026" onChange={(event) => setNewTags(event.target.value)} />
                </label>
            )}
            {uploads.length > 0 && (
                <ul className="doc-list" aria-label="Being sent">
                    {uploads.map((item) => (
                        <UploadRow key={item.key} item={item} onRetry={() => retryUpload(item.key)} onDismiss={() => dismissUpload(item.key)} />
                    ))}
                </ul>
            )}
            {error && <ErrorNote error={error} doing="Loading your documents" onRetry={() => void reload()} />}
            {!items && loading && <Skeleton label="Loading your documents" />}
            {all.length > 0 && (
                <>
                    <Overview items={all} onChanged={reload} />
                    <Toolbar
                        filter={filter}
                        tags={tags}
                        summary={summary}
                        shown={shown.length}
                        chosen={shownChosen === 0 ? "none" : shownChosen === shown.length ? "all" : "some"}
                        onFilter={setFilter}
                        onChooseAll={chooseAll}
                    />
                    {chosen.length > 0 && (
                        <BulkBar
                            selected={chosen}
                            onClear={() => setChosenIds(new Set())}
                            onTags={() => setDialog({ kind: "tags", items: chosen })}
                            onDelete={() => setDialog({ kind: "delete", items: chosen })}
                            onChanged={reload}
                        />
                    )}
                    {shown.length === 0 ? (
                        <p className="nothing-fits">
                            No document fits.{" "}
                            <button type="button" className="link-button" onClick={() => setFilter(noFilter)}>
                                Show all
                            </button>
                        </p>
                    ) : (
                        <ul className="doc-list" aria-label="Documents">
                            {shown.slice(0, most).map((item) => (
                                <DocumentRow
                                    key={item.document.id}
                                    item={item}
                                    chosen={chosenIds.has(item.document.id)}
                                    onChoose={choose}
                                    onTag={onTag}
                                    onTags={onTags}
                                    onDelete={onDelete}
                                    onChanged={reload}
                                />
                            ))}
                        </ul>
                    )}
                    {shown.length > most && <Button onClick={() => setMost(most + pageSize)}>{`Show ${count(Math.min(pageSize, shown.length - most))} more of ${count(shown.length)}`}</Button>}
                    {all.length >= listed && <p className="quiet">These are the newest {count(listed)}. Older documents are still asked.</p>}
                </>
            )}
            {dialog?.kind === "delete" && <DeleteDialog documents={dialog.items.map(({ document }) => document)} onClose={() => changed()} onDeleted={changed} />}
            {dialog?.kind === "tags" && <TagsDialog documents={dialog.items.map(({ document }) => document)} known={tags} onClose={close} onChanged={changed} />}
        </div>
    );
}

/** One line over many: n of the total, and a way to stop or retry them all. */
function Overview({ items, onChanged }: { items: LibraryItem[]; onChanged(): Promise<void> }) {
    const { busy, error, run } = useAction();
    const { words, share, states } = summarise(items);
    const running = cancellable(items);
    const again = retryable(items).filter(({ job }) => job?.state === "failed");
    const each = (chosen: LibraryItem[], action: (jobId: string) => Promise<unknown>): void => {
        void run(async () => {
            const { failed } = await batch(chosen, ({ job }) => action(job?.id ?? ""));
            await onChanged();
            // One that ended by itself in the meantime is no failure.
            const real = failed.find(({ error: problem }) => problem.status !== 409);
            if (real) {
                throw real.error;
            }
        });
    };
    return (
        <section className="overview" aria-label="How far everything is">
            <div className="overview-line">
                <p role="status">{words}</p>
                {running.length > 1 && (
                    <Button icon="stop" busy={busy} onClick={() => each(running, jobsApi.cancel)}>
                        Cancel all
                    </Button>
                )}
                {again.length > 1 && (
                    <Button icon="retry" busy={busy} onClick={() => each(again, jobsApi.retry)}>
                        Retry all {count(again.length)} failed
                    </Button>
                )}
            </div>
            {states.working > 1 && <ProgressBar share={share} label="All documents" text={`${words} of ${plural(items.length, "document")}`} />}
            {error && <ErrorNote error={error} />}
        </section>
    );
}

/** Files that are still being sent would be lost with the page; what the server has goes on without it. */
function useLeaveWarning(): void {
    useEffect(() => {
        const warn = (event: BeforeUnloadEvent): void => {
            if (isSending()) {
                event.preventDefault();
            }
        };
        window.addEventListener("beforeunload", warn);
        return () => window.removeEventListener("beforeunload", warn);
    }, []);
}
