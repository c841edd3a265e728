import { useEffect, useRef } from "react";
import { documents as api } from "../../api/endpoints.ts";
import type { Citation, DocumentPassages } from "../../api/types.ts";
import { IconButton } from "../../components/Button.tsx";
import { ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { headingChanges } from "../../lib/passages.ts";
import { Link } from "../../state/navigation.tsx";
import { useResource } from "../../state/resource.ts";
import { PassageView } from "../documents/PassageView.tsx";

/** The cited page beside the conversation, with the quote marked. */
export function PassagePanel({ citation, onClose }: { citation: Citation; onClose(): void }) {
    const { documentId, filename, page, passageId, quote } = citation;
    const { data, error, loading, reload } = useResource<DocumentPassages>(`document/${documentId}`, () => api.passages(documentId));
    const heading = useRef<HTMLHeadingElement>(null);
    const samePage = data?.passages.filter((passage) => passage.id === passageId || passage.page === page).sort((a, b) => a.ordinal - b.ordinal) ?? [];
    const found = samePage.some((passage) => passage.id === passageId);

    useEffect(() => heading.current?.focus({ preventScroll: true }), []);
    useEffect(() => {
        const onKey = (event: KeyboardEvent): void => {
            if (event.key === "Escape" && !event.defaultPrevented) {
                onClose();
            }
        };
        window.addEventListener("keydown", onKey);
        return () => window.removeEventListener("keydown", onKey);
    }, [onClose]);

    return (
        <aside className="panel" aria-label="Source">
            <header>
                <div>
                    <h2 ref={heading} tabIndex={-1} className="breakable">
                        {filename}
                    </h2>
                    <p className="quiet">
                        {page !== null && `Page ${page} · `}
                        <Link to={{ name: "document", documentId, passageId }} state={{ quote }}>
                            Open the document
                        </Link>
                    </p>
                </div>
                <IconButton icon="close" label="Close the source" onClick={onClose} />
            </header>
            <div className="panel-body" tabIndex={0} role="region" aria-label={`Passages${page === null ? "" : ` of page ${page}`}`}>
                {loading && !data && <Skeleton label="Loading the passage" />}
                {error && <ErrorNote error={error} doing="Opening the source" onRetry={() => void reload()} />}
                {!found && !(loading && !data) && (
                    <blockquote>
                        <p>{quote}</p>
                        <p className="quiet">The quote, as it was when the answer was written.</p>
                    </blockquote>
                )}
                {samePage.map((passage, i) => (
                    <PassageView key={passage.id} passage={passage} showHeading={headingChanges(passage, samePage[i - 1])} cited={passage.id === passageId} quote={passage.id === passageId ? quote : null} />
                ))}
            </div>
        </aside>
    );
}
