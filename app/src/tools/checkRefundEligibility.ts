import { z } from "zod";
import { findOrder } from "../orders/store.js";
import { needsApproval, refundEligibility } from "./eligibility.js";
import { amount, orderId, orderView } from "./fields.js";
import { ToolRefusal, type Tool } from "./types.js";

const input = z.strictObject({ orderId, amount: amount.optional().describe("EUR; without it everything that is left to refund") });
const output = z.object({
    eligible: z.boolean(),
    /** Why not, when not. */
    code: z.string().nullable(),
    explanation: z.string(),
    refundable: z.number(),
    currency: z.string(),
    approvalNeeded: z.boolean(),
    order: orderView,
});

/** Tells whether and how much of an order can be refunded, and whether a person must approve it. Changes nothing. */
export const checkRefundEligibility: Tool<z.infer<typeof input>, z.infer<typeof output>> = {
    name: "check_refund_eligibility",
    title: "Check whether a refund is possible",
    description: "Tells whether an order of the caller can be refunded, up to which amount, and whether that needs an approval. Changes nothing.",
    input,
    output,
    effect: "read",
    roles: ["user", "approver", "admin"],
    execute: ({ orderId: id, amount: wanted }, context) =>
        context.db.asPrincipal(context.principal, async (tx) => {
            const order = await findOrder(tx, context.principal, id);
            if (order === undefined) {
                throw new ToolRefusal("ORDER_NOT_FOUND", `There is no order ${id} among your orders.`);
            }
            const verdict = refundEligibility(order, context.now());
            if (!verdict.eligible) {
                return { eligible: false, code: verdict.code, explanation: verdict.explanation, refundable: 0, currency: order.currency, approvalNeeded: false, order };
            }
            const amountAsked = wanted ?? verdict.refundable;
            return {
                eligible: amountAsked <= verdict.refundable,
                code: amountAsked <= verdict.refundable ? null : "AMOUNT_TOO_HIGH",
                explanation: `up to ${verdict.refundable.toFixed(2)} ${order.currency} can be refunded`,
                refundable: verdict.refundable,
                currency: order.currency,
                approvalNeeded: needsApproval(order, amountAsked, context.refundApprovalThreshold),
                order,
            };
        }),
};
