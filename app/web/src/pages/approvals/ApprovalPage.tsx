import { useCallback, useState } from "react";
import type { ApiError } from "../../api/client.ts";
import { admin } from "../../api/endpoints.ts";
import type { Approval } from "../../api/types.ts";
import { Button } from "../../components/Button.tsx";
import { Countdown } from "../../components/Countdown.tsx";
import { ErrorNote, Skeleton } from "../../components/Feedback.tsx";
import { Icon } from "../../components/Icon.tsx";
import { changedRows, editableArguments, sentence, votes } from "../../lib/approvals.ts";
import { dateTime } from "../../lib/format.ts";
import { useNow, usePoll, useTitle } from "../../state/hooks.ts";
import { Link } from "../../state/navigation.tsx";
import { changeResource, useResource } from "../../state/resource.ts";
import { usePending } from "../../state/pending.tsx";
import { useSession } from "../../state/session.tsx";
import { ArgumentTable } from "../chat/ToolCard.tsx";
import { DecisionDialog } from "./DecisionDialog.tsx";
import { EditDialog } from "./EditDialog.tsx";
import { Facts } from "./Facts.tsx";
import { ToolChange } from "./ToolChange.tsx";

/** One request: exactly what would be done, for whom, until when; and the decision. */
export function ApprovalPage({ approvalId }: { approvalId: string }) {
    const key = `approval/${approvalId}`;
    const { data: approval, error, loading, reload } = useResource<Approval>(key, () => admin.approval(approvalId));
    const pending = usePending();
    const [deciding, setDeciding] = useState<"approve" | "reject" | "edit" | null>(null);
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
                    <What approval={approval} open={open} />
                    <Facts approval={approval} now={now} />
                    {open && <Decide approval={approval} onDecide={setDeciding} />}
                </>
            )}
            {deciding === "edit" && approval && <EditDialog approval={approval} onClose={() => setDeciding(null)} onDecided={decided} onRefused={refused} />}
            {deciding && deciding !== "edit" && approval && <DecisionDialog approval={approval} decision={deciding} onClose={() => setDeciding(null)} onDecided={decided} onRefused={refused} />}
        </div>
    );
}

/** The exact effect and every argument; where an approver changed some, before and after. */
function What({ approval, open }: { approval: Approval; open: boolean }) {
    if (approval.policy?.rule === "tool-changed") {
        return (
            <section className="card" aria-labelledby="what">
                <h2 id="what">What has changed</h2>
                <p>{open ? "The tool is stopped. If you approve, the new text takes the place of the old one and the tool can be used again." : "The tool as it was agreed to, and as it is now."}</p>
                <ToolChange approval={approval} />
            </section>
        );
    }
    const { originalArguments, arguments: args } = approval;
    return (
        <section className="card" aria-labelledby="what">
            <h2 id="what">{open ? "What will be done" : approval.status === "approved" ? "What was approved" : "What was asked for"}</h2>
            <p>
                {open ? "If you approve, the tool " : "The tool "}
                <code>{approval.tool}</code>
                {open ? " is called once, with exactly these arguments:" : " with exactly these arguments:"}
            </p>
            <ArgumentTable args={args} />
            {originalArguments && (
                <>
                    <h3>Changed by the approver</h3>
                    <ul className="name-list">
                        {changedRows(originalArguments, args)
                            .filter((row) => row.changed)
                            .map((row) => (
                                <li key={row.name}>
                                    {row.label}: <del>{row.before}</del> <span className="visually-hidden">became</span> <ins>{row.value}</ins>
                                </li>
                            ))}
                    </ul>
                </>
            )}
        </section>
    );
}

function StatusLine({ approval, now }: { approval: Approval; now: number }) {
    const late = approval.status === "pending" && Date.parse(approval.expiresAt) <= now;
    const status = late ? "expired" : approval.status;
    const who = approval.decidedBy?.email;
    const given = votes(approval);
    const afterwards = approval.threadId === null ? "" : " The conversation went on by itself.";
    const words: Record<string, string> = {
        pending: given ? `${given}.` : "Waiting for a decision.",
        approved: `Approved${who ? ` by ${who}` : ""} on ${dateTime(approval.decidedAt)}.${afterwards}`,
        rejected: `Rejected${who ? ` by ${who}` : ""} on ${dateTime(approval.decidedAt)}. Nothing was done.`,
        expired: `Expired on ${dateTime(approval.expiresAt)} without a decision. Nothing was done.`,
    };
    return (
        <div className={`status-line ${status}`}>
            <Icon name={status === "approved" ? "check" : status === "rejected" ? "close" : status === "expired" ? "alert" : "clock"} />
            <p role="status">{words[status]}</p>
            {status === "pending" && <Countdown until={approval.expiresAt} />}
        </div>
    );
}

function Decide({ approval, onDecide }: { approval: Approval; onDecide(decision: "approve" | "reject" | "edit"): void }) {
    const { user } = useSession();
    const mine = approval.requestedBy.id === user?.id;
    const given = approval.approvals?.some(({ id }) => id === user?.id) ?? false;
    if (mine) {
        return (
            <p className="note">
                <Icon name="shield" />
                <span>You asked for this yourself, so somebody else has to decide.</span>
            </p>
        );
    }
    return (
        <div className="decide">
            {given ? (
                <p className="note">
                    <Icon name="check" />
                    <span>You have approved this. It is done as soon as somebody else approves it too; you can still reject it.</span>
                </p>
            ) : (
                <>
                    <Button look="primary" icon="check" onClick={() => onDecide("approve")}>
                        Approve…
                    </Button>
                    {editableArguments(approval).length > 0 && (
                        <Button icon="pencil" onClick={() => onDecide("edit")}>
                            Change and approve…
                        </Button>
                    )}
                </>
            )}
            <Button icon="close" onClick={() => onDecide("reject")}>
                Reject…
            </Button>
        </div>
    );
}
