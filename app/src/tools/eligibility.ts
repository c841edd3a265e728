import type { OrderView } from "./fields.js";

/** Days after delivery during which an order can be refunded. */
export const refundWindowDays = 30;

export type Eligibility =
    | { eligible: true; refundable: number }
    | { eligible: false; code: "ORDER_CANCELLED" | "ALREADY_REFUNDED" | "REFUND_WINDOW_CLOSED"; explanation: string };

/** The shop's refund rule, the one place where it is written down. */
export function refundEligibility(order: OrderView, now: Date): Eligibility {
    if (order.status === "cancelled") {
        return { eligible: false, code: "ORDER_CANCELLED", explanation: "the order was cancelled and never charged" };
    }
    const refundable = fromCents(toCents(order.amount) - toCents(order.refunded));
    if (refundable <= 0) {
        return { eligible: false, code: "ALREADY_REFUNDED", explanation: "it has been refunded in full already" };
    }
    if (order.deliveredAt !== null) {
        const days = Math.floor((now.getTime() - Date.parse(order.deliveredAt)) / 86_400_000);
        if (days > refundWindowDays) {
            return {
                eligible: false,
                code: "REFUND_WINDOW_CLOSED",
                explanation: `it was delivered ${days} days ago, and refunds are possible for ${refundWindowDays} days after delivery`,
            };
        }
    }
    return { eligible: true, refundable };
}

/**
 * Whether a refund needs an approval. What counts is everything refunded on
 * the order together, so that a large refund cannot be split into small ones.
 */
export function needsApproval(order: Pick<OrderView, "refunded" | "currency">, amount: number, threshold: number): boolean {
    // The threshold is in EUR and there are no exchange rates here: other currencies always need a person.
    return order.currency !== "EUR" || toCents(order.refunded) + toCents(amount) > toCents(threshold);
}

/** Whole cents, so that sums are exact. */
export function toCents(amount: number): number {
    return Math.round(amount * 100);
}

export function fromCents(cents: number): number {
    return cents / 100;
}
