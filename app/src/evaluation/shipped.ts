/** The shipped golden set in a database of its own: two tenants with their documents, and questions to both. */
import { randomBytes } from "node:crypto";
import { hashPassword } from "../auth/passwords.js";
import { FIRST_TENANT, scopeTransaction, type Database, type Principal } from "../db/database.js";
import { openEmbedded } from "../db/embedded.js";
import { createEmbedder } from "../models/embedder.js";
import { createAnswerer } from "../models/extractive.js";
import { loadTokenizer } from "../models/tokenizer.js";
import { RANKINGS, type RankingName } from "../rag/ranking.js";
import { search } from "../rag/search.js";
import { prepareDatabase } from "../roles/migrate.js";
import { loadCorpus } from "./corpus.js";
import { evaluate, type Evaluation } from "./evaluate.js";
import { shippedQuestions, type Tenant } from "./golden.js";

export interface Shipped {
    passages: number;
    run(ranking: RankingName, options?: { answers?: boolean }): Promise<ShippedEvaluation>;
    close(): Promise<void>;
}

export interface ShippedEvaluation extends Evaluation {
    /** Passages of another tenant among the results: none may be. */
    leaks: number;
    /** Of the twenty nearest among half of the documents, those that the filtered search gives. */
    filteredRecall: number;
}

const OTHER_TENANT = "00000000-0000-4000-8000-0000000000e2";

export async function openShipped(modelFolder: string, threads: number): Promise<Shipped> {
    const database = await openEmbedded();
    const people = await preparePeople(database);
    const embedder = createEmbedder({ modelFolder, threads });
    const deps = { database, embedder, tokenizer: loadTokenizer(modelFolder) };
    let passages = 0;
    for (const tenant of ["halden", "pinewood"] as const) passages += await loadCorpus(deps, tenant, people[tenant]);
    const answerer = createAnswerer(embedder);

    return {
        passages,
        async run(name, { answers = true } = {}) {
            const ranking = RANKINGS[name];
            let leaks = 0;
            const questions = shippedQuestions();
            const parts: Evaluation[] = [];
            for (const tenant of ["halden", "pinewood"] as const) {
                const own = new Set((await database.asPrincipal(people[tenant], (tx) => tx.query<{ id: string }>("select id from passages"))).map(({ id }) => id));
                const ask = async (question: string, k: number) => {
                    const { passages: found } = await search({ database, embedder }, people[tenant], question, { k, ranking });
                    leaks += found.filter(({ id }) => !own.has(id)).length;
                    return found;
                };
                parts.push(await evaluate({ search: ask, answerer: answers ? answerer : undefined }, questions.filter((each) => each.tenant === tenant)));
            }
            const filteredRecall = await measureFilter(database, embedder, people.halden, questions.filter((each) => each.tenant === "halden" && each.document !== undefined).slice(0, 20));
            return { ...joined(parts), leaks, filteredRecall };
        },
        async close() {
            await embedder.close();
            await database.close();
        },
    };
}

async function preparePeople(database: Database & { asOwner: Awaited<ReturnType<typeof openEmbedded>>["asOwner"] }): Promise<Record<Tenant, Principal>> {
    const password = () => randomBytes(16).toString("hex");
    return database.asOwner(async (owner) => {
        await prepareDatabase(owner, { admin: { email: "admin@halden.test", password: password() }, user: { email: "user@halden.test", password: password() } });
        return owner.transaction(async (tx) => {
            await scopeTransaction(tx, "system");
            await tx.query("insert into tenants (id, name) values ($1, 'Pinewood')", [OTHER_TENANT]);
            const [other] = await tx.query<{ id: string }>("insert into users (tenant_id, email, name, role, password_hash) values ($1, 'user@pinewood.test', 'Pinewood', 'user', $2) returning id", [OTHER_TENANT, await hashPassword(password())]);
            const [own] = await tx.query<{ id: string }>("select id from users where email = 'user@halden.test'");
            return {
                halden: { userId: own!.id, tenantId: FIRST_TENANT, role: "user" as const },
                pinewood: { userId: other!.id, tenantId: OTHER_TENANT, role: "user" as const },
            };
        });
    });
}

async function measureFilter(database: Database, embedder: ReturnType<typeof createEmbedder>, principal: Principal, questions: readonly { question: string }[]): Promise<number> {
    const { nearest } = await import("../rag/candidates.js");
    const documents = (await database.asPrincipal(principal, (tx) => tx.query<{ id: string }>("select id from documents order by filename"))).map(({ id }) => id).filter((_, i) => i % 2 === 0);
    let found = 0;
    let wanted = 0;
    for (const { question } of questions) {
        const [vector] = await embedder.embed([question]);
        const [byIndex, exact] = await database.asPrincipal(principal, async (tx) => [await nearest(tx, vector!, { documents }, 0), await nearest(tx, vector!, { documents })] as const);
        const given = new Set(byIndex.found.slice(0, 20).map(({ id }) => id));
        for (const { id } of exact.found.slice(0, 20)) {
            wanted++;
            if (given.has(id)) found++;
        }
    }
    return wanted === 0 ? 1 : found / wanted;
}

/** Shares weighed by how many questions stand behind each. */
function joined(parts: readonly Evaluation[]): Evaluation {
    const total = parts.reduce((sum, { scores }) => sum + scores.questions, 0);
    const mean = (read: (scores: Evaluation["scores"]) => number) => parts.reduce((sum, { scores }) => sum + read(scores) * scores.questions, 0) / total;
    const first = parts[0]!.scores;
    return {
        scores: {
            questions: total,
            ndcg10: mean((scores) => scores.ndcg10),
            recall1: mean((scores) => scores.recall1),
            recall5: mean((scores) => scores.recall5),
            recall20: mean((scores) => scores.recall20),
            citations: first.citations === null ? null : mean((scores) => scores.citations ?? 0),
            answered: first.answered === null ? null : mean((scores) => scores.answered ?? 0),
            // Only the first tenant is asked what has no answer.
            refusals: first.refusals,
        },
        misses: parts.flatMap(({ misses }) => misses),
    };
}

/** What must hold before a change of search or answers is released. */
export const GATE = { ndcg10: 0.87, recall20: 0.97, filteredRecall: 0.97, citations: 0.85, answered: 0.65, refusals: 0.9 };

/** Which parts of the gate are not met. */
export function passes({ scores, filteredRecall, leaks }: ShippedEvaluation): string[] {
    const reached: Record<keyof typeof GATE, number | null> = { ndcg10: scores.ndcg10, recall20: scores.recall20, filteredRecall, citations: scores.citations, answered: scores.answered, refusals: scores.refusals };
    const failed: string[] = (Object.keys(GATE) as (keyof typeof GATE)[]).filter((name) => reached[name] !== null && reached[name]! < GATE[name]);
    return leaks > 0 ? [...failed, "leaks"] : failed;
}
