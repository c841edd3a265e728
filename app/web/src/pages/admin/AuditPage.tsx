import { useCallback, useEffect, useState } from "react";
import { type ApiError, asApiError } from "../../api/client.ts";
import { admin } from "../../api/endpoints.ts";
import type { AuditEntry } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { Empty, ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { dateTime } from "../../lib/format.ts";
import { useTitle } from "../../state/hooks.ts";

const pageSize = 50;

/** Who did what and when, newest first. */
export function AuditPage() {
    useTitle("Audit log");
    const [entries, setEntries] = useState<AuditEntry[] | null>(null);
    const [more, setMore] = useState(true);
    const [busy, setBusy] = useState(false);
    const [error, setError] = useState<ApiError | null>(null);

    const load = useCallback((before: AuditEntry | undefined): void => {
        setBusy(true);
        setError(null);
        admin
            .audit(pageSize, before?.id ?? null)
            .then((next) => {
                setEntries((known) => (before ? merged(known ?? [], next) : next));
                setMore(next.length === pageSize);
            })
            .catch((cause: unknown) => setError(asApiError(cause)))
            .finally(() => setBusy(false));
    }, []);
    useEffect(() => load(undefined), [load]);

    return (
        <div className="page">
            <header className="page-head">
                <div>
                    <h1 tabIndex={-1}>Audit log</h1>
                    <p className="quiet">Who did what, and when. Entries cannot be changed or deleted.</p>
                </div>
                <div className="page-actions">
                    <Button icon="retry" busy={busy} onClick={() => load(undefined)}>
                        Refresh
                    </Button>
                </div>
            </header>
            {error && <ErrorNote error={error} doing="Loading the audit log" onRetry={() => load(entries?.at(-1))} />}
            {!entries && !error && <Skeleton rows={8} label="Loading the audit log" />}
            {entries?.length === 0 && <Empty icon="log" title="Nothing has happened yet" />}
            {entries && entries.length > 0 && (
                <>
                    <table className="audit">
                        <thead>
                            <tr>
                                <th scope="col">When</th>
                                <th scope="col">Who</th>
                                <th scope="col">What</th>
                                <th scope="col">On</th>
                                <th scope="col">Details</th>
                            </tr>
                        </thead>
                        <tbody>
                            {entries.map((entry) => (
                                <tr key={entry.id}>
                                    <td data-label="When" className="nowrap">
                                        {dateTime(entry.at)}
                                    </td>
                                    <td data-label="Who" className="breakable">{entry.actor}</td>
                                    <td data-label="What">
                                        <code>{entry.action}</code>
                                    </td>
                                    <td data-label="On" className="breakable">
                                        {entry.subject}
                                    </td>
                                    <td data-label="Details">
                                        <Detail value={entry.detail} />
                                    </td>
                                </tr>
                            ))}
                        </tbody>
                    </table>
                    {more ? (
                        <Button className="load-more" busy={busy} onClick={() => load(entries.at(-1))}>
                            Older entries
                        </Button>
                    ) : (
                        <p className="quiet end">That is everything.</p>
                    )}
                </>
            )}
        </div>
    );
}

function merged(known: AuditEntry[], next: AuditEntry[]): AuditEntry[] {
    const ids = new Set(known.map((entry) => entry.id));
    return [...known, ...next.filter((entry) => !ids.has(entry.id))];
}

function Detail({ value }: { value: Record<string, unknown> }) {
    if (Object.keys(value).length === 0) {
        return <>–</>;
    }
    return (
        <details>
            <summary>Show</summary>
            <pre tabIndex={0}>{JSON.stringify(value, null, 2)}</pre>
        </details>
    );
}
