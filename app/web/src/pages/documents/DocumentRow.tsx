import { useState } from "react";
import { asApiError, type ApiError } from "../../api/client.ts";
import { jobs as jobsApi } from "../../api/endpoints.ts";
import { Button, IconButton } from "../../components/Button.tsx";
import { ProgressBar } from "../../components/ProgressBar.tsx";
import { plainWords, reference } from "../../lib/errors.ts";
import { kindOf } from "../../lib/files.ts";
import { bytes, date, dateTime, plural } from "../../lib/format.ts";
import { countsLine, isActive, shareOf, stageLabel } from "../../lib/progress.ts";
import { Link } from "../../state/navigation.tsx";
import type { LibraryItem } from "./useLibrary.ts";

interface DocumentRowProps {
    item: LibraryItem;
    onDelete(): void;
    onChanged(): Promise<void>;
}

/** One document: what it is, or how far it is, or why it failed. */
export function DocumentRow({ item, onDelete, onChanged }: DocumentRowProps) {
    const { document, job } = item;
    const [busy, setBusy] = useState(false);
    const [error, setError] = useState<ApiError | null>(null);
    const active = job !== null && isActive(job);
    const failed = job?.state === "failed" || (!job && document.state === "failed");
    const cancelled = job?.state === "cancelled" || (!job && document.state === "cancelled");
    const ready = !active && !failed && !cancelled;
    // The job's last event comes before the list is loaded again: what it counted is newer.
    const pages = job?.progress.pagesTotal ?? document.pages;
    const passages = Math.max(document.chunks, job?.progress.embedded ?? 0);

    const act = (action: (jobId: string) => Promise<unknown>): void => {
        if (!job) {
            return;
        }
        setBusy(true);
        setError(null);
        action(job.id)
            .then(onChanged)
            .catch((cause: unknown) => setError(asApiError(cause)))
            .finally(() => setBusy(false));
    };

    return (
        <li className={`doc-row ${failed ? "failed" : ""}`}>
            <span className="kind" aria-hidden="true">
                {kindOf(document.filename)}
            </span>
            <div className="doc-main">
                <p className="doc-name">
                    {ready ? <Link to={{ name: "document", documentId: document.id, passageId: null }}>{document.filename}</Link> : document.filename}
                </p>
                {active && (
                    <>
                        <ProgressBar share={shareOf(job)} label={`Processing ${document.filename}`} text={`${stageLabel(job)}. ${countsLine(job)}`} />
                        <p className="doc-facts">
                            <span className="doc-stage">{stageLabel(job)}</span>
                            {countsLine(job) && <span> · {countsLine(job)}</span>}
                        </p>
                    </>
                )}
                {ready && (
                    <p className="doc-facts">
                        {bytes(document.bytes)} · {pages !== null && `${plural(pages, "page")} · `}
                        {plural(passages, "passage")} · <time title={dateTime(document.createdAt)}>{date(document.createdAt)}</time>
                    </p>
                )}
                {failed && <p className="doc-problem">{job?.error?.message ?? "This document could not be processed."}</p>}
                {failed && job?.error && (
                    <p className="reference">
                        {job.error.code} · attempt {job.attempt} of {job.maxAttempts}
                    </p>
                )}
                {cancelled && <p className="doc-facts">Cancelled; it cannot be asked about. {bytes(document.bytes)}</p>}
                {document.note && <p className="doc-facts">{document.note}</p>}
                {error && (
                    <p className="doc-problem" role="alert">
                        {plainWords(error).title} {plainWords(error).hint} <span className="reference">{reference(error)}</span>
                    </p>
                )}
            </div>
            <div className="doc-actions">
                {active && (
                    <Button icon="stop" busy={busy} onClick={() => act(jobsApi.cancel)} aria-label={`Cancel ${document.filename}`}>
                        Cancel
                    </Button>
                )}
                {(failed || cancelled) && job && (
                    <Button icon="retry" busy={busy} onClick={() => act(jobsApi.retry)} aria-label={`Retry ${document.filename}`}>
                        Retry
                    </Button>
                )}
                {!active && <IconButton icon="trash" label={`Delete ${document.filename}`} onClick={onDelete} />}
            </div>
        </li>
    );
}
