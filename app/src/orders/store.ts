/** Orders as a principal may see them: a user's own, an admin's whole tenant. */
import type { Principal, Queryable } from "../db/database.js";
import { fromCents } from "../tools/eligibility.js";
import type { OrderView } from "../tools/fields.js";

/** One order, or undefined when there is none that the principal may see. */
export async function findOrder(tx: Queryable, principal: Principal, id: string): Promise<OrderView | undefined> {
    return (await select(tx, principal, "and o.id = $3", [id]))[0];
}

/** The newest orders first. */
export async function listOrders(tx: Queryable, principal: Principal, limit = 100): Promise<OrderView[]> {
    return select(tx, principal, "order by o.ordered_at desc, o.id limit $3", [limit]);
}

interface Row {
    id: string;
    item: string;
    amount_cents: number;
    currency: string;
    status: OrderView["status"];
    ordered_at: Date;
    delivered_at: Date | null;
    refunds: { id: string; amount_cents: number; reason: string; created_at: string; approval_id: string | null }[];
}

async function select(tx: Queryable, principal: Principal, tail: string, values: unknown[]): Promise<OrderView[]> {
    const rows = await tx.query<Row>(
        `select o.id, o.item, o.amount_cents, o.currency, o.status, o.ordered_at, o.delivered_at,
            coalesce((select jsonb_agg(jsonb_build_object('id', r.id, 'amount_cents', r.amount_cents, 'reason', r.reason, 'created_at', r.created_at, 'approval_id', r.approval_id) order by r.created_at)
                from refunds r where r.tenant_id = o.tenant_id and r.order_id = o.id), '[]'::jsonb) as refunds
         from orders o where o.tenant_id = $1 and ($2::uuid is null or o.owner_id = $2) ${tail}`,
        [principal.tenantId, principal.role === "admin" ? null : principal.userId, ...values],
    );
    return rows.map((row) => ({
        id: row.id,
        item: row.item,
        amount: fromCents(row.amount_cents),
        currency: row.currency,
        status: row.status,
        orderedAt: row.ordered_at.toISOString(),
        deliveredAt: row.delivered_at?.toISOString() ?? null,
        refunded: fromCents(row.refunds.reduce((sum, refund) => sum + refund.amount_cents, 0)),
        refunds: row.refunds.map((refund) => ({
            id: refund.id,
            amount: fromCents(refund.amount_cents),
            reason: refund.reason,
            createdAt: new Date(refund.created_at).toISOString(),
            approvalId: refund.approval_id,
        })),
    }));
}
