/** Which language models there are, by configuration. Without any, everything works offline. */
import { z } from "zod";
import { jsonText } from "../../json.js";
import { anthropicModel } from "./anthropic.js";
import type { ChatModel } from "./chat.js";
import { openAiModel } from "./openai.js";

const model = z
    .object({
        /** As usage is counted under. */
        name: z.string().min(1).max(100),
        provider: z.enum(["openai", "openai-compatible", "anthropic", "vertex", "ollama"]),
        /** As the provider calls it. */
        model: z.string().min(1),
        /** Where it is; needed for openai-compatible and vertex. */
        url: z.url().optional(),
        apiKey: z.string().min(1).optional(),
        /** Dollars for a million tokens. */
        inputPrice: z.number().nonnegative().default(0),
        outputPrice: z.number().nonnegative().default(0),
        /** For the first part of an answer, and between parts; a whole answer may take six times as long. */
        timeoutMs: z.number().int().min(100).max(600_000).default(30_000),
        /** Tries before the next model is asked. */
        tries: z.number().int().min(1).max(5).default(2),
    })
    .strict()
    .superRefine(({ provider, url, apiKey }, context) => {
        if ((provider === "openai-compatible" || provider === "vertex") && url === undefined) context.addIssue({ code: "custom", message: `url is needed for ${provider}`, path: ["url"] });
        if ((provider === "openai" || provider === "anthropic") && apiKey === undefined) context.addIssue({ code: "custom", message: `apiKey is needed for ${provider}`, path: ["apiKey"] });
    });

export type ModelConfig = z.infer<typeof model>;

/** The variable MODELS: a JSON list, asked in this order. */
export const modelsVariable = jsonText.pipe(z.array(model).min(1).refine((models) => new Set(models.map(({ name }) => name)).size === models.length, "names must differ"));

/** What a key alone is enough for. Its cost is not known: MODELS names prices. */
export const anthropicWith = (apiKey: string, id: string): ModelConfig => model.parse({ name: "anthropic", provider: "anthropic", model: id, apiKey });

const PUBLIC = { openai: "https://api.openai.com/v1", anthropic: "https://api.anthropic.com", ollama: "http://localhost:11434/v1" };

export function createModel({ name, provider, model: id, url, apiKey }: ModelConfig): ChatModel {
    const key = apiKey === undefined ? undefined : async () => apiKey;
    if (provider === "anthropic") return anthropicModel({ name, url: url ?? PUBLIC.anthropic, model: id, apiKey: key! });
    if (provider === "vertex") return openAiModel({ name, url: url!, model: id, apiKey: key ?? metadataToken() });
    return openAiModel({ name, url: url ?? (provider === "ollama" ? PUBLIC.ollama : PUBLIC.openai), model: id, apiKey: key });
}

/** A token of the workload's own Google identity, as long as it is good. */
function metadataToken(): () => Promise<string> {
    let known = { token: "", until: 0 };
    return async () => {
        if (known.until < Date.now()) {
            const response = await fetch("http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token", { headers: { "metadata-flavor": "Google" }, signal: AbortSignal.timeout(5_000) });
            const { access_token: token, expires_in: seconds } = (await response.json()) as { access_token: string; expires_in: number };
            known = { token, until: Date.now() + (seconds - 60) * 1000 };
        }
        return known.token;
    };
}
