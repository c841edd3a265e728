import type { Approval } from "../../api/types.ts";
import { Countdown } from "../../components/Countdown.tsx";
import { Icon } from "../../components/Icon.tsx";
import { kindOfRequest, sentence, votes } from "../../lib/approvals.ts";
import { dateTime, fromNow } from "../../lib/format.ts";
import { useNow } from "../../state/hooks.ts";
import { Link } from "../../state/navigation.tsx";

interface RequestListProps {
    requests: Approval[];
    /** The chosen ones, where several can be decided at once. */
    chosen?: ReadonlySet<string>;
    canChoose?(request: Approval): boolean;
    onChoose?(request: Approval, chosen: boolean): void;
}

/** Requests as rows that lead to their page. */
export function RequestList({ requests, chosen, canChoose, onChoose }: RequestListProps) {
    const now = useNow(10_000);
    return (
        <ul className="approval-list" aria-label="Requests">
            {requests.map((request) => {
                const title = request.summary || sentence(request.tool, request.arguments);
                return (
                    <li key={request.id} className="approval-item">
                        {onChoose && (
                            <input
                                type="checkbox"
                                checked={chosen?.has(request.id) ?? false}
                                disabled={canChoose?.(request) === false}
                                aria-label={`Choose ${title}`}
                                onChange={(event) => onChoose(request, event.target.checked)}
                            />
                        )}
                        <Link to={{ name: "approval", approvalId: request.id }} className="approval-row">
                            <span className={`state-mark ${request.status}`} aria-hidden="true" />
                            <span className="approval-row-main">
                                <strong>{title}</strong>
                                <span className="quiet">
                                    {kindOfRequest(request)} · asked {request.requestedBy.email === "system" ? "" : `by ${request.requestedBy.email} `}
                                    <time title={dateTime(request.createdAt)}>{fromNow(request.createdAt, now)}</time>
                                </span>
                                {request.status === "pending" && votes(request) && <span className="votes">{votes(request)}</span>}
                            </span>
                            <span className="approval-row-state">
                                {request.status === "pending" ? <Countdown until={request.expiresAt} /> : `${request.status}${request.decidedBy ? ` by ${request.decidedBy.email}` : ""}`}
                            </span>
                            <Icon name="chevron" size={16} />
                        </Link>
                    </li>
                );
            })}
        </ul>
    );
}
