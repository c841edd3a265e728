/** What language models were used and what they cost. Behind `authenticate` and the admin role. */
import { createRoute, z } from "@hono/zod-openapi";
import type { Database } from "../db/database.js";
import type { App } from "../http/app.js";

const use = z.object({ day: z.string(), model: z.string(), calls: z.number(), failures: z.number(), inputTokens: z.number(), outputTokens: z.number(), cost: z.number().openapi({ description: "US dollars" }) });
const route = createRoute({
    method: "get",
    path: "/api/admin/usage",
    summary: "Use and cost of language models",
    responses: { 200: { content: { "application/json": { schema: z.object({ usage: z.array(use) }) } }, description: "The last 90 days, newest first" } },
});

export function registerUsage(app: App, database: Database): void {
    app.openapi(route, async (c) => {
        const usage = await database.asPrincipal(c.get("principal"), (tx) =>
            tx.query<z.infer<typeof use>>(
                `select to_char(day, 'YYYY-MM-DD') as day, model, calls, failures, input_tokens::float8 as "inputTokens", output_tokens::float8 as "outputTokens", cost_micros / 1e6::float8 as cost
                 from model_usage where day > current_date - 90 order by day desc, model`,
            ),
        );
        return c.json({ usage }, 200);
    });
}
