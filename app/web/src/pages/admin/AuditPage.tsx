import { useCallback, useEffect, useRef, useState } from "react";
import { type ApiError, asApiError } from "../../api/client.ts";
import { admin } from "../../api/endpoints.ts";
import type { AuditEntry } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { Empty, ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { Icon } from "../../components/Icon.tsx";
import { SearchField } from "../../components/SearchField.tsx";
import { SelectField } from "../../components/SelectField.tsx";
import { dateTime } from "../../lib/format.ts";
import { useTitle } from "../../state/hooks.ts";
import { AuditState } from "./AuditState.tsx";

const pageSize = 50;
const everything = { action: "", actor: "" };
/** The first part of what is recorded, for the choice of what to see. */
const kinds = [
    { value: "", label: "Everything" },
    { value: "session", label: "Sign-ins" },
    { value: "document", label: "Documents" },
    { value: "job", label: "Processing" },
    { value: "tool", label: "Tool calls" },
    { value: "approval", label: "Approvals" },
    { value: "refund", label: "Refunds" },
    { value: "key", label: "API keys" },
    { value: "webhook", label: "Webhooks" },
];

/** Who did what and when, newest first. */
export function AuditPage() {
    useTitle("Audit log");
    const [entries, setEntries] = useState<AuditEntry[] | null>(null);
    const [more, setMore] = useState(true);
    const [busy, setBusy] = useState(false);
    const [error, setError] = useState<ApiError | null>(null);

    const [filter, setFilter] = useState(everything);
    const asked = useRef(0);

    const load = useCallback(
        (before: AuditEntry | undefined): void => {
            // While one types, only the answer to the last filter counts.
            const mine = ++asked.current;
            setBusy(true);
            setError(null);
            admin
                .audit(pageSize, before?.id ?? null, filter)
                .then((next) => {
                    if (mine === asked.current) {
                        setEntries((known) => (before ? merged(known ?? [], next) : next));
                        setMore(next.length === pageSize);
                    }
                })
                .catch((cause: unknown) => mine === asked.current && setError(asApiError(cause)))
                .finally(() => mine === asked.current && setBusy(false));
        },
        [filter],
    );
    useEffect(() => {
        const timer = setTimeout(() => load(undefined), filter === everything ? 0 : 250);
        return () => clearTimeout(timer);
    }, [load, filter]);
    const filtered = filter.action !== "" || filter.actor !== "";

    return (
        <>
            <header className="page-head">
                <div>
                    <h1 tabIndex={-1}>Audit log</h1>
                    <p className="quiet">Who did what, and when. Entries cannot be changed or deleted.</p>
                </div>
                <div className="page-actions">
                    <Button icon="retry" busy={busy} onClick={() => load(undefined)}>
                        Refresh
                    </Button>
                    <a className="button" href={admin.auditExport} download="audit.jsonl">
                        <Icon name="download" />
                        <span>Export all</span>
                    </a>
                </div>
            </header>
            <AuditState />
            <div className="toolbar" role="group" aria-label="Narrow the log">
                <SearchField label="Find a person" placeholder="Part of an e-mail address" value={filter.actor} onChange={(actor) => setFilter({ ...filter, actor })} />
                <SelectField label="What was done" hideLabel value={filter.action} options={kinds} onChange={(action) => setFilter({ ...filter, action })} />
            </div>
            {error && <ErrorNote error={error} doing="Loading the audit log" onRetry={() => load(entries?.at(-1))} />}
            {!entries && !error && <Skeleton rows={8} label="Loading the audit log" />}
            {entries?.length === 0 && (filtered ? <p className="nothing-fits">No entry fits.</p> : <Empty icon="log" title="Nothing has happened yet" />)}
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
        </>
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
