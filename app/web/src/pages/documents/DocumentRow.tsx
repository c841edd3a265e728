import { memo } from "react";
import { documents as documentsApi, jobs as jobsApi } from "../../api/endpoints.ts";
import { Button, IconButton } from "../../components/Button.tsx";
import { ProgressBar } from "../../components/ProgressBar.tsx";
import { Tags } from "../../components/Tags.tsx";
import { failureOf } from "../../lib/advice.ts";
import { plainWords, reference } from "../../lib/errors.ts";
import { kindOf } from "../../lib/files.ts";
import { bytes, date, dateTime, plural } from "../../lib/format.ts";
import { type LibraryItem, passagesOf, stateOf } from "../../lib/library.ts";
import { countsLine, shareOf, stageLabel } from "../../lib/progress.ts";
import { useAction } from "../../state/action.ts";
import { Link } from "../../state/navigation.tsx";
import { isNewVersion } from "../../state/uploads.ts";

interface DocumentRowProps {
    item: LibraryItem;
    chosen: boolean;
    onChoose(item: LibraryItem, chosen: boolean): void;
    onTag(tag: string): void;
    onTags(item: LibraryItem): void;
    onDelete(item: LibraryItem): void;
    onChanged(): Promise<void>;
}

/** One document: what it is, or how far it is, or why it failed and what to do. */
export const DocumentRow = memo(function DocumentRow({ item, chosen, onChoose, onTag, onTags, onDelete, onChanged }: DocumentRowProps) {
    const { document, job } = item;
    const { busy, error, run } = useAction();
    const state = stateOf(item);
    const working = state === "working";
    const failed = state === "failed";
    // The job's last event comes before the list is loaded again: what it counted is newer.
    const pages = job?.progress.pagesTotal ?? document.pages;
    const passages = passagesOf(item);
    const name = document.filename;
    const newVersion = working && isNewVersion(document.id);
    const readAgain = document.state === "ready" && working;
    const act = (action: (jobId: string) => Promise<unknown>): void => {
        if (job) {
            void run(() => action(job.id).then(onChanged));
        }
    };

    return (
        <li className={`doc-row ${state}`}>
            <input type="checkbox" checked={chosen} aria-label={`Choose ${name}`} onChange={(event) => onChoose(item, event.target.checked)} />
            <span className="kind" aria-hidden="true">
                {kindOf(name)}
            </span>
            <div className="doc-main">
                <p className="doc-name">
                    {state === "ready" || (working && passages > 0) ? <Link to={{ name: "document", documentId: document.id, passageId: null }}>{name}</Link> : name}
                </p>
                {working && job && (
                    <>
                        <ProgressBar share={shareOf(job)} label={`Processing ${name}`} text={[stageLabel(job), countsLine(job)].filter(Boolean).join(". ")} />
                        <p className="doc-facts">
                            <span className="doc-stage">{stageLabel(job)}</span>
                            {countsLine(job) && <span> · {countsLine(job)}</span>}
                        </p>
                        {newVersion && <p className="doc-facts">A new version: the one before answers until this is ready, then it is replaced.</p>}
                        {readAgain && <p className="doc-facts good">It is read again, and answers with what it has until that is done.</p>}
                        {!newVersion && !readAgain && passages > 0 && <p className="doc-facts good">You can ask about what has been read so far.</p>}
                    </>
                )}
                {working && !job && <p className="doc-facts">Waiting for its turn</p>}
                {state === "ready" && (
                    <p className="doc-facts">
                        {bytes(document.bytes)} · {pages !== null && `${plural(pages, "page")} · `}
                        {plural(passages, "passage")} · <time title={dateTime(document.createdAt)}>{date(document.createdAt)}</time>
                    </p>
                )}
                {state === "ready" && job?.state === "failed" && (
                    <p className="doc-problem">
                        Reading it again did not work, so it answers as before. {failureOf(job.error).reason}
                    </p>
                )}
                {failed && (
                    <>
                        <p className="doc-problem">{failureOf(job?.error ?? null).reason}</p>
                        <p className="doc-facts">
                            <strong>What to do:</strong> {failureOf(job?.error ?? null).todo}
                        </p>
                        {job?.error && (
                            <p className="reference">
                                {job.error.code} · attempt {job.attempt} of {job.maxAttempts}
                            </p>
                        )}
                    </>
                )}
                {state === "cancelled" && <p className="doc-facts">Cancelled; it cannot be asked about. {bytes(document.bytes)}</p>}
                {document.note && <p className="doc-facts">{document.note}</p>}
                <Tags tags={document.tags ?? []} of={name} onChoose={onTag} />
                {error && (
                    <p className="doc-problem" role="alert">
                        {plainWords(error).title} {plainWords(error).hint} <span className="reference">{reference(error)}</span>
                    </p>
                )}
            </div>
            <div className="doc-actions">
                {working && job && (
                    <Button icon="stop" busy={busy} onClick={() => act(jobsApi.cancel)} aria-label={`Cancel ${name}`}>
                        Cancel
                    </Button>
                )}
                {(failed || state === "cancelled") && job && (
                    <Button icon="retry" busy={busy} onClick={() => act(jobsApi.retry)} aria-label={`Retry ${name}`}>
                        Retry
                    </Button>
                )}
                {state === "ready" && <IconButton icon="retry" label={`Read ${name} again`} disabled={busy} onClick={() => void run(() => documentsApi.reindex(document.id).then(onChanged))} />}
                <IconButton icon="tag" label={`Tags of ${name}`} onClick={() => onTags(item)} />
                {!working && <IconButton icon="trash" label={`Delete ${name}`} onClick={() => onDelete(item)} />}
            </div>
        </li>
    );
});
