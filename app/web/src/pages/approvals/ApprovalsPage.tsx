import { admin } from "../../api/endpoints.ts";
import type { Approval, ApprovalStatus } from "../../api/types.ts";
import { Empty, ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { Icon } from "../../components/Icon.tsx";
import { sentence } from "../../lib/approvals.ts";
import { dateTime, fromNow } from "../../lib/format.ts";
import { useNow, useTitle } from "../../state/hooks.ts";
import { Link } from "../../state/navigation.tsx";
import { usePending } from "../../state/pending.tsx";
import { type Resource, useResource } from "../../state/resource.ts";

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
            {known === "pending" ? <List resource={pending} status={known} /> : <History key={known} status={known as ApprovalStatus | "all"} />}
        </div>
    );
}

function History({ status }: { status: ApprovalStatus | "all" }) {
    return <List resource={useResource<Approval[]>(`approvals/${status}`, () => admin.approvals(status))} status={status} />;
}

function List({ resource, status }: { resource: Resource<Approval[]>; status: string }) {
    const { data, error, loading, reload } = resource;
    const now = useNow(10_000);
    return (
        <>
            {error && <ErrorNote error={error} doing="Loading the requests" onRetry={() => void reload()} />}
            {!data && loading && <Skeleton label="Loading the requests" />}
            {data?.length === 0 && (
                <Empty icon="shield" title={status === "pending" ? "Nothing is waiting" : "Nothing here"}>
                    <p>{status === "pending" ? "Requests appear here by themselves, with everything you need to decide." : "No request has ended like this."}</p>
                </Empty>
            )}
            {data && data.length > 0 && (
                <ul className="approval-list" aria-label="Requests">
                    {data.map((approval) => (
                        <li key={approval.id}>
                            <Link to={{ name: "approval", approvalId: approval.id }} className="approval-row">
                                <span className={`state-mark ${approval.status}`} aria-hidden="true" />
                                <span className="approval-row-main">
                                    <strong>{approval.summary || sentence(approval.tool, approval.arguments)}</strong>
                                    <span className="quiet">
                                        Asked by {approval.requestedBy.email} · <time title={dateTime(approval.createdAt)}>{fromNow(approval.createdAt, now)}</time>
                                    </span>
                                </span>
                                <span className="approval-row-state">
                                    {approval.status === "pending" ? `expires ${fromNow(approval.expiresAt, now)}` : `${approval.status}${approval.decidedBy ? ` by ${approval.decidedBy.email}` : ""}`}
                                </span>
                                <Icon name="chevron" size={16} />
                            </Link>
                        </li>
                    ))}
                </ul>
            )}
        </>
    );
}
