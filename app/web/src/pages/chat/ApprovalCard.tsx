import type { ApprovalRequest } from "../../api/types.ts";
import { Icon, type IconName } from "../../components/Icon.tsx";
import { sentence } from "../../lib/approvals.ts";
import { approvalStatus } from "../../lib/conversation.ts";
import { dateTime, fromNow } from "../../lib/format.ts";
import { useNow } from "../../state/hooks.ts";
import { Link } from "../../state/navigation.tsx";
import { useSession } from "../../state/session.tsx";
import { ArgumentTable } from "./ToolCard.tsx";

const states: Record<string, { title: string; icon: IconName; words: string }> = {
    pending: { title: "Waiting for approval", icon: "clock", words: "Someone who may approve has to agree first. You can leave; the conversation goes on by itself." },
    approved: { title: "Approved", icon: "check", words: "It was agreed to." },
    rejected: { title: "Rejected", icon: "close", words: "It was declined. Nothing was done." },
    expired: { title: "Expired", icon: "alert", words: "Nobody decided in time. Nothing was done; you can ask again." },
};

/** A request that waits for an administrator, and what became of it. */
export function ApprovalCard({ approval }: { approval: ApprovalRequest }) {
    const { user } = useSession();
    const now = useNow(5000);
    const status = approvalStatus(approval, now);
    const state = states[status];
    return (
        <section className={`approval-card ${status}`} aria-label="Approval">
            <header role="status">
                <Icon name={state?.icon ?? "clock"} />
                <strong>{state?.title ?? status}</strong>
                {status === "pending" && (
                    <span className="quiet" title={dateTime(approval.expiresAt)}>
                        expires {fromNow(approval.expiresAt, now)}
                    </span>
                )}
            </header>
            <p className="approval-what">{sentence(approval.tool, approval.arguments)}</p>
            <p className="quiet">{state?.words}</p>
            <details>
                <summary>
                    What exactly <Icon name="chevron" size={14} />
                </summary>
                {approval.reason && <p className="quiet">{approval.reason}</p>}
                <ArgumentTable args={approval.arguments} />
            </details>
            {user && user.role !== "user" && (
                <Link to={{ name: "approval", approvalId: approval.approvalId }} className="button">
                    Open the request
                </Link>
            )}
        </section>
    );
}
