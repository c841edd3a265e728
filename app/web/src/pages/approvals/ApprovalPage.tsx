import { useCallback, useState } from "react";
import type { ApiError } from "../../api/client.ts";
import { admin } from "../../api/endpoints.ts";
import type { Approval } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { CopyButton } from "../../components/CopyButton.tsx";
import { ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { Icon } from "../../components/Icon.tsx";
import { sentence, shortHash } from "../../lib/approvals.ts";
import { dateTime, fromNow } from "../../lib/format.ts";
import { useNow, usePoll, useTitle } from "../../state/hooks.ts";
import { Link } from "../../state/navigation.tsx";
import { changeResource, useResource } from "../../state/resource.ts";
import { usePending } from "../../state/pending.tsx";
import { useSession } from "../../state/session.tsx";
import { ArgumentTable } from "../chat/ToolCard.tsx";
import { DecisionDialog } from "./DecisionDialog.tsx";

/** One request: exactly what would be done, for whom, until when; and the decision. */
export function ApprovalPage({ approvalId }: { approvalId: string }) {
    const key = `approval/${approvalId}`;
    const { data: approval, error, loading, reload } = useResource<Approval>(key, () => admin.approval(approvalId));
    const pending = usePending();
    const [deciding, setDeciding] = useState<"approve" | "reject" | null>(null);
    const [conflict, setConflict] = useState<ApiError | null>(null);
    const now = useNow(1000);
    const open = approval?.status === "pending" && Date.parse(approval.expiresAt) > now;
    const refresh = useCallback(() => void reload(), [reload]);
    usePoll(refresh, approval?.status === "pending" && deciding === null ? 5000 : null);
    useTitle("Approval request");

    const decided = (result: Approval): void => {
        setDeciding(null);
        setConflict(null);
        changeResource<Approval>(key, () => result);
        void pending.reload();
        void reload();
    };
    const refused = (problem: ApiError): void => {
        setDeciding(null);
        setConflict(problem);
        void pending.reload();
        void reload();
    };

    return (
        <div className="page narrow">
            <Link to={{ name: "approvals", status: "pending" }} className="back">
                <Icon name="back" size={16} /> Approvals
            </Link>
            <h1 tabIndex={-1} className="request-title">
                {approval ? approval.summary || sentence(approval.tool, approval.arguments) : "Approval request"}
            </h1>
            {conflict && <ErrorNote error={conflict} />}
            {error && <ErrorNote error={error} doing="Loading the request" onRetry={() => void reload()} />}
            {!approval && loading && <Skeleton label="Loading the request" />}
            {approval && (
                <>
                    <StatusLine approval={approval} now={now} />
                    <section className="card" aria-labelledby="what">
                        <h2 id="what">{open ? "What will be done" : approval.status === "approved" ? "What was approved" : "What was asked for"}</h2>
                        <p>
                            {open ? "If you approve, the tool " : "The tool "}
                            <code>{approval.tool}</code>
                            {open ? " is called once, with exactly these arguments:" : " with exactly these arguments:"}
                        </p>
                        <ArgumentTable args={approval.arguments} />
                    </section>
                    <Facts approval={approval} now={now} />
                    {open && <Decide approval={approval} onDecide={setDeciding} />}
                </>
            )}
            {deciding && approval && <DecisionDialog approval={approval} decision={deciding} onClose={() => setDeciding(null)} onDecided={decided} onRefused={refused} />}
        </div>
    );
}

function StatusLine({ approval, now }: { approval: Approval; now: number }) {
    const late = approval.status === "pending" && Date.parse(approval.expiresAt) <= now;
    const status = late ? "expired" : approval.status;
    const who = approval.decidedBy?.email;
    const words: Record<string, string> = {
        pending: `Waiting for your decision; expires ${fromNow(approval.expiresAt, now)}.`,
        approved: `Approved${who ? ` by ${who}` : ""} on ${dateTime(approval.decidedAt)}. The conversation went on by itself.`,
        rejected: `Rejected${who ? ` by ${who}` : ""} on ${dateTime(approval.decidedAt)}. Nothing was done.`,
        expired: `Expired on ${dateTime(approval.expiresAt)} without a decision. Nothing was done.`,
    };
    return (
        <p className={`status-line ${status}`} role="status">
            <Icon name={status === "approved" ? "check" : status === "rejected" ? "close" : status === "expired" ? "alert" : "clock"} />
            <span>{words[status]}</span>
        </p>
    );
}

function Facts({ approval, now }: { approval: Approval; now: number }) {
    const { user } = useSession();
    return (
        <dl className="facts">
            <dt>Asked by</dt>
            <dd>{approval.requestedBy.email}</dd>
            <dt>Conversation</dt>
            <dd>
                {approval.requestedBy.id === user?.id ? (
                    <Link to={{ name: "chat", threadId: approval.threadId }}>Open it</Link>
                ) : (
                    <code title={approval.threadId} tabIndex={0} className="hash" aria-label={`Conversation ${approval.threadId}`}>
                        <span>{approval.threadId.slice(0, 8)}</span>
                    </code>
                )}
            </dd>
            {approval.reason && (
                <>
                    <dt>Why it needs approval</dt>
                    <dd>{approval.reason}</dd>
                </>
            )}
            {approval.decisionReason && (
                <>
                    <dt>{approval.status === "rejected" ? "Why it was rejected" : "Remark"}</dt>
                    <dd>{approval.decisionReason}</dd>
                </>
            )}
            <dt>Asked</dt>
            <dd>
                {dateTime(approval.createdAt)} <span className="quiet">({fromNow(approval.createdAt, now)})</span>
            </dd>
            <dt>Expires</dt>
            <dd>{dateTime(approval.expiresAt)}</dd>
            <dt>Content hash</dt>
            <dd className="hash-line">
                <code className="hash" tabIndex={0} aria-label={`Content hash ${approval.hash}`}>
                    <span className="short">{shortHash(approval.hash)}</span>
                    <span className="full">{approval.hash}</span>
                </code>
                <CopyButton text={approval.hash} label="Copy the hash" />
            </dd>
        </dl>
    );
}

function Decide({ approval, onDecide }: { approval: Approval; onDecide(decision: "approve" | "reject"): void }) {
    const { user } = useSession();
    if (approval.requestedBy.id === user?.id) {
        return (
            <p className="note">
                <Icon name="shield" />
                <span>You asked for this yourself, so another administrator has to decide.</span>
            </p>
        );
    }
    return (
        <div className="decide">
            <Button look="primary" icon="check" onClick={() => onDecide("approve")}>
                Approve…
            </Button>
            <Button icon="close" onClick={() => onDecide("reject")}>
                Reject…
            </Button>
        </div>
    );
}
