import { z } from "zod";
import { findOrder, listOrders } from "../orders/store.js";
import { orderId, orderView } from "./fields.js";
import { ToolRefusal, type Tool } from "./types.js";

const input = z.strictObject({ orderId: orderId.optional() });
const output = z.object({ orders: z.array(orderView) });

/** Looks up one order, or lists the caller's orders. */
export const getOrder: Tool<z.infer<typeof input>, z.infer<typeof output>> = {
    name: "get_order",
    title: "Look up orders",
    description: "Returns an order of the caller by its number, with status and refunds; without a number, all orders of the caller.",
    input,
    output,
    effect: "read",
    roles: ["user", "approver", "admin"],
    execute: ({ orderId: id }, { db, principal }) =>
        db.asPrincipal(principal, async (tx) => {
            if (id === undefined) {
                return { orders: await listOrders(tx, principal, 20) };
            }
            const order = await findOrder(tx, principal, id);
            if (order === undefined) {
                throw new ToolRefusal("ORDER_NOT_FOUND", `There is no order ${id} among your orders.`);
            }
            return { orders: [order] };
        }),
};
