/** Asks the models in order until one answers, within the tenant's budget, and counts what it cost. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../../db/database.js";
import type { Logger } from "../../http/log.js";
import { ModelError, type ChatModel, type ChatPart, type ChatRequest } from "./chat.js";
import { createModel, type ModelConfig } from "./config.js";

export interface ChatChain {
    /** What the model says, without the usage, which is counted here. Throws ModelError when none can answer. */
    stream(request: ChatRequest, tenantId: string, signal?: AbortSignal): AsyncGenerator<Exclude<ChatPart, { type: "usage" }>>;
}

export interface ChainOptions {
    database: Database;
    models: readonly ModelConfig[];
    /** Dollars that a tenant may spend in a calendar month; undefined is without limit. */
    monthlyBudget?: number;
    log: Logger;
    /** First wait before another try; doubles. @default 500 */
    backoffMs?: number;
}

/** Longer waits than this are not worth it: the next model is asked. */
const LONGEST_WAIT_MS = 5_000;

/** An answer that keeps trickling in ends after this many silences' worth of time. */
const LONGEST_ANSWER = 6;

export function createChatChain({ database, models, monthlyBudget, log, backoffMs = 500 }: ChainOptions): ChatChain {
    const chain = models.map((config) => ({ config, model: createModel(config) }));

    async function requireBudget(tenantId: string): Promise<void> {
        if (monthlyBudget === undefined) return;
        const [row] = await database.asSystem((tx) => tx.query<{ micros: number }>("select coalesce(sum(cost_micros), 0)::float8 as micros from model_usage where tenant_id = $1 and day >= date_trunc('month', current_date)", [tenantId]));
        if (row!.micros >= monthlyBudget * 1e6) throw new ModelError("The month's budget for language models is used up.", false);
    }

    const count = ({ name, inputPrice, outputPrice }: ModelConfig, tenantId: string, used: { input: number; output: number; failed: boolean }) =>
        database
            .asSystem((tx) =>
                tx.query(
                    `insert into model_usage (tenant_id, model, calls, failures, input_tokens, output_tokens, cost_micros) values ($1, $2, 1, $3, $4, $5, $6)
                     on conflict (tenant_id, day, model) do update set calls = model_usage.calls + 1, failures = model_usage.failures + excluded.failures, input_tokens = model_usage.input_tokens + excluded.input_tokens,
                         output_tokens = model_usage.output_tokens + excluded.output_tokens, cost_micros = model_usage.cost_micros + excluded.cost_micros`,
                    // Dollars a million tokens are millionths of a dollar a token.
                    [tenantId, name, used.failed ? 1 : 0, used.input, used.output, Math.round(used.input * inputPrice + used.output * outputPrice)],
                ),
            )
            .catch((error: unknown) => log.error({ error, model: name }, "the use of a model could not be counted"));

    async function* attempt({ config, model }: (typeof chain)[number], request: ChatRequest, tenantId: string, signal: AbortSignal | undefined) {
        const silence = new AbortController();
        const timer = setTimeout(() => silence.abort(), config.timeoutMs);
        const deadline = setTimeout(() => silence.abort(), config.timeoutMs * LONGEST_ANSWER);
        const used = { input: 0, output: 0, failed: true };
        let letters = 0;
        try {
            for await (const part of model.stream(request, signal === undefined ? silence.signal : AbortSignal.any([signal, silence.signal]))) {
                timer.refresh();
                if (part.type === "usage") [used.input, used.output] = [part.input, part.output];
                else {
                    letters += part.type === "text" ? part.text.length : part.arguments.length;
                    yield part;
                }
            }
            used.failed = false;
        } catch (error) {
            signal?.throwIfAborted();
            throw silence.signal.aborted ? new ModelError("The model was silent, or went on, for too long.", true) : error;
        } finally {
            clearTimeout(timer);
            clearTimeout(deadline);
            // A provider that tells no usage, or not before the end, is paid all the same: about four letters a token.
            if (used.output === 0 && letters > 0) used.output = Math.ceil(letters / 4);
            if (used.input === 0 && letters > 0) used.input = Math.ceil((request.system.length + request.messages.reduce((sum, { text }) => sum + text.length, 0)) / 4);
            await count(config, tenantId, used);
        }
    }

    return {
        async *stream(request, tenantId, signal) {
            await requireBudget(tenantId);
            let last: unknown = new ModelError("There is no model.", false);
            for (const link of chain) {
                for (let tries = 1; tries <= link.config.tries; tries++) {
                    let begun = false;
                    try {
                        for await (const part of attempt(link, request, tenantId, signal)) {
                            begun = true;
                            yield part;
                        }
                        return;
                    } catch (error) {
                        signal?.throwIfAborted();
                        last = error;
                        log.warn({ error, model: link.config.name, tries }, "a model did not answer");
                        // What was said cannot be unsaid: whoever listens decides what to do.
                        if (begun) throw error;
                        if (!(error instanceof ModelError) || !error.transient || tries === link.config.tries) break;
                        const wait = error.retryAfterMs ?? backoffMs * 2 ** (tries - 1);
                        if (wait > LONGEST_WAIT_MS) break;
                        await sleep(wait, undefined, { signal });
                    }
                }
            }
            throw last;
        },
    };
}
