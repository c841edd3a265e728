/** What the approval of a changed tool does: the new text takes the place of the old one. */
import type { Principal, Queryable } from "../db/database.js";
import { ApiError } from "../http/errors.js";

/** Pins what was shown, in the transaction of the decision. */
export async function settleChangedTool(tx: Queryable, approver: Principal, approval: { id: string; arguments: Record<string, unknown> }): Promise<void> {
    const { server, tool, beforeHash, afterHash, after } = approval.arguments;
    const pinned = await tx.query(
        `update mcp_tool_pins set hash = $5, definition = $6::jsonb, pinned_at = now(), pinned_by = $7, drift_hash = null, drift_approval = null
         where tenant_id = $1 and server = $2 and tool = $3 and hash = $4 returning 1`,
        [approver.tenantId, server, tool, beforeHash, afterHash, JSON.stringify(after), approver.userId],
    );
    if (pinned.length === 0) {
        throw new ApiError(409, "APPROVAL_ALTERED", "What you saw is not what would be done: the tool was agreed to in another form since.");
    }
    await tx.query("update approvals set consumed_at = now() where id = $1", [approval.id]);
}
