/** Orders to try things out with, for the first user and the first admin of a tenant. */
import { scopeTransaction, type OwnerDatabase } from "../db/database.js";

interface SeedOrder {
    id: string;
    owner: "user" | "admin";
    item: string;
    cents: number;
    status: "processing" | "shipped" | "delivered" | "cancelled";
    orderedDaysAgo: number;
    deliveredDaysAgo?: number;
}

/** Amounts on both sides of the approval threshold, each status, one delivered too long ago, one of somebody else. */
export const seedOrderList: readonly SeedOrder[] = [
    { id: "ORD-1001", owner: "user", item: "Noise-cancelling headphones", cents: 24_900, status: "delivered", orderedDaysAgo: 9, deliveredDaysAgo: 5 },
    { id: "ORD-1002", owner: "user", item: "Coffee grinder", cents: 3_990, status: "delivered", orderedDaysAgo: 12, deliveredDaysAgo: 8 },
    { id: "ORD-1003", owner: "user", item: "Ultralight laptop 14\"", cents: 129_900, status: "shipped", orderedDaysAgo: 2 },
    { id: "ORD-1004", owner: "user", item: "Running shoes", cents: 8_900, status: "delivered", orderedDaysAgo: 130, deliveredDaysAgo: 124 },
    { id: "ORD-1005", owner: "user", item: "Desk lamp", cents: 5_900, status: "cancelled", orderedDaysAgo: 20 },
    { id: "ORD-1006", owner: "user", item: "Notebook, pack of five", cents: 1_550, status: "processing", orderedDaysAgo: 1 },
    { id: "ORD-1007", owner: "user", item: "Ergonomic office chair", cents: 18_000, status: "delivered", orderedDaysAgo: 15, deliveredDaysAgo: 11 },
    { id: "ORD-1008", owner: "user", item: "Espresso machine", cents: 42_000, status: "delivered", orderedDaysAgo: 13, deliveredDaysAgo: 10 },
    { id: "ORD-1009", owner: "user", item: "27-inch monitor", cents: 32_900, status: "delivered", orderedDaysAgo: 11, deliveredDaysAgo: 7 },
    { id: "ORD-1010", owner: "user", item: "Folding bicycle", cents: 64_000, status: "delivered", orderedDaysAgo: 10, deliveredDaysAgo: 6 },
    { id: "ORD-2001", owner: "admin", item: "Standing desk", cents: 49_900, status: "delivered", orderedDaysAgo: 14, deliveredDaysAgo: 9 },
];

/** Adds what is missing for the first user and admin, and changes nothing that is there. */
export async function seedDemoOrders(owner: OwnerDatabase, emails: { user: string; admin: string }): Promise<void> {
    await owner.transaction(async (tx) => {
        await scopeTransaction(tx, "system");
        for (const order of seedOrderList) {
            await tx.query(
                `insert into orders (tenant_id, id, owner_id, item, amount_cents, status, ordered_at, delivered_at)
                 select u.tenant_id, $2, u.id, $3, $4::bigint, $5, now() - make_interval(days => $6::int), now() - make_interval(days => $7::int)
                 from users u where u.email = $1 on conflict do nothing`,
                [emails[order.owner].trim().toLowerCase(), order.id, order.item, order.cents, order.status, order.orderedDaysAgo, order.deliveredDaysAgo ?? null],
            );
        }
    });
}
