import { useCallback, useMemo, useState } from "react";
import { documents as api } from "../../api/endpoints.ts";
import type { DocumentPassages } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { Empty, ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { Icon, Spinner } from "../../components/Icon.tsx";
import { Tags } from "../../components/Tags.tsx";
import { bytes, date, plural } from "../../lib/format.ts";
import { byPage, headingChanges } from "../../lib/passages.ts";
import { usePoll, useTitle } from "../../state/hooks.ts";
import { Link, navigate, usePlace } from "../../state/navigation.tsx";
import { refreshResource, useResource } from "../../state/resource.ts";
import { DeleteDialog } from "./DeleteDialog.tsx";
import { PassageView } from "./PassageView.tsx";

interface DocumentPageProps {
    documentId: string;
    passageId: string | null;
}

/** A document as its passages, page by page; a citation leads to the exact one. */
export function DocumentPage({ documentId, passageId }: DocumentPageProps) {
    const { data, error, loading, reload } = useResource<DocumentPassages>(`document/${documentId}`, () => api.passages(documentId));
    const [deleting, setDeleting] = useState(false);
    const { state } = usePlace();
    const quote = typeof state.quote === "string" ? state.quote : null;
    const pages = useMemo(() => byPage(data?.passages ?? []), [data]);
    const target = data?.passages.find((passage) => passage.id === passageId);
    const growing = data?.document.state === "processing" || data?.document.state === "queued";
    const look = useCallback(() => void reload(), [reload]);
    usePoll(look, growing ? 2000 : null);
    useTitle(data?.document.filename ?? "Document");

    return (
        <div className="page reading">
            <Link to={{ name: "documents" }} className="back">
                <Icon name="back" size={16} /> Documents
            </Link>
            <header className="page-head">
                <div>
                    <h1 tabIndex={-1} className="breakable">
                        {data?.document.filename ?? "Document"}
                    </h1>
                    {data && (
                        <p className="quiet">
                            {bytes(data.document.bytes)} · {data.document.pages !== null && `${plural(data.document.pages, "page")} · `}
                            {plural(data.passages.length, "passage")} · {date(data.document.createdAt)}
                        </p>
                    )}
                </div>
                {data && (
                    <div className="page-actions">
                        <a className="button" href={api.fileUrl(documentId)} download>
                            <Icon name="download" />
                            <span>Original file</span>
                        </a>
                        <Button icon="trash" onClick={() => setDeleting(true)}>
                            Delete
                        </Button>
                    </div>
                )}
            </header>
            {data && <Tags tags={data.document.tags ?? []} of={data.document.filename} />}
            {data?.document.note && <p className="note">{data.document.note}</p>}
            {growing && (
                <p className="note" role="status">
                    <Spinner />
                    <span>Still being read. What is here already can be asked about; the rest appears by itself.</span>
                </p>
            )}
            {error && <ErrorNote error={error} doing="Opening the document" onRetry={() => void reload()} />}
            {!data && loading && <Skeleton rows={8} label="Loading the passages" />}
            {data && passageId && !target && (
                <p className="note" role="status">
                    <Icon name="alert" />
                    <span>The cited passage is no longer in this document; it was processed again since.</span>
                </p>
            )}
            {target && (
                <p className="visually-hidden" role="status">
                    Cited passage on page {target.page ?? "unknown"} is highlighted.
                </p>
            )}
            {data?.passages.length === 0 && !growing && (
                <Empty icon="document" title="No passages">
                    <p>Nothing of this document has been read. Its row among the documents says why.</p>
                </Empty>
            )}
            {pages.map(({ page, passages }) => (
                <section key={page ?? "none"} className="doc-page" aria-label={page === null ? "Passages" : `Page ${page}`}>
                    {page !== null && <h2 className="page-number">Page {page}</h2>}
                    {passages.map((passage, i) => (
                        <PassageView key={passage.id} passage={passage} showHeading={headingChanges(passage, passages[i - 1])} cited={passage.id === passageId} quote={passage.id === passageId ? quote : null} />
                    ))}
                </section>
            ))}
            {deleting && data && (
                <DeleteDialog
                    documents={[data.document]}
                    onClose={() => setDeleting(false)}
                    onDeleted={() => {
                        refreshResource("documents");
                        navigate({ name: "documents" }, { replace: true });
                    }}
                />
            )}
        </div>
    );
}
