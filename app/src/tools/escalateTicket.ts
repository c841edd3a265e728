import { z } from "zod";
import { audit } from "../audit/audit.js";
import { freeText, idempotencyKey, orderId } from "./fields.js";
import type { Tool } from "./types.js";

const input = z.strictObject({
    summary: freeText(2_000).describe("What it is about, in the person's own words"),
    orderId: orderId.optional(),
    idempotencyKey,
});
const output = z.object({ ticketId: z.string(), number: z.number(), status: z.string(), replayed: z.boolean() });

/** Hands a matter to a person by opening a ticket, once per idempotency key. */
export const escalateTicket: Tool<z.infer<typeof input>, z.infer<typeof output>> = {
    name: "escalate_ticket",
    title: "Pass on to a person",
    description: "Opens a support ticket for the caller. Repeating a call with the same idempotency key returns the same ticket.",
    input,
    output,
    effect: "write",
    roles: ["user", "approver", "admin"],
    execute: (args, { db, principal, requestId }) =>
        db.asPrincipal(principal, async (tx) => {
            const [created] = await tx.query<{ id: string; number: number; status: string }>(
                `insert into tickets (tenant_id, created_by, order_id, summary, idempotency_key) values ($1, $2, $3, $4, $5)
                 on conflict (tenant_id, idempotency_key) do nothing returning id, number, status`,
                [principal.tenantId, principal.userId, args.orderId ?? null, args.summary, args.idempotencyKey],
            );
            if (created !== undefined) {
                await audit(tx, principal, "ticket.open", created.id, { number: created.number, orderId: args.orderId ?? null }, requestId);
                return { ticketId: created.id, number: created.number, status: created.status, replayed: false };
            }
            const [existing] = await tx.query<{ id: string; number: number; status: string }>(
                "select id, number, status from tickets where tenant_id = $1 and idempotency_key = $2", [principal.tenantId, args.idempotencyKey]);
            if (existing === undefined) {
                throw new Error("a ticket with this key is being written by another transaction");
            }
            return { ticketId: existing.id, number: existing.number, status: existing.status, replayed: true };
        }),
};
