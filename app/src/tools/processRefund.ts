import { z } from "zod";
import { requireApproval } from "../approvals/consume.js";
import { refundPolicy } from "../approvals/hash.js";
import { audit } from "../audit/audit.js";
import type { Principal, Queryable } from "../db/database.js";
import { findOrder } from "../orders/store.js";
import { fromCents, needsApproval, refundEligibility, toCents } from "./eligibility.js";
import { amount, freeText, idempotencyKey, orderId, parseIdempotencyKey } from "./fields.js";
import { ToolRefusal, type Tool } from "./types.js";

const input = z.strictObject({
    orderId,
    amount: amount.describe("EUR, at most what is left to refund"),
    reason: freeText(300),
    idempotencyKey,
});
const output = z.object({
    refundId: z.string(),
    orderId: z.string(),
    amount: z.number(),
    currency: z.string(),
    approvalId: z.string().nullable(),
    /** True when this call found the refund booked already. */
    replayed: z.boolean(),
});
type Input = z.infer<typeof input>;
type Output = z.infer<typeof output>;

/**
 * Books a refund, once per idempotency key. Above the threshold it books only with an approval of exactly
 * this call, which it uses up in the same transaction: whoever calls cannot get around the approver.
 */
export const processRefund: Tool<Input, Output> = {
    name: "process_refund",
    title: "Book a refund",
    description: "Books a refund on an order of the caller. Above the approval threshold it needs an approval of exactly this call. "
        + "Repeating a call with the same idempotency key has no second effect.",
    input,
    output,
    effect: "write",
    roles: ["user", "approver", "admin"],
    execute: (args, context) =>
        context.db.asPrincipal(context.principal, async (tx) => {
            const { principal } = context;
            // All refunds of one order queue up here; the sums below cannot change under our hands.
            await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`${principal.tenantId} ${args.orderId}`]);
            const booked = await findBooked(tx, principal, args);
            if (booked !== undefined) {
                return booked;
            }
            const order = await findOrder(tx, principal, args.orderId);
            if (order === undefined) {
                throw new ToolRefusal("ORDER_NOT_FOUND", `There is no order ${args.orderId} among your orders.`);
            }
            const verdict = refundEligibility(order, context.now());
            if (!verdict.eligible) {
                throw new ToolRefusal(verdict.code, `Order ${order.id} cannot be refunded: ${verdict.explanation}.`);
            }
            if (args.amount > verdict.refundable) {
                throw new ToolRefusal("AMOUNT_TOO_HIGH", `At most ${verdict.refundable.toFixed(2)} ${order.currency} of ${order.id} can be refunded.`);
            }
            const { idempotencyKey: key, ...approvable } = args;
            const approvalId = await requireApproval(tx, {
                tool: "process_refund",
                arguments: approvable,
                policy: refundPolicy(context.refundApprovalThreshold, context.refundFourEyesThreshold),
                principal,
                ...parseIdempotencyKey(key),
                needed: needsApproval(order, args.amount, context.refundApprovalThreshold),
            });
            const [refund] = await tx.query<{ id: string }>(
                `insert into refunds (tenant_id, order_id, amount_cents, currency, reason, idempotency_key, approval_id, requested_by)
                 values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`,
                [principal.tenantId, order.id, toCents(args.amount), order.currency, args.reason, key, approvalId, principal.userId],
            );
            if (refund === undefined) {
                throw new Error("the refund was not written");
            }
            await audit(tx, principal, "refund.book", refund.id, { orderId: order.id, amount: args.amount, currency: order.currency, approvalId, idempotencyKey: key }, context.requestId);
            return { refundId: refund.id, orderId: order.id, amount: args.amount, currency: order.currency, approvalId, replayed: false };
        }),
};

async function findBooked(tx: Queryable, principal: Principal, args: Input): Promise<Output | undefined> {
    const [row] = await tx.query<{ id: string; order_id: string; amount_cents: number; currency: string; approval_id: string | null; requested_by: string }>(
        "select id, order_id, amount_cents, currency, approval_id, requested_by from refunds where tenant_id = $1 and idempotency_key = $2",
        [principal.tenantId, args.idempotencyKey],
    );
    if (row === undefined) {
        return undefined;
    }
    if (row.order_id !== args.orderId || row.amount_cents !== toCents(args.amount) || row.requested_by !== principal.userId) {
        throw new ToolRefusal("IDEMPOTENCY_CONFLICT", "This idempotency key was used for another refund.");
    }
    return { refundId: row.id, orderId: row.order_id, amount: fromCents(row.amount_cents), currency: row.currency, approvalId: row.approval_id, replayed: true };
}
