/** The person's orders. */
import { createRoute, z } from "@hono/zod-openapi";
import { authenticate } from "../auth/middleware.js";
import type { Sessions } from "../auth/sessions.js";
import type { Database } from "../db/database.js";
import type { App } from "../http/app.js";
import { orderView } from "../tools/fields.js";
import { listOrders } from "./store.js";

const security: Record<string, string[]>[] = [{ bearer: [] }, { session: [] }];

const list = createRoute({
    method: "get",
    path: "/api/orders",
    summary: "The orders of the person, with their refunds; an administrator sees those of the tenant",
    security,
    responses: { 200: { content: { "application/json": { schema: z.object({ orders: z.array(orderView) }) } }, description: "Newest first" } },
});

export function registerOrders(app: App, database: Database, sessions: Sessions): void {
    app.use("/api/orders", authenticate(sessions));
    app.openapi(list, async (c) => {
        const principal = c.get("principal");
        return c.json({ orders: await database.asPrincipal(principal, (tx) => listOrders(tx, principal)) }, 200);
    });
}
