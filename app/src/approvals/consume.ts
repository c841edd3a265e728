/** The check at the place of the effect: an approval of exactly this call exists, and is used up with it. */
import type { Principal, Queryable } from "../db/database.js";
import { ToolRefusal } from "../tools/types.js";
import { approvalHash, approversNeeded, type ApprovalPolicy } from "./hash.js";

export interface Effect {
    tool: string;
    arguments: Record<string, unknown>;
    /** The policy in force here and now, not the one the caller believes in. */
    policy: ApprovalPolicy;
    principal: Principal;
    threadId: string;
    callId: string;
    /** Whether the policy asks for an approval. One that was asked for nevertheless must have been given. */
    needed: boolean;
}

/**
 * Uses up the approval of a call and gives its id, or null when none is needed.
 * @throws ToolRefusal APPROVAL_REQUIRED, APPROVAL_ALTERED, APPROVAL_NOT_GIVEN
 */
export async function requireApproval(tx: Queryable, effect: Effect): Promise<string | null> {
    const [approval] = await tx.query<{ id: string; thread_id: string; turn_id: string | null; requested_by: string | null; hash: string; status: string; consumed_at: Date | null }>(
        "select id, thread_id, turn_id, requested_by, hash, status, consumed_at from approvals where call_id = $1 and tenant_id = $2 for update",
        [effect.callId, effect.principal.tenantId],
    );
    if (approval === undefined) {
        if (effect.needed) {
            throw new ToolRefusal("APPROVAL_REQUIRED", "This needs an approval first.", { policy: effect.policy });
        }
        return null;
    }
    const hash = approvalHash({
        tool: effect.tool,
        arguments: effect.arguments,
        policy: effect.policy,
        tenantId: effect.principal.tenantId,
        requestedBy: effect.principal.userId,
        threadId: effect.threadId,
        turnId: approval.turn_id,
        callId: effect.callId,
    });
    if (approval.hash !== hash) {
        throw new ToolRefusal("APPROVAL_ALTERED", "What was approved is not what is to be done now: the arguments, the policy or the conversation differ.");
    }
    if (approval.status !== "approved" || approval.consumed_at !== null) {
        throw new ToolRefusal("APPROVAL_NOT_GIVEN", "The approval was not given, or was used already.");
    }
    const votes = await tx.query("select 1 from approval_votes where approval_id = $1 and hash = $2 and approver_id <> $3", [approval.id, hash, approval.requested_by]);
    if (votes.length < approversNeeded(effect.policy, effect.arguments)) {
        throw new ToolRefusal("APPROVAL_NOT_GIVEN", "Not enough people have approved this.");
    }
    await tx.query("update approvals set consumed_at = now() where id = $1", [approval.id]);
    return approval.id;
}
