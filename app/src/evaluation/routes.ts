/** A tenant's own golden set, and measuring with it: for administrators. Behind `authenticate` and the admin role. */
import { createRoute, z } from "@hono/zod-openapi";
import { audit } from "../audit/audit.js";
import type { Database } from "../db/database.js";
import type { App } from "../http/app.js";
import { ApiError } from "../http/errors.js";
import type { Answerer } from "../models/answerer.js";
import type { Retriever } from "../rag/passage.js";
import { evaluate } from "./evaluate.js";
import type { GoldenQuestion } from "./golden.js";

const question = z
    .object({
        question: z.string().trim().min(3).max(1000),
        document: z.string().max(300).optional().openapi({ description: "File name of the document that answers" }),
        phrase: z.string().trim().min(1).max(500).optional().openapi({ description: "Words of the passage that answers; without it, nothing may be found" }),
    })
    .refine(({ document, phrase }) => document === undefined || phrase !== undefined, "A document needs the phrase that answers.")
    .openapi("GoldenQuestion");
const rankingName = z.enum(["hybrid", "dense", "words"]);
const evaluation = z
    .object({
        id: z.uuid(),
        ranking: rankingName,
        scores: z.object({ questions: z.number(), ndcg10: z.number(), recall1: z.number(), recall5: z.number(), recall20: z.number(), citations: z.number().nullable(), answered: z.number().nullable(), refusals: z.number().nullable() }),
        misses: z.array(z.object({ question: z.string(), why: z.string() })),
        createdAt: z.iso.datetime(),
    })
    .openapi("Evaluation");
const json = <T extends z.ZodType>(schema: T, description: string) => ({ content: { "application/json": { schema } }, description });
/** More than these take longer than a request may. */
const MOST_QUESTIONS = 200;

const show = createRoute({ method: "get", path: "/api/admin/golden", summary: "The tenant's questions with known answers", responses: { 200: json(z.object({ questions: z.array(question) }), "The questions") } });
const put = createRoute({
    method: "put",
    path: "/api/admin/golden",
    summary: "Replace the tenant's golden set",
    request: { body: { required: true, content: { "application/json": { schema: z.object({ questions: z.array(question).max(MOST_QUESTIONS) }) } } } },
    responses: { 200: json(z.object({ questions: z.array(question) }), "The questions") },
});
const run = createRoute({
    method: "post",
    path: "/api/admin/evaluations",
    summary: "Measure search and answers with the golden set",
    request: { body: { required: true, content: { "application/json": { schema: z.object({ rankings: z.array(rankingName).min(1).max(3).default(["hybrid"]).openapi({ description: "Several are measured side by side" }) }) } } } },
    responses: { 200: json(z.object({ evaluations: z.array(evaluation) }), "One for each ranking") },
});
const list = createRoute({ method: "get", path: "/api/admin/evaluations", summary: "What was measured", responses: { 200: json(z.object({ evaluations: z.array(evaluation) }), "Newest first") } });

export function registerEvaluation(app: App, deps: { database: Database; retriever: Retriever; answerer: Answerer }): void {
    const { database } = deps;
    app.openapi(show, async (c) => c.json({ questions: await database.asPrincipal(c.get("principal"), readQuestions) }, 200));
    app.openapi(put, async (c) => {
        const principal = c.get("principal");
        const { questions } = c.req.valid("json");
        const stored = await database.asPrincipal(principal, async (tx) => {
            await tx.query("delete from golden_questions where tenant_id = $1", [principal.tenantId]);
            for (const { question: text, document, phrase } of questions) {
                await tx.query("insert into golden_questions (tenant_id, question, document, phrase) values ($1, $2, $3, $4) on conflict do nothing", [principal.tenantId, text, document ?? null, phrase ?? null]);
            }
            await audit(tx, principal, "golden.replace", principal.tenantId, { questions: questions.length }, c.get("requestId"));
            return readQuestions(tx);
        });
        return c.json({ questions: stored }, 200);
    });
    app.openapi(run, async (c) => {
        const principal = c.get("principal");
        const questions = await database.asPrincipal(principal, readQuestions);
        if (questions.length === 0) throw new ApiError(409, "NO_GOLDEN_QUESTIONS", "There are no questions with known answers yet. Store some first.");
        const caller = { token: c.get("token"), requestId: c.get("requestId"), principal, signal: c.req.raw.signal };
        const evaluations = [];
        for (const ranking of c.req.valid("json").rankings) {
            const { scores, misses } = await evaluate({ search: (text, k) => deps.retriever.search(caller, text, { k, ranking }), answerer: deps.answerer, tenantId: principal.tenantId }, questions);
            const [row] = await database.asPrincipal(principal, (tx) =>
                tx.query<Row>("insert into evaluations (tenant_id, ranking, scores, misses) values ($1, $2, $3::jsonb, $4::jsonb) returning id, ranking, scores, misses, created_at", [principal.tenantId, ranking, JSON.stringify(scores), JSON.stringify(misses)]),
            );
            evaluations.push(toEvaluation(row!));
        }
        return c.json({ evaluations }, 200);
    });
    app.openapi(list, async (c) => {
        const rows = await database.asPrincipal(c.get("principal"), (tx) => tx.query<Row>("select id, ranking, scores, misses, created_at from evaluations order by created_at desc limit 50"));
        return c.json({ evaluations: rows.map(toEvaluation) }, 200);
    });
}

async function readQuestions(tx: Parameters<Parameters<Database["asPrincipal"]>[1]>[0]): Promise<GoldenQuestion[]> {
    const rows = await tx.query<{ question: string; document: string | null; phrase: string | null }>("select question, document, phrase from golden_questions order by created_at, question");
    return rows.map(({ question: text, document, phrase }) => ({ question: text, ...(document === null ? {} : { document }), ...(phrase === null ? {} : { phrase }) }));
}

interface Row {
    id: string;
    ranking: z.infer<typeof rankingName>;
    scores: z.infer<typeof evaluation>["scores"];
    misses: z.infer<typeof evaluation>["misses"];
    created_at: Date;
}

function toEvaluation({ created_at: createdAt, ...row }: Row): z.infer<typeof evaluation> {
    return { ...row, createdAt: createdAt.toISOString() };
}
