import { useMemo, useState } from "react";
import { admin } from "../../api/endpoints.ts";
import type { Approval, ApprovalStatus } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { Empty, ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { SearchField } from "../../components/SearchField.tsx";
import { SelectField } from "../../components/SelectField.tsx";
import { kindOfRequest, matchingRequests } from "../../lib/approvals.ts";
import { count } from "../../lib/format.ts";
import { useTitle } from "../../state/hooks.ts";
import { Link } from "../../state/navigation.tsx";
import { usePending } from "../../state/pending.tsx";
import { type Resource, useResource } from "../../state/resource.ts";
import { useSession } from "../../state/session.tsx";
import { BulkDialog } from "./BulkDialog.tsx";
import { RequestList } from "./RequestList.tsx";

const filters: { status: string; label: string }[] = [
    { status: "pending", label: "Waiting" },
    { status: "approved", label: "Approved" },
    { status: "rejected", label: "Rejected" },
    { status: "expired", label: "Expired" },
    { status: "all", label: "All" },
];

/** What waits for a decision, and what was decided. */
export function ApprovalsPage({ status }: { status: string }) {
    const known = filters.some((filter) => filter.status === status) ? status : "pending";
    const pending = usePending();
    useTitle(pending.data?.length ? `Approvals (${pending.data.length})` : "Approvals");
    return (
        <div className="page">
            <header className="page-head">
                <div>
                    <h1 tabIndex={-1}>Approvals</h1>
                    <p className="quiet">What the agent wants to do and may not do on its own.</p>
                </div>
            </header>
            <nav className="tabs" aria-label="Filter">
                {filters.map((filter) => (
                    <Link key={filter.status} to={{ name: "approvals", status: filter.status }} aria-current={filter.status === known ? "page" : undefined}>
                        {filter.label}
                        {filter.status === "pending" && pending.data && pending.data.length > 0 && <span className="badge">{pending.data.length}</span>}
                    </Link>
                ))}
            </nav>
            {known === "pending" ? <Requests key="pending" resource={pending} status={known} /> : <History key={known} status={known as ApprovalStatus | "all"} />}
        </div>
    );
}

function History({ status }: { status: ApprovalStatus | "all" }) {
    return <Requests resource={useResource<Approval[]>(`approvals/${status}`, () => admin.approvals(status))} status={status} />;
}

function Requests({ resource, status }: { resource: Resource<Approval[]>; status: string }) {
    const { data, error, loading, reload } = resource;
    const { user } = useSession();
    const [words, setWords] = useState("");
    const [kind, setKind] = useState("");
    const [chosenIds, setChosenIds] = useState<ReadonlySet<string>>(new Set());
    const [deciding, setDeciding] = useState<"approve" | "reject" | null>(null);
    const [outcome, setOutcome] = useState("");
    const kinds = useMemo(() => [...new Set((data ?? []).map(kindOfRequest))].sort(), [data]);
    const shown = useMemo(() => matchingRequests(data ?? [], words, kind), [data, words, kind]);
    const open = status === "pending";
    const mayDecide = (request: Approval): boolean => request.requestedBy.id !== user?.id && !request.approvals?.some(({ id }) => id === user?.id);
    // What was decided elsewhere in the meantime is no longer in the list, and so no longer chosen.
    const chosen = open ? (data ?? []).filter((request) => chosenIds.has(request.id)) : [];

    return (
        <>
            {error && <ErrorNote error={error} doing="Loading the requests" onRetry={() => void reload()} />}
            {!data && loading && <Skeleton label="Loading the requests" />}
            {outcome && (
                <p className="note" role="status">
                    <span>{outcome}</span>
                </p>
            )}
            {data?.length === 0 && (
                <Empty icon="shield" title={open ? "Nothing is waiting" : "Nothing here"}>
                    <p>{open ? "Requests appear here by themselves, with everything you need to decide." : "No request has ended like this."}</p>
                </Empty>
            )}
            {data && data.length > 0 && (
                <>
                    <div className="toolbar" role="group" aria-label="Narrow the list">
                        <SearchField label="Find a request" placeholder="Find an order, a person, a tool…" value={words} onChange={setWords} />
                        {(kinds.length > 1 || kind !== "") && (
                            <SelectField label="Kind" hideLabel value={kind} options={[{ value: "", label: "Every kind" }, ...kinds.map((value) => ({ value, label: value }))]} onChange={setKind} />
                        )}
                    </div>
                    {chosen.length > 0 && (
                        <div className="bulk-bar" role="group" aria-label="Chosen requests">
                            <strong>{count(chosen.length)} chosen</strong>
                            <div className="bulk-actions">
                                <Button icon="check" onClick={() => setDeciding("approve")}>
                                    Approve {count(chosen.length)}…
                                </Button>
                                <Button icon="close" onClick={() => setDeciding("reject")}>
                                    Reject {count(chosen.length)}…
                                </Button>
                                <Button look="quiet" onClick={() => setChosenIds(new Set())}>
                                    Choose none
                                </Button>
                            </div>
                        </div>
                    )}
                    {shown.length === 0 && <p className="nothing-fits">No request fits.</p>}
                    {shown.length > 0 && (
                        <RequestList
                            requests={shown}
                            chosen={chosenIds}
                            canChoose={mayDecide}
                            onChoose={
                                open
                                    ? (request, on) =>
                                          setChosenIds((before) => {
                                              const next = new Set(before);
                                              return (on ? next.add(request.id) : next.delete(request.id), next);
                                          })
                                    : undefined
                            }
                        />
                    )}
                </>
            )}
            {deciding && (
                <BulkDialog
                    requests={chosen}
                    decision={deciding}
                    onClose={() => setDeciding(null)}
                    onDecided={(words) => {
                        setDeciding(null);
                        setChosenIds(new Set());
                        setOutcome(words);
                        void reload();
                    }}
                />
            )}
        </>
    );
}
