import { z } from "zod";

/** Order numbers look like ORD-1001. */
export const orderId = z.string().regex(/^ORD-\d{3,9}$/, "an order number such as ORD-1001").describe("Order number such as ORD-1001");

/** An amount of money with at most two decimals. */
export const amount = z.number().positive().max(1_000_000)
    .refine(value => Math.abs(value * 100 - Math.round(value * 100)) < 1e-6, "at most two decimals");

/** Free text from a person: bounded, and without control characters that could forge log lines or terminals. */
export function freeText(max: number) {
    return z.string().trim().min(1).max(max).refine(text => !/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(text), "no control characters");
}

/** thread + tool-call id: makes an effect happen once however often the call is repeated. */
export const idempotencyKey = z.string().regex(/^[0-9a-f-]{36}:[0-9a-f-]{36}$/)
    .describe("Thread id and tool-call id, joined by a colon; a repeated call with the same key has no second effect");

/** Splits an idempotency key into what it names. */
export function parseIdempotencyKey(key: string): { threadId: string; callId: string } {
    const [threadId = "", callId = ""] = key.split(":");
    return { threadId, callId };
}

export const refundView = z.object({
    id: z.string(),
    amount: z.number(),
    reason: z.string(),
    createdAt: z.string(),
    approvalId: z.string().nullable(),
});

export const orderView = z.object({
    id: z.string(),
    item: z.string(),
    amount: z.number(),
    currency: z.string(),
    status: z.enum(["processing", "shipped", "delivered", "cancelled"]),
    orderedAt: z.string(),
    deliveredAt: z.string().nullable(),
    refunded: z.number(),
    refunds: z.array(refundView),
}).meta({ id: "Order" });

export type OrderView = z.infer<typeof orderView>;
