import type { Approval } from "../../api/types.ts";
import { CopyButton } from "../../components/CopyButton.tsx";
import { kindOfRequest, shortHash } from "../../lib/approvals.ts";
import { dateTime, fromNow, money } from "../../lib/format.ts";
import { Link } from "../../state/navigation.tsx";
import { useSession } from "../../state/session.tsx";

/** Who asked when and why, who has agreed, and what the decision is bound to. */
export function Facts({ approval, now }: { approval: Approval; now: number }) {
    const { policy, approvals = [], threadId } = approval;
    return (
        <dl className="facts">
            <dt>Kind</dt>
            <dd>{kindOfRequest(approval)}</dd>
            <dt>Asked by</dt>
            <dd>{approval.requestedBy.email === "system" ? "The platform itself" : approval.requestedBy.email}</dd>
            {threadId !== null && <Conversation threadId={threadId} requester={approval.requestedBy.id} />}
            {approval.reason && (
                <>
                    <dt>Why it needs approval</dt>
                    <dd>{approval.reason}</dd>
                </>
            )}
            {policy?.fourEyesAbove !== undefined && (
                <>
                    <dt>Rule</dt>
                    <dd>
                        Above {money(policy.threshold, policy.currency)} one person approves, above {money(policy.fourEyesAbove, policy.currency)} two.
                    </dd>
                </>
            )}
            {approvals.length > 0 && (
                <>
                    <dt>Agreed to by</dt>
                    <dd>
                        <ul>
                            {approvals.map((vote) => (
                                <li key={vote.id}>
                                    {vote.email} <span className="quiet">({dateTime(vote.at)})</span>
                                </li>
                            ))}
                        </ul>
                    </dd>
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
                <code className="hash" title={approval.hash}>
                    {shortHash(approval.hash)}
                </code>
                <CopyButton text={approval.hash} label="Copy the hash" />
            </dd>
        </dl>
    );
}

function Conversation({ threadId, requester }: { threadId: string; requester: string }) {
    const { user } = useSession();
    return (
        <>
            <dt>Conversation</dt>
            <dd>{requester === user?.id ? <Link to={{ name: "chat", threadId }}>Open it</Link> : <code title={threadId}>{threadId.slice(0, 8)}</code>}</dd>
        </>
    );
}
