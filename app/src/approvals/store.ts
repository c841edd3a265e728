/** Approvals: asked for once per tool call, decided once, in time, by another person, with the content in view. */
import { notify } from "./notify.js";
import { audit } from "../audit/audit.js";
import type { Database, Principal, Queryable } from "../db/database.js";
import { ApiError } from "../http/errors.js";
import { settleChangedTool } from "../mcp/settle.js";
import { editedArguments } from "./edit.js";
import { approvalHash, approversNeeded, type ApprovalContent, type ApprovalPolicy } from "./hash.js";

export const approvalStatuses = ["pending", "approved", "rejected", "expired"] as const;
export type ApprovalStatus = (typeof approvalStatuses)[number];

export interface Approval {
    id: string;
    /** Null when no conversation waits for it. */
    threadId: string | null;
    /** The nil UUID and "system" when the platform itself asks. */
    requestedBy: { id: string; email: string };
    tool: string;
    arguments: Record<string, unknown>;
    /** What was asked for, when an approver changed it. */
    originalArguments: Record<string, unknown> | null;
    policy: ApprovalPolicy;
    /** Who has agreed to exactly this so far, of how many. */
    approvals: { id: string; email: string; at: string }[];
    approversNeeded: number;
    reason: string;
    summary: string;
    hash: string;
    status: ApprovalStatus;
    createdAt: string;
    expiresAt: string;
    decidedBy: { id: string; email: string } | null;
    decidedAt: string | null;
    decisionReason: string | null;
    /** When the effect that was approved took place. */
    consumedAt: string | null;
}

/** What the channel `agent_work` wakes: any replica that can take a turn. */
export const workChannel = "agent_work";

/** How long a request waits for a decision. */
export const approvalLifetimeMs = 24 * 3600_000;

export interface ApprovalRequest extends ApprovalContent {
    reason: string;
    summary: string;
}

/** Asks for the approval of a call, or finds the one that was asked for before: a node that runs twice asks once. */
export async function requestApproval(tx: Queryable, principal: Principal, request: ApprovalRequest, requestId: string, lifetimeMs = approvalLifetimeMs): Promise<Approval> {
    const created = await tx.query<{ id: string }>(
        `insert into approvals (tenant_id, thread_id, turn_id, call_id, requested_by, tool, arguments, policy, reason, summary, hash, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9, $10, $11, now() + make_interval(secs => $12::double precision))
         on conflict (call_id) do nothing returning id`,
        [
            request.tenantId, request.threadId, request.turnId, request.callId, request.requestedBy, request.tool, JSON.stringify(request.arguments),
            JSON.stringify(request.policy), request.reason, request.summary, approvalHash(pickContent(request)), lifetimeMs / 1000,
        ],
    );
    if (created[0] !== undefined) {
        await audit(tx, principal, "approval.request", created[0].id, { tool: request.tool, arguments: request.arguments, threadId: request.threadId }, requestId);
        await notify(tx, request.tenantId, "approval.requested", { id: created[0].id, tool: request.tool, arguments: request.arguments, reason: request.reason, summary: request.summary });
    }
    const [approval] = await select(tx, "a.call_id = $1", [request.callId]);
    if (approval === undefined) {
        throw new Error("the approval was not written");
    }
    return approval;
}

export async function findApproval(tx: Queryable, id: string): Promise<Approval | undefined> {
    return (await select(tx, "a.id = $1", [id]))[0];
}

/** Newest first. */
export async function listApprovals(tx: Queryable, status: ApprovalStatus | "all", limit = 200): Promise<Approval[]> {
    return select(tx, "($1 = 'all' or a.status = $1)", [status], `limit ${limit}`);
}

/**
 * Decides a pending approval and wakes the conversation, in one transaction: of two decisions at the same
 * moment one wins, and a decision that is recorded is also acted upon.
 * Changed arguments are approved as they are then: what others had agreed to before is void.
 * @param decision its hash is the content that the approver saw
 */
export async function decideApproval(
    db: Database,
    approver: Principal,
    decision: { approvalId: string; decision: "approve" | "reject"; hash: string; reason?: string; arguments?: Record<string, unknown> },
    requestId: string,
): Promise<Approval> {
    // Expiry is recorded although the decision is refused, hence a transaction of its own.
    await db.asSystem((tx) => expireApprovals(tx, decision.approvalId));
    return db.asPrincipal(approver, async (tx) => {
        await tx.query("select 1 from approvals where id = $1 for update", [decision.approvalId]);
        const approval = await findApproval(tx, decision.approvalId);
        if (approval === undefined) {
            throw new ApiError(404, "APPROVAL_NOT_FOUND", "There is no such approval.");
        }
        if (approval.policy.rule === "tool-changed" && approver.role !== "admin") {
            throw new ApiError(403, "FORBIDDEN", "Only an administrator may agree to a changed tool.");
        }
        if (approval.requestedBy.id === approver.userId) {
            throw new ApiError(403, "APPROVAL_OWN_REQUEST", "Nobody can decide on what they asked for themselves. Ask another administrator.");
        }
        if (approval.status === "expired") {
            throw new ApiError(409, "APPROVAL_EXPIRED", "The time for this decision has passed; nothing will be done. The person can ask again.");
        }
        if (approval.status !== "pending") {
            throw new ApiError(409, "APPROVAL_DECIDED", `This was ${approval.status} already${approval.decidedBy === null ? "" : ` by ${approval.decidedBy.email}`}.`);
        }
        if (decision.hash !== approval.hash || (await contentHash(tx, approval.id)) !== approval.hash) {
            throw new ApiError(409, "APPROVAL_ALTERED", "What you saw is not what would be done. Load the approval again and look at its arguments.");
        }
        const changed = decision.arguments === undefined ? undefined : await editedArguments(tx, approval, decision);
        const content = changed === undefined ? approval : await change(tx, approver, approval, changed, requestId);
        if (decision.decision === "approve") {
            const voted = await tx.query("insert into approval_votes (approval_id, approver_id, tenant_id, hash) values ($1, $2, $3, $4) on conflict do nothing returning 1", [approval.id, approver.userId, approver.tenantId, content.hash]);
            if (voted.length === 0) {
                throw new ApiError(409, "APPROVAL_GIVEN", "You have approved this already. Another administrator has to approve it too.");
            }
            const [votes] = await tx.query<{ n: number }>("select count(*)::int as n from approval_votes where approval_id = $1 and hash = $2", [approval.id, content.hash]);
            if (votes!.n < approversNeeded(approval.policy, content.arguments)) {
                await audit(tx, approver, "approval.first", approval.id, { tool: approval.tool, arguments: content.arguments, hash: content.hash, reason: decision.reason ?? null }, requestId);
                return (await findApproval(tx, approval.id))!;
            }
        }
        const status = decision.decision === "approve" ? "approved" : "rejected";
        await tx.query("update approvals set status = $2, decided_by = $3, decided_at = now(), decision_reason = $4 where id = $1", [
            approval.id, status, approver.userId, decision.reason ?? null,
        ]);
        if (status === "approved" && approval.policy.rule === "tool-changed") {
            await settleChangedTool(tx, approver, approval);
        }
        await wakeTurn(tx, approval.id);
        await audit(tx, approver, `approval.${decision.decision}`, approval.id, { tool: approval.tool, arguments: content.arguments, hash: content.hash, reason: decision.reason ?? null }, requestId);
        await notify(tx, approver.tenantId, `approval.${status}`, { id: approval.id, tool: approval.tool, arguments: content.arguments, reason: decision.reason ?? null });
        const decided = await findApproval(tx, approval.id);
        if (decided === undefined) {
            throw new Error("the approval vanished while it was decided");
        }
        return decided;
    });
}

/** Ends what nobody decided in time, and lets the conversations say so. Gives how many there were. */
export async function expireApprovals(tx: Queryable, onlyId: string | null = null): Promise<number> {
    const expired = await tx.query<{ id: string; tenant_id: string; tool: string }>(
        "update approvals set status = 'expired' where status = 'pending' and expires_at <= now() and ($1::uuid is null or id = $1) returning id, tenant_id, tool",
        [onlyId],
    );
    for (const approval of expired) {
        await wakeTurn(tx, approval.id);
        await audit(tx, { userId: nobody, tenantId: approval.tenant_id, role: "user" }, "approval.expire", approval.id, { tool: approval.tool });
        await notify(tx, approval.tenant_id, "approval.expired", { id: approval.id, tool: approval.tool });
    }
    return expired.length;
}

/** Who acts when nobody does. */
export const nobody = "00000000-0000-0000-0000-000000000000";

/** Puts the changed arguments in the place of the old ones, wherever they stand. */
async function change(tx: Queryable, approver: Principal, approval: Approval, args: Record<string, unknown>, requestId: string): Promise<{ arguments: Record<string, unknown>; hash: string }> {
    await tx.query("update approvals set original_arguments = coalesce(original_arguments, arguments), arguments = $2::jsonb where id = $1", [approval.id, JSON.stringify(args)]);
    const hash = (await contentHash(tx, approval.id))!;
    await tx.query("update approvals set hash = $2 where id = $1", [approval.id, hash]);
    // Calls belong to the person who asked, whose conversation the approver does not see.
    await audit(tx, approver, "approval.edit", approval.id, { tool: approval.tool, from: approval.arguments, to: args, hash }, requestId);
    return { arguments: args, hash };
}

/** A turn that waits for this approval wants a replica again. One that is not waiting yet will see the decision itself. */
async function wakeTurn(tx: Queryable, approvalId: string): Promise<void> {
    await tx.query(
        `update turns set state = 'decided', attempt = 0, available_at = now(), updated_at = now()
         where state = 'waiting' and id = (select turn_id from approvals where id = $1)`,
        [approvalId],
    );
    await tx.query("select pg_notify($1, $2)", [workChannel, approvalId]);
}

/** The hash of what the row says now: differs from the stored one if anybody changed the row. */
async function contentHash(tx: Queryable, id: string): Promise<string | undefined> {
    const [row] = await tx.query<ContentRow>("select tool, arguments, policy, tenant_id, requested_by, thread_id, turn_id, call_id from approvals where id = $1", [id]);
    return row === undefined
        ? undefined
        : approvalHash({
              tool: row.tool, arguments: row.arguments, policy: row.policy, tenantId: row.tenant_id, requestedBy: row.requested_by,
              threadId: row.thread_id, turnId: row.turn_id, callId: row.call_id,
          });
}

interface ContentRow {
    tool: string;
    arguments: Record<string, unknown>;
    policy: ApprovalPolicy;
    tenant_id: string;
    requested_by: string | null;
    thread_id: string | null;
    turn_id: string | null;
    call_id: string;
}

function pickContent(request: ApprovalRequest): ApprovalContent {
    const { tool, policy, tenantId, requestedBy, threadId, turnId, callId } = request;
    return { tool, arguments: request.arguments, policy, tenantId, requestedBy, threadId, turnId, callId };
}

interface Row {
    id: string;
    thread_id: string | null;
    requested_by: string | null;
    requester: string | null;
    tool: string;
    arguments: Record<string, unknown>;
    original_arguments: Record<string, unknown> | null;
    votes: Approval["approvals"] | null;
    policy: ApprovalPolicy;
    reason: string;
    summary: string;
    hash: string;
    status: ApprovalStatus;
    created_at: Date;
    expires_at: Date;
    decided_by: string | null;
    decider: string | null;
    decided_at: Date | null;
    decision_reason: string | null;
    consumed_at: Date | null;
}

async function select(tx: Queryable, where: string, values: unknown[], tail = ""): Promise<Approval[]> {
    const rows = await tx.query<Row>(
        `select a.id, a.thread_id, a.requested_by, r.email as requester, a.tool, a.arguments, a.policy, a.reason, a.summary, a.hash, a.original_arguments,
            (select jsonb_agg(jsonb_build_object('id', v.approver_id, 'email', p.email, 'at', v.at) order by v.at) from approval_votes v join users p on p.id = v.approver_id where v.approval_id = a.id and v.hash = a.hash) as votes,
            case when a.status = 'pending' and a.expires_at <= now() then 'expired' else a.status end as status,
            a.created_at, a.expires_at, a.decided_by, d.email as decider, a.decided_at, a.decision_reason, a.consumed_at
         from approvals a left join users r on r.id = a.requested_by left join users d on d.id = a.decided_by
         where ${where} order by a.created_at desc ${tail}`,
        values,
    );
    return rows.map((row) => ({
        id: row.id,
        threadId: row.thread_id,
        requestedBy: { id: row.requested_by ?? nobody, email: row.requester ?? "system" },
        tool: row.tool,
        arguments: row.arguments,
        originalArguments: row.original_arguments,
        approvals: (row.votes ?? []).map((vote) => ({ ...vote, at: new Date(vote.at).toISOString() })),
        approversNeeded: approversNeeded(row.policy, row.arguments),
        policy: row.policy,
        reason: row.reason,
        summary: row.summary,
        hash: row.hash,
        status: row.status,
        createdAt: row.created_at.toISOString(),
        expiresAt: row.expires_at.toISOString(),
        decidedBy: row.decided_by === null || row.decider === null ? null : { id: row.decided_by, email: row.decider },
        decidedAt: row.decided_at?.toISOString() ?? null,
        decisionReason: row.decision_reason,
        consumedAt: row.consumed_at?.toISOString() ?? null,
    }));
}
