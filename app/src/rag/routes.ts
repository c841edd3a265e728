/** `POST /search`: what the RAG service is for. */
import { createRoute, z } from "@hono/zod-openapi";
import type { App } from "../http/app.js";
import { RANKINGS } from "./ranking.js";
import { search, type SearchDeps } from "./search.js";

const passageSchema = z
    .object({ id: z.uuid(), documentId: z.uuid(), filename: z.string(), page: z.number().nullable(), heading: z.string(), text: z.string(), score: z.number(), similarity: z.number() })
    .openapi("Passage");
const filterSchema = z
    .object({
        documents: z.array(z.uuid()).max(1000),
        tags: z.array(z.string().min(1).max(64)).max(20).openapi({ description: "Documents that have all of these" }),
        from: z.iso.datetime({ offset: true }).openapi({ description: "Uploaded at or after" }),
        to: z.iso.datetime({ offset: true }).openapi({ description: "Uploaded before" }),
    })
    .partial()
    .openapi("Filter");
const route = createRoute({
    method: "post",
    path: "/search",
    summary: "Find passages",
    request: { body: { required: true, content: { "application/json": { schema: z.object({ query: z.string().trim().min(1).max(4000), k: z.number().int().min(1).max(100).default(8), filter: filterSchema.optional(), ranking: z.enum(["hybrid", "dense", "words"]).default("hybrid").openapi({ description: "For comparisons; `hybrid` is what is in use" }) }) } } } },
    responses: { 200: { content: { "application/json": { schema: z.object({ passages: z.array(passageSchema), short: z.boolean().openapi({ description: "Passages may be missing: the index ended its search early. Never so with a filter." }), method: z.enum(["exact", "index"]) }) } }, description: "The best first" } },
});

/** Behind `authenticate`. */
export function registerSearch(app: App, deps: SearchDeps): void {
    app.openapi(route, async (c) => {
        const { query, k, filter, ranking } = c.req.valid("json");
        return c.json(await search(deps, c.get("principal"), query, { k, filter, ranking: RANKINGS[ranking], signal: c.req.raw.signal }), 200);
    });
}
