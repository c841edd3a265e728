/** An optional second opinion on the order of the best passages, by a model of its own. */
import type { Env } from "../env.js";
import { Circuit, type CircuitOptions } from "../http/circuit.js";
import type { Logger } from "../http/log.js";

export interface Reranker {
    /** How well each text answers, in any scale; higher is better. */
    score(query: string, texts: readonly string[], signal?: AbortSignal): Promise<number[]>;
}

export interface RerankerOptions extends CircuitOptions {
    /** Takes `POST {model?, query, documents}` and answers `{results: [{index, relevance_score}]}`, as Cohere's, Jina's and vLLM's do. */
    url: string;
    apiKey?: string;
    model?: string;
    /** @default 2000 */
    timeoutMs?: number;
}

/** @throws from `score` when it does not answer, and at once for a while after it did so several times */
export function httpReranker({ url, apiKey, model, timeoutMs = 2_000, opensAfter, openMs = 15_000 }: RerankerOptions): Reranker {
    // Else every search would wait for one that is away.
    const circuit = new Circuit({ opensAfter, openMs });
    return {
        async score(query, texts, signal) {
            if (!circuit.enter()) throw new Error("The reranker failed before and is left alone for a while.");
            try {
                const scores = await ask(query, texts, signal);
                circuit.succeeded();
                return scores;
            } catch (error) {
                if (signal?.aborted !== true) circuit.failed();
                throw error;
            }
        },
    };

    async function ask(query: string, texts: readonly string[], signal: AbortSignal | undefined): Promise<number[]> {
        const timeout = AbortSignal.timeout(timeoutMs);
        const response = await fetch(url, {
            method: "POST",
            headers: { "content-type": "application/json", ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }) },
            body: JSON.stringify({ model, query, documents: texts, top_n: texts.length }),
            signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        });
        if (!response.ok) throw new Error(`The reranker answered ${response.status}.`);
        const { results } = (await response.json()) as { results?: { index: number; relevance_score: number }[] };
        const scores = texts.map(() => Number.NEGATIVE_INFINITY);
        for (const { index, relevance_score: score } of results ?? []) if (index in scores && Number.isFinite(score)) scores[index] = score;
        if (scores.every((score) => score === Number.NEGATIVE_INFINITY)) throw new Error("The reranker scored nothing.");
        return scores;
    }
}

/** The one that the environment names, if any. */
export function configuredReranker(env: Pick<Env, "RERANKER_URL" | "RERANKER_API_KEY" | "RERANKER_MODEL">): Reranker | undefined {
    return env.RERANKER_URL === undefined ? undefined : httpReranker({ url: env.RERANKER_URL, apiKey: env.RERANKER_API_KEY, model: env.RERANKER_MODEL });
}

/** Reorders the best; when the reranker cannot be asked, the order stays as it is. */
export async function reordered<T extends { text: string; heading: string }>(reranker: Reranker, query: string, passages: readonly T[], log?: Logger, signal?: AbortSignal): Promise<T[]> {
    try {
        const scores = await reranker.score(query, passages.map(({ heading, text }) => (heading === "" ? text : `${heading}\n${text}`)), signal);
        return passages.map((passage, i) => ({ passage, score: scores[i]!, i })).sort((a, b) => b.score - a.score || a.i - b.i).map(({ passage }) => passage);
    } catch (error) {
        signal?.throwIfAborted();
        log?.warn({ error }, "the reranker could not be asked; the order stays");
        return [...passages];
    }
}
