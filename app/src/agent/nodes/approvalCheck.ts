import { GraphInterrupt } from "@langchain/langgraph/web";
import { refundPolicy } from "../../approvals/hash.js";
import { requestApproval, type Approval, type ApprovalRequest } from "../../approvals/store.js";
import type { Queryable } from "../../db/database.js";
import { changeMessage } from "../../threads/store.js";
import { needsApproval } from "../../tools/eligibility.js";
import type { OrderView } from "../../tools/fields.js";
import type { ToolOutcome } from "../brain/brain.js";
import { readOutcomes, recordCall } from "../calls.js";
import type { GraphDeps } from "../deps.js";
import type { PlannedCall, State, Update } from "../state.js";
import type { TurnRun } from "../turn.js";

/**
 * Waits for a person where the policy wants one. The node runs again from its top when the turn goes on, so
 * all it does before waiting can be repeated, and what counts afterwards is the decision in the database:
 * a resume that nobody decided, or one that was sent twice, leads nowhere.
 */
export async function approvalCheck(deps: GraphDeps, turn: TurnRun, state: State): Promise<Update> {
    const call = state.call;
    if (call === null || (call.tool !== "process_refund" && call.remote?.needsApproval !== true)) {
        return { approval: null };
    }
    const approval = await (call.remote === undefined ? askForRefund(deps, turn, state, call) : askForTool(deps, turn, call, call.remote));
    if (approval === undefined) {
        return { approval: null };
    }
    if (approval.status === "pending") {
        turn.emit({ event: "token", data: { text: waitingText(call) } });
        turn.emit({ event: "approval", data: { approvalId: approval.id, tool: approval.tool, arguments: approval.arguments, reason: approval.reason, expiresAt: approval.expiresAt } });
        // What `interrupt` throws, too: it would also give back the word that woke the node, which decides nothing here.
        throw new GraphInterrupt([{ value: { approvalId: approval.id } }]);
    }
    if (approval.status !== "approved") {
        await deps.database.asPrincipal(turn.principal, (tx) => recordCall(tx, turn, call, "rejected"));
    }
    // An approver may have changed the arguments: what was approved is what is done.
    return { approval: { approvalId: approval.id, status: approval.status }, ...(approval.status === "approved" ? { call: { ...call, arguments: approval.arguments } } : {}) };
}

/** The approval of a call to another server's tool, bound to what the tool was when this was decided. */
async function askForTool(deps: GraphDeps, turn: TurnRun, call: PlannedCall, { server, tool, pin }: NonNullable<PlannedCall["remote"]>): Promise<Approval> {
    return deps.database.asPrincipal(turn.principal, (tx) =>
        request(tx, deps, turn, call, {
            policy: { rule: "tool-of-server", server, tool, pin },
            reason: `Calls of ${tool} of ${server} may change something there and need an approval.`,
            summary: `Call ${tool} of ${server} with ${JSON.stringify(call.arguments).slice(0, 500)}.`,
        }));
}

/** The approval of this refund, asked for if need be; undefined when the policy does not want one. */
async function askForRefund(deps: GraphDeps, turn: TurnRun, state: State, call: PlannedCall): Promise<Approval | undefined> {
    const threshold = state.approvalPolicy?.threshold ?? deps.refundApprovalThreshold;
    return deps.database.asPrincipal(turn.principal, async (tx) => {
        const order = orderIn(await readOutcomes(tx, turn.id));
        const amount = Number(call.arguments.amount);
        // The tool server's own word weighs more than what is computed here.
        if (state.approvalPolicy === null && !needsApproval(order ?? { refunded: 0, currency: "EUR" }, amount, threshold)) {
            return undefined;
        }
        return request(tx, deps, turn, call, {
            policy: refundPolicy(threshold, state.approvalPolicy?.fourEyesAbove ?? deps.refundFourEyesThreshold),
            reason: `Refunds above ${threshold.toFixed(2)} EUR on one order need the approval of an administrator.`,
            summary: summaryOf(call, order),
        });
    });
}

async function request(tx: Queryable, deps: GraphDeps, turn: TurnRun, call: PlannedCall, about: Pick<ApprovalRequest, "policy" | "reason" | "summary">): Promise<Approval> {
    const approval = await requestApproval(
        tx,
        turn.principal,
        {
            ...about,
            tool: call.tool,
            arguments: call.arguments,
            tenantId: turn.principal.tenantId,
            requestedBy: turn.principal.userId,
            threadId: turn.threadId,
            turnId: turn.id,
            callId: call.callId,
        },
        turn.requestId,
        deps.approvalLifetimeMs,
    );
    if (approval.status === "pending") {
        await recordCall(tx, turn, call, "waiting");
        await changeMessage(tx, turn.threadId, turn.answerId, { status: "waiting", approvalId: approval.id, text: waitingText(call) });
    }
    return approval;
}

function orderIn(outcomes: ToolOutcome[]): OrderView | undefined {
    const check = outcomes.find((outcome) => outcome.tool === "check_refund_eligibility" && outcome.status === "done");
    return (check?.result as { order?: OrderView } | undefined)?.order;
}

function summaryOf(call: PlannedCall, order: OrderView | undefined): string {
    const { orderId, amount } = call.arguments as { orderId: string; amount: number };
    const paid = order === undefined ? "" : ` of ${order.amount.toFixed(2)} ${order.currency} paid for ${order.item}`;
    const before = order === undefined || order.refunded === 0 ? "" : `; ${order.refunded.toFixed(2)} ${order.currency} were refunded before`;
    return `Refund ${amount.toFixed(2)} EUR${paid} (${orderId}${before}).`;
}

function waitingText(call: PlannedCall): string {
    if (call.remote !== undefined) {
        return `Calling ${call.remote.tool} of ${call.remote.server} needs an approval. I have asked for it and will go on by myself when it is decided.`;
    }
    const { orderId, amount } = call.arguments as { orderId: string; amount: number };
    return `A refund of ${amount.toFixed(2)} EUR for ${orderId} needs an approval. I have asked for it and will go on by myself when it is decided.`;
}
