/** `POST /search`: what the RAG service is for. */
import { createRoute, z } from "@hono/zod-openapi";
import type { App } from "../http/app.js";
import { search, type SearchDeps } from "./search.js";

const passageSchema = z
    .object({ id: z.uuid(), documentId: z.uuid(), filename: z.string(), page: z.number().nullable(), heading: z.string(), text: z.string(), score: z.number() })
    .openapi("Passage");
const route = createRoute({
    method: "post",
    path: "/search",
    summary: "Find passages",
    request: { body: { required: true, content: { "application/json": { schema: z.object({ query: z.string().trim().min(1).max(4000), k: z.number().int().min(1).max(100).default(8) }) } } } },
    responses: { 200: { content: { "application/json": { schema: z.object({ passages: z.array(passageSchema) }) } }, description: "The best first" } },
});

/** Behind `authenticate`. */
export function registerSearch(app: App, deps: SearchDeps): void {
    app.openapi(route, async (c) => {
        const { query, k } = c.req.valid("json");
        return c.json({ passages: await search(deps, c.get("principal"), query, k) }, 200);
    });
}
