/** Texts to vectors by a service elsewhere, such as Ray Serve (app/remote/inference) or another that speaks OpenAI's embeddings. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Env } from "../env.js";
import { Circuit, type CircuitOptions } from "../http/circuit.js";
import { ApiError } from "../http/errors.js";
import type { Logger } from "../http/log.js";
import type { Metrics } from "../http/metrics.js";
import { createEmbedder, type Embedder } from "./embedder.js";
import { DIMENSIONS, LOCAL_MODEL } from "./vectorSpace.js";

export interface RemoteEmbedderOptions extends CircuitOptions {
    /** Takes `POST {model, input: [text]}` and answers `{model?, data: [{index, embedding}]}`. */
    url: string;
    apiKey?: string;
    /** What it is asked for. An answer that names another one is refused. */
    model: string;
    /** The same model on this machine, for the time that the service does not answer. @default none: there is no answer then */
    local?: Embedder;
    log: Logger;
    metrics: Metrics;
    /** For one try. @default 10000 */
    timeoutMs?: number;
    /** @default 2 */
    tries?: number;
    /** Before the second try, and twice as long before each one after it. @default 200 */
    backoffMs?: number;
}

/** Texts in one request. */
const PORTION = 64;
const answer = z.object({ model: z.string().optional(), data: z.array(z.object({ index: z.number().int().nonnegative(), embedding: z.array(z.number()) })) });

/** `again` says whether the same request may succeed another time. */
class Failure extends Error {
    constructor(
        message: string,
        readonly again: boolean,
        cause?: unknown,
    ) {
        super(message, { cause });
    }
}

/** @throws ApiError EMBEDDER_UNAVAILABLE from `embed`, when neither the service nor the model on this machine answers */
export function remoteEmbedder(options: RemoteEmbedderOptions): Embedder {
    const { model, local, log, metrics, tries = 2, backoffMs = 200, opensAfter, openMs = 15_000 } = options;
    if (local !== undefined && local.model !== model) throw new Error(`${local.model} cannot stand in for ${model}: their vectors do not fit together.`);
    const circuit = new Circuit({ opensAfter, openMs });

    async function portion(texts: readonly string[]): Promise<Float32Array[] | Failure> {
        if (!circuit.enter()) return new Failure("It failed before and is left alone for a while.", true);
        for (let attempt = 1; ; attempt++) {
            try {
                const vectors = await ask(options, texts);
                circuit.succeeded();
                metrics.count("remote_embed_total", "Requests to the embedding service.", { outcome: "done" });
                return vectors;
            } catch (error) {
                const failure = error instanceof Failure ? error : new Failure("It could not be reached.", true, error);
                if (failure.again && attempt < tries) {
                    await sleep(backoffMs * 2 ** (attempt - 1));
                    continue;
                }
                circuit.failed();
                metrics.count("remote_embed_total", "Requests to the embedding service.", { outcome: "failed" });
                log.warn({ error: failure, attempt }, local === undefined ? "the embedding service could not be used" : "the embedding service could not be used; the model here does its work");
                return failure;
            }
        }
    }

    return {
        model,
        dimensions: DIMENSIONS,
        async embed(texts) {
            const found: Float32Array[] = [];
            for (let i = 0; i < texts.length; i += PORTION) {
                const part = texts.slice(i, i + PORTION);
                const vectors = await portion(part);
                if (!(vectors instanceof Failure)) found.push(...vectors);
                else if (local !== undefined) found.push(...(await local.embed(part)));
                else throw new ApiError(503, "EMBEDDER_UNAVAILABLE", "The service that compares meanings does not answer right now. Try again in a moment.", { cause: vectors, retryAfter: 15 });
            }
            return found;
        },
        close: async () => local?.close(),
    };
}

async function ask({ url, apiKey, model, timeoutMs = 10_000 }: RemoteEmbedderOptions, texts: readonly string[]): Promise<Float32Array[]> {
    const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }) },
        body: JSON.stringify({ model, input: texts }),
        redirect: "error",
        signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) {
        await response.body?.cancel();
        throw new Failure(`It answered ${response.status}.`, response.status === 408 || response.status === 429 || response.status >= 500);
    }
    const parsed = answer.safeParse(await response.json().catch(() => undefined));
    if (!parsed.success) throw new Failure("It answered something else than vectors.", true, parsed.error);
    const { model: served, data } = parsed.data;
    if (served !== undefined && served !== model) throw new Failure(`It answered with ${served.slice(0, 100)}, not with ${model}.`, false);
    const vectors = texts.map((_, i) => data.find(({ index }) => index === i)?.embedding);
    return vectors.map((vector) => {
        if (vector === undefined) throw new Failure("It left a text out.", true);
        if (vector.length !== DIMENSIONS) throw new Failure(`Its vectors have ${vector.length} numbers, and ${DIMENSIONS} are kept.`, false);
        return unit(vector);
    });
}

/** Likeness is measured between unit vectors; not every model makes such. */
function unit(vector: readonly number[]): Float32Array {
    const length = Math.hypot(...vector);
    if (!Number.isFinite(length) || length === 0) throw new Failure("A vector of it has no direction.", true);
    return Float32Array.from(vector, (value) => value / length);
}

/** The one that the environment names, else the model on this machine. */
export function configuredEmbedder(env: Pick<Env, "EMBEDDER_URL" | "EMBEDDER_API_KEY" | "EMBEDDER_MODEL" | "MODEL_DIR" | "EMBEDDING_THREADS">, log: Logger, metrics: Metrics): Embedder {
    // Its threads start when it is first used: as a stand-in that is never needed it takes nothing.
    const local = createEmbedder({ modelFolder: env.MODEL_DIR, threads: env.EMBEDDING_THREADS });
    if (env.EMBEDDER_URL === undefined) return local;
    const model = env.EMBEDDER_MODEL ?? LOCAL_MODEL;
    return remoteEmbedder({ url: env.EMBEDDER_URL, apiKey: env.EMBEDDER_API_KEY, model, local: model === local.model ? local : undefined, log, metrics });
}
